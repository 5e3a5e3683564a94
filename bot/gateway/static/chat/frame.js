// The page that shows the chat in a frame: it hears whether there is news, and says when the chat opens and closes.

export class Frame {
  #origin = null; // known once a page that may show the chat has said hello

  // `on`: opened(), closed().
  constructor(origins, on) {
    const allowed = [location.origin, ...origins];
    addEventListener("message", (event) => {
      if (event.source !== parent || !allowed.includes(event.origin)) return;
      const what = event.data?.hipline;
      if (what === "hello") this.#origin = event.origin;
      if (what === "hello" || what === "open" || what === "close") on[event.data.open ? "opened" : "closed"]();
    });
  }

  say(what, more = {}) {
    if (this.#origin) parent.postMessage({ hipline: what, ...more }, this.#origin);
  }
}
