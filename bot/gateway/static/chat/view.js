// What the page shows. Words that people wrote only ever become text.

const SHOWS_SECTION = ["answer", "advice_boundary"];

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const find = (id) => document.getElementById(id);
const tel = (number) => `tel:${number.replace(/[^\d+*#]/g, "")}`;

function stamp(at) {
  const today = at.toDateString() === new Date().toDateString();
  const format = today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return element("time", { dateTime: at.toISOString() }, new Intl.DateTimeFormat(undefined, format).format(at));
}

function paragraphs(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => element("p", {}, line));
}

export class View {
  constructor(setup) {
    this.words = setup.words;
    this.calls = setup.calls;
    for (const name of ["said", "log", "status", "choices", "helpful", "connection", "chat", "consent", "menu", "over", "ask"]) {
      this[name] = find(name);
    }
    this.box = find("text");
    this.pending = new Map(); // the items of messages on their way, by their ids
    this.typing = element("p", { id: "writing", hidden: true }, element("span", { className: "dots" }),
      `${this.words.writing} …`);
    this.typing.setAttribute("aria-hidden", "true"); // the status says it
    this.said.after(this.typing);
  }

  // What is there when a page is opened is no news: a screen reader is not to read it all aloud.
  quietly(quiet) {
    if (quiet) this.said.setAttribute("aria-live", "off");
    else requestAnimationFrame(() => this.said.removeAttribute("aria-live"));
  }

  clear() {
    this.log.replaceChildren(element("li", { className: "reply greeting" },
      element("p", { className: "who" }, this.words.assistant), ...paragraphs(this.words.greeting)));
    this.pending.clear();
    this.offer([]);
    this.rate(null);
    this.say("");
  }

  #add(item) {
    const first = this.pending.values().next().value;
    if (first && !item.classList.contains("pending")) first.before(item);
    else this.log.append(item);
  }

  entry(entry) {
    if (entry.who === "patient") return this.#own(entry);
    for (const item of this.log.querySelectorAll(".provisional")) item.remove();
    const reply = entry.reply ?? { kind: "", urgency: "none", section: null };
    if (entry.who === "system") return this.#add(this.#item("notice", this.words.system, entry.at, entry.text));
    const staff = entry.name ? `${entry.name}, ${this.words.staff}` : this.words.staff;
    const who = entry.who === "staff" ? staff : this.words.assistant;
    const kind = entry.who === "staff" ? `reply staff ${reply.urgency}` : `reply ${reply.urgency}`;
    const item = this.#item(kind, who, entry.at, entry.text);
    this.#furnish(item, reply);
    item.dataset.position = entry.position;
    this.#add(item);
  }

  #own(entry) {
    const pending = this.pending.get(entry.message_id);
    if (!pending) return this.#add(this.#item("own", this.words.you, entry.at, entry.text));
    // The item stays, so that nobody hears it twice; it only takes its place before what is still on its way.
    this.pending.delete(entry.message_id);
    pending.classList.remove("pending");
    pending.querySelector(".state").replaceWith(stamp(new Date(entry.at)));
    const first = this.pending.values().next().value;
    if (first && pending.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_PRECEDING) first.before(pending);
  }

  #item(kind, who, at, text) {
    const speaker = element("p", { className: "who" }, `${who} `, at ? stamp(new Date(at)) : null);
    return element("li", { className: kind }, speaker, ...paragraphs(text));
  }

  #furnish(item, reply) {
    const call = (number, words) => element("p", { className: "calls" }, element("a", { href: tel(number) }, words));
    if (reply.kind === "crisis") item.append(call(this.calls.crisis, this.words.call_crisis));
    if (reply.urgency === "emergency") item.append(call(this.calls.emergency, this.words.call_now));
    if (reply.urgency === "urgent" && this.calls.clinic) item.append(call(this.calls.clinic, this.words.call_clinic));
    if (SHOWS_SECTION.includes(reply.kind) && reply.section) {
      item.append(element("p", { className: "section" }, `${this.words.section} ${reply.section}`));
    }
  }

  // A message that the gateway does not have yet.
  wait(message) {
    const item = this.#item("own pending", this.words.you, null, message.text);
    item.firstChild.append(element("span", { className: "state" }, this.words.sending));
    this.#add(item);
    this.pending.set(message.message_id, item);
  }

  refuse(message) {
    this.pending.get(message.message_id)?.remove();
    this.pending.delete(message.message_id);
  }

  // A warning sign is answered at once, though the message is yet to be stored.
  provisional(replies) {
    if (this.log.querySelector(".provisional")) return;
    for (const reply of replies) {
      const item = this.#item(`reply provisional ${reply.urgency}`, this.words.assistant, null, reply.text);
      this.#furnish(item, reply);
      this.log.append(item);
    }
  }

  // How much the head and the box lie over, where they stay in place; scrolling keeps clear of it from then on.
  #edges() {
    const [head, foot] = [document.querySelector("header"), this.ask].map((part) =>
      (getComputedStyle(part).position === "sticky" ? part.offsetHeight : 0));
    document.documentElement.style.setProperty("--head", `${head}px`);
    document.documentElement.style.setProperty("--foot", `${foot}px`);
    return head;
  }

  // Scrolls no further than a part needs to be seen whole.
  bring(part) {
    this.#edges();
    part.scrollIntoView({ block: "nearest" });
  }

  // Shows the last thing said from its beginning, and as much of what follows as there is room for.
  reveal() {
    const head = this.#edges();
    const item = this.log.lastElementChild;
    const bottom = document.documentElement.scrollHeight;
    const top = item.getBoundingClientRect().top + scrollY;
    scrollTo(0, bottom - top <= innerHeight - head ? bottom : top - head - 8);
  }

  offer(buttons) {
    this.choices.replaceChildren(...buttons.map((button) =>
      element("button", { name: "text", value: button.text }, button.title)));
  }

  // Asks whether an entry helped; of none, nothing is asked.
  rate(entry) {
    const is = entry?.reply && ["answer", "advice_boundary", "clinic_info"].includes(entry.reply.kind);
    this.helpful.hidden = !is;
    this.helpful.dataset.position = is ? entry.position : "";
    for (const button of this.helpful.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(is && entry.helpful === (button.dataset.helpful === "yes")));
    }
  }

  writing(is) {
    this.typing.hidden = !is;
    if (is) this.say(`${this.words.writing} …`);
    else if (this.status.textContent === `${this.words.writing} …`) this.say("");
  }

  say(text) { this.status.textContent = text; }

  connected(is) {
    this.connection.hidden = is;
    this.connection.replaceChildren();
    if (!is) this.connection.append(`${this.words.offline} `,
      element("a", { href: tel(this.calls.emergency) }, this.words.call_now));
  }

  // Which part is shown: consent, chat or over.
  show(part) {
    for (const name of ["consent", "chat", "over"]) this[name].hidden = name !== part;
    this.menu.hidden = part !== "chat";
    this.menu.open = false;
  }

  end(text) {
    this.over.querySelector("p").textContent = text;
    this.show("over");
    this.over.focus();
  }

  focus() {
    const part = !this.chat.hidden ? this.box : this.consent.hidden ? this.over : this.consent.querySelector("button");
    part.focus();
  }
}
