// The button on the clinic's website, and the frame that it opens. All of it is in a shadow root, so that neither the
// page's styles nor ours reach the other; nothing of the page is read, and nothing of the chat is kept in it.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.hiplineChat) return;
  window.hiplineChat = true; // a page that loads the script twice has one button
  const setup = __SETUP__;
  const home = new URL(script.src).origin;
  const side = (script.dataset.position || setup.position) === "left" ? "left" : "right";
  const title = script.dataset.clinic ? `${script.dataset.clinic}: ${setup.words.title}` : setup.words.title;
  const [color, text, dark, darkText] = setup.colors;
  const memory = { // whether the chat was open, so that it stays so on the website's next page
    get: () => { try { return sessionStorage.getItem("hipline.chat"); } catch { return null; } },
    set: (value) => { try { sessionStorage.setItem("hipline.chat", value); } catch { /* then it does not */ } },
  };
  const style = `
    :host { all: initial; }
    [hidden] { display: none !important; }
    button { all: unset; box-sizing: border-box; position: fixed; bottom: 16px; ${side}: 16px; width: 60px; height: 60px;
      border-radius: 30px; background: ${color}; color: ${text}; border: 2px solid ${text}; cursor: pointer;
      display: grid; place-items: center; box-shadow: 0 2px 10px #0006; z-index: 2147483646; }
    button:focus-visible { outline: 3px solid ${color}; outline-offset: 3px; box-shadow: 0 0 0 3px ${text}; }
    svg { width: 30px; height: 30px; }
    b { position: absolute; top: -6px; ${side === "left" ? "right" : "left"}: -6px; min-width: 24px; height: 24px;
      border-radius: 12px; background: #a3121f; color: #fff; font: 700 14px/24px system-ui, sans-serif; text-align: center; }
    iframe { position: fixed; bottom: 16px; ${side}: 16px; width: 400px; height: min(680px, calc(100dvh - 32px));
      max-width: calc(100vw - 32px); border: 1px solid #7a8794; border-radius: 14px; background: Canvas;
      box-shadow: 0 4px 24px #0006; z-index: 2147483647; color-scheme: light dark; }
    @media (max-width: 480px), (max-height: 480px) {
      iframe { inset: 0; width: 100%; max-width: none; height: 100%; border: 0; border-radius: 0; }
    }
    @media (prefers-color-scheme: dark) { button { background: ${dark}; color: ${darkText}; border-color: ${darkText}; } }
    @media print { button, iframe { display: none; } }`;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  try {
    const sheet = new CSSStyleSheet(); // a page may forbid styles within it, but not these
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(Object.assign(document.createElement("style"), { textContent: style }));
  }
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8l-6 5v-5H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  const badge = document.createElement("b");
  badge.setAttribute("aria-hidden", "true");
  badge.hidden = true;
  button.append(svg, badge);
  root.append(button);

  let frame = null;
  let open = false;
  let loaded = false;

  function label(unread) {
    const words = unread ? setup.words.launcher_unread.replace("{count}", unread) : setup.words.launcher;
    button.setAttribute("aria-label", words);
    badge.textContent = unread > 99 ? "99+" : unread;
    badge.hidden = !unread;
  }

  function say(what) {
    if (loaded) frame.contentWindow?.postMessage({ hipline: what, open }, home);
  }

  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = title;
    frame.hidden = !open;
    frame.addEventListener("load", () => { loaded = true; say("hello"); });
    frame.src = `${home}/widget`;
    root.append(frame);
  }

  function show(is) {
    open = is;
    load();
    frame.hidden = !is;
    button.hidden = is;
    button.setAttribute("aria-expanded", String(is));
    memory.set(is ? "open" : "closed");
    say(is ? "open" : "close");
    if (is) frame.focus();
    else button.focus();
  }

  button.addEventListener("click", () => show(true));
  addEventListener("message", (event) => {
    if (!frame || event.origin !== home || event.source !== frame.contentWindow) return;
    const { hipline, unread, started } = event.data ?? {};
    if (hipline === "close" && open) show(false);
    if (hipline === "state") {
      label(open ? 0 : Number(unread) || 0);
      if (!open) memory.set(started ? "started" : "closed");
    }
  });

  function begin() {
    document.body.append(host);
    label(0);
    const was = memory.get();
    if (was === "open") {
      open = true;
      load();
      button.hidden = true;
      button.setAttribute("aria-expanded", "true");
    } else if (was === "started") {
      load(); // for its news
    }
  }
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
