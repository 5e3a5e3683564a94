// The chat: what is said comes by the listener, what the patient says goes through the outbox; both may fail at any time.

import { Api } from "./api.js";
import { Contact } from "./contact.js";
import { Frame } from "./frame.js";
import { Listener } from "./listener.js";
import { Outbox } from "./outbox.js";
import { forgetToken, storageFor, tokenIn } from "./storage.js";
import { View } from "./view.js";

const setup = JSON.parse(document.body.dataset.script);
const storage = storageFor(setup.remember);
const api = new Api(setup.embedded ? tokenIn(storage) : null);
const view = new View(setup);
const title = document.title;
let last = 0; // the number of the last entry that is shown: every source is complete from there on
let loaded = false;
let open = !setup.embedded;
let unread = 0;

function tell() {
  frame?.say("state", { unread, started: last > 0 });
  document.title = unread ? `(${unread}) ${title}` : title;
}

function read() {
  unread = 0;
  tell();
}

function onEntry(entry) {
  if (entry.position <= last) return;
  last = entry.position;
  view.entry(entry);
  if (entry.reply) contact.heard(entry.reply);
  if (entry.who === "patient") {
    view.offer([]);
    view.rate(null);
  } else {
    view.offer(entry.reply?.buttons ?? []);
    view.rate(entry.who === "assistant" ? entry : null);
    view.writing(false);
    if (loaded && (!open || document.hidden)) unread += 1;
  }
  if (loaded) view.reveal();
  tell();
}

const listener = new Listener(api, () => last, {
  entry: onEntry,
  gone: () => begin(),
  connected: (is) => view.connected(is),
});

const outbox = new Outbox(storage, (item) => api.post("messages", { ...item, after: last }), {
  sending: () => { if (navigator.onLine !== false) view.writing(true); },
  sent: (item, answer) => {
    view.writing(false);
    view.say("");
    answer.entries.forEach(onEntry);
  },
  refused: (item, problem) => {
    view.writing(false);
    view.refuse(item);
    view.say(`${setup.words.refused} ${problem.message}`);
    view.box.value ||= item.text; // nothing that was typed is lost
  },
  waiting: (item, problem) => {
    view.writing(false);
    if (problem.replies?.length) {
      view.provisional(problem.replies);
      view.reveal();
    }
    view.say(problem.status === 429 ? setup.words.too_many : setup.words.not_yet);
    if (navigator.onLine === false) view.say("");
  },
  consent: () => { view.writing(false); show("consent"); },
});

const contact = new Contact(setup, (fields) => api.post("contact", fields), {
  left: (words) => { view.say(words); view.bring(view.status); },
  failed: (part) => view.bring(part),
  gone: () => begin(),
});

const frame = setup.embedded ? new Frame(setup.origins, {
  opened: () => { open = true; read(); view.reveal(); view.focus(); },
  closed: () => { open = false; tell(); },
}) : null;

function show(part) {
  view.show(part);
  if (open && (setup.embedded || part !== "chat")) view.focus();
}

async function retrying(ask) {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 10000)) {
    try {
      return await ask();
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) throw problem;
      view.connected(false);
      await new Promise((go) => setTimeout(go, pause));
    }
  }
}

// From the beginning: what was said so far, or the question whether it may begin.
async function begin() {
  listener.stop();
  last = 0;
  loaded = false;
  view.quietly(true);
  view.clear();
  const { agreed, number } = await retrying(() => api.get("session").then((response) => response.json()));
  contact.begin(number);
  if (agreed) await retrying(() => listener.catchUp());
  view.connected(true);
  if (!last) view.offer(setup.starters);
  for (const item of outbox.items) view.wait(item);
  view.quietly(false);
  loaded = true;
  tell();
  if (!agreed) return show("consent");
  show("chat");
  if (last || outbox.items.length) view.reveal();
  listener.start();
  outbox.run();
}

function send(text) {
  if (!text.trim()) return;
  view.wait(outbox.add(text));
  view.offer([]);
  view.rate(null);
  view.reveal();
  if (navigator.onLine === false) view.connected(false);
  outbox.run();
}

view.ask.addEventListener("submit", (event) => {
  event.preventDefault();
  send(view.box.value);
  view.box.value = "";
  view.box.focus();
});

view.box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    view.ask.requestSubmit();
  }
});

view.choices.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.submitter.value);
  view.box.focus();
});

view.consent.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [button] = view.consent.querySelectorAll("button");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await retrying(() => api.post("consent", { wording: setup.wording }));
    await begin();
    view.focus();
  } catch (problem) {
    if (problem.status === 409) location.reload();
    else view.say(setup.words.action_failed);
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

view.helpful.addEventListener("click", async (event) => {
  const answer = event.target.closest("button")?.dataset.helpful;
  if (!answer) return;
  const position = Number(view.helpful.dataset.position);
  try {
    const { helpful } = await api.post("feedback", { position, helpful: answer === "yes" });
    if (position === Number(view.helpful.dataset.position)) view.rate({ position, helpful, reply: { kind: "answer" } });
    view.say(setup.words.helpful_thanks);
  } catch {
    view.say(setup.words.action_failed);
  }
});

// The menu

document.getElementById("download").addEventListener("click", async (event) => {
  event.preventDefault();
  view.menu.open = false;
  try {
    const url = URL.createObjectURL(await (await api.get("transcript")).blob());
    const link = Object.assign(document.createElement("a"), { href: url });
    link.download = `conversation-${new Date().toISOString().slice(0, 10)}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  } catch {
    view.say(setup.words.action_failed);
  }
});

const printer = document.getElementById("print");
printer.hidden = false;
printer.addEventListener("click", () => { view.menu.open = false; print(); });

const sure = document.getElementById("sure");
document.getElementById("forget").addEventListener("click", (event) => {
  event.preventDefault();
  view.menu.open = false;
  sure.showModal();
});

sure.addEventListener("click", async (event) => {
  const answer = event.target.closest("button")?.value;
  if (!answer) return;
  sure.close();
  if (answer === "no") return view.focus();
  listener.stop(); // else its stream says that the chat is gone before the answer does, and a new one begins
  try {
    const { message } = await api.post("forget", {});
    outbox.clear();
    if (setup.embedded) {
      forgetToken(storage);
      api.token = tokenIn(storage);
    }
    last = unread = 0;
    tell();
    view.clear();
    contact.forget();
    view.end(message);
  } catch {
    view.say(setup.words.action_failed);
    view.focus();
    listener.start();
  }
});

view.over.querySelector("button").addEventListener("click", begin);

// Open and closed

document.getElementById("close")?.addEventListener("click", () => frame.say("close"));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || sure.open || event.isComposing) return;
  if (view.menu.open) {
    view.menu.open = false;
    view.menu.querySelector("summary").focus();
  } else {
    frame?.say("close");
  }
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && open) read(); });

begin();
