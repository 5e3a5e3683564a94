// Hears what is said: by a stream while somebody looks, by a look now and then while the page is hidden (a browser has
// few connections to one host, and a message must never wait for one).

import { Pauses } from "./pauses.js";

const HIDDEN = 20000; // ms between two looks

export class Listener {
  #pauses = new Pauses([500, 1000, 2000, 5000, 10000]);
  #stream = new AbortController();
  #running = false;
  #stopped = true;

  // `position()`: up to which entry the page has read. `on`: entry(entry), gone(), connected(is).
  constructor(api, position, on) {
    this.api = api;
    this.position = position;
    this.on = on;
    addEventListener("online", () => this.#again());
    addEventListener("offline", () => { this.on.connected(false); this.#stream.abort(); });
    document.addEventListener("visibilitychange", () => this.#again());
  }

  #again() {
    this.#pauses.reset();
    this.#pauses.cut();
    this.#stream.abort();
  }

  stop() {
    this.#stopped = true;
    this.#again();
  }

  // What there is now, without waiting for more.
  async catchUp() {
    for await (const { event, data } of this.api.events(this.position(), false, new AbortController().signal)) {
      if (event === "entry") this.on.entry(data);
    }
  }

  async start() {
    this.#stopped = false;
    if (this.#running) return;
    this.#running = true;
    while (!this.#stopped) {
      const wait = !document.hidden;
      this.#stream = new AbortController();
      try {
        for await (const { event, data } of this.api.events(this.position(), wait, this.#stream.signal)) {
          this.#pauses.reset();
          this.on.connected(true);
          if (event === "entry") this.on.entry(data);
          if (event === "gone") throw Object.assign(new Error("gone"), { status: 404 });
        }
        if (!this.#stopped) await this.#pauses.of(wait ? 500 : HIDDEN);
      } catch (problem) {
        if (this.#stopped) break;
        if (problem.status === 404 || problem.status === 401) {
          this.#running = false;
          this.on.gone();
          return;
        }
        if (navigator.onLine === false) this.on.connected(false);
        if (!this.#stream.signal.aborted || navigator.onLine === false) await this.#pauses.next(problem.wait ?? 0);
      }
    }
    this.#running = false;
  }
}
