// The patient's telephone number: asked for after some replies, by a form that never takes the focus by itself.

const find = (id) => document.getElementById(id);

export class Contact {
  #after = null; // the last reply after which it is asked for
  #number = null; // what the clinic has

  // `post(fields)` leaves a number and gives it as it is kept. `on`: left(words), failed(what says why), gone().
  constructor(setup, post, on) {
    this.setup = setup.contact;
    this.words = setup.words;
    this.post = post;
    this.on = on;
    this.part = find("contact");
    this.title = find("contact-title");
    this.left = find("contact-left");
    this.details = find("contact-form");
    this.summary = this.details.querySelector("summary");
    this.form = find("leave");
    this.box = find("number");
    this.problem = find("number-problem");
    this.button = this.form.querySelector("button");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  // From the beginning, with the number that the clinic has. What is typed stays.
  begin(number) {
    this.#after = null;
    this.#set(number);
  }

  forget() {
    for (const box of this.form.querySelectorAll("input")) box.value = "";
    this.#say("");
    this.begin(null);
  }

  heard(reply) {
    if (!this.setup.after.includes(reply.kind)) return;
    this.#after = reply;
    this.#show();
  }

  #set(number) {
    this.#number = number;
    if (number) this.box.value ||= number;
    this.details.open = !number;
    this.#show();
  }

  #show() {
    const known = Boolean(this.#number);
    this.part.hidden = !known && !this.#after;
    this.title.hidden = known;
    this.left.hidden = this.summary.hidden = !known;
    this.left.textContent = known ? this.words.contact_left.replace("{number}", () => this.#number) : "";
  }

  #say(problem, isInvalid = false) {
    this.problem.textContent = problem;
    this.problem.hidden = !problem;
    if (isInvalid) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
    if (problem) this.box.setAttribute("aria-describedby", this.problem.id);
    else this.box.removeAttribute("aria-describedby");
  }

  #kept() {
    const { kept } = this.setup;
    return (this.#after?.kind === "crisis" ? kept.crisis : kept[this.#after?.urgency]) ?? kept.none;
  }

  async #send() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    this.button.setAttribute("aria-disabled", "true");
    this.#say("");
    const fields = Object.fromEntries(new FormData(this.form));
    try {
      const { number } = await this.post(fields);
      const hadFocus = this.form.contains(document.activeElement);
      this.#set(number);
      if (hadFocus) this.summary.focus(); // what had it is closed now
      this.on.left(this.#kept());
    } catch (problem) {
      if (problem.status === 404) return this.on.gone();
      const isInvalid = problem.status === 422;
      this.#say(isInvalid ? problem.message : this.words.contact_failed, isInvalid);
      this.on.failed(this.problem);
      if (isInvalid && this.form.contains(document.activeElement)) this.box.focus();
    } finally {
      this.button.removeAttribute("aria-disabled");
    }
  }
}
