// Messages on their way: kept until the gateway has them, sent in their order, each under an id that makes it count once.

import { newId } from "./storage.js";
import { Pauses } from "./pauses.js";

const KEY = "hipline.outbox";

export class Outbox {
  #pauses = new Pauses([1000, 2000, 5000, 10000]);
  #running = false;

  // `on`: sending(), sent(item, answer), refused(item, problem), waiting(item, problem), consent().
  constructor(storage, send, on) {
    this.storage = storage;
    this.send = send;
    this.on = on;
    this.items = [];
    try {
      this.items = JSON.parse(storage.getItem(KEY)) ?? [];
    } catch {
      // what is no list of ours is nobody's message
    }
    addEventListener("online", () => this.#pauses.cut());
  }

  add(text) {
    const item = { message_id: newId(), text };
    this.#keep([...this.items, item]);
    return item;
  }

  clear() { this.#keep([]); }

  #keep(items) {
    this.items = items;
    try {
      if (items.length) this.storage.setItem(KEY, JSON.stringify(items));
      else this.storage.removeItem(KEY);
    } catch {
      // a full storage: it is still in this page's memory
    }
  }

  async run() {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.items.length) if (!(await this.#first(this.items[0]))) return;
    } finally {
      this.#running = false;
    }
  }

  async #first(item) {
    this.on.sending();
    let answer;
    try {
      answer = await this.send(item);
    } catch (problem) {
      if (!this.items.includes(item)) return true;
      if (problem.status === 401 || problem.status === 403) {
        this.on.consent();
        return false;
      }
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
        this.#keep(this.items.filter((one) => one !== item));
        this.on.refused(item, problem);
        return true;
      }
      this.on.waiting(item, problem);
      await this.#pauses.next(problem.status === 429 ? Math.min(problem.wait ?? 0, 10000) : 0);
      return true;
    }
    this.#pauses.reset();
    this.#keep(this.items.filter((one) => one !== item));
    this.on.sent(item, answer);
    return true;
  }
}
