// Pauses between tries, cut short when there is reason to try at once.

export class Pauses {
  #cut = () => {};

  constructor(steps) {
    this.steps = steps; // ms; the last one is repeated
    this.tries = 0;
  }

  reset() { this.tries = 0; }

  cut() { this.#cut(); }

  async next(least = 0) {
    const step = this.steps[Math.min(this.tries++, this.steps.length - 1)];
    await this.of(Math.max(step, least));
  }

  of(time) {
    return new Promise((go) => {
      const timer = setTimeout(go, time);
      this.#cut = () => { clearTimeout(timer); go(); };
    });
  }
}
