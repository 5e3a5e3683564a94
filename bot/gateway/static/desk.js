// The desk's own script, beside htmx: says when the connection is lost, counts in the title, rings for a new emergency,
// shows times in the clock of this computer. Without it the pages are plain pages that work.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const RINGS = "hipline-desk-rings";

  // --- Times, as this computer's clock has them

  const inLocalTime = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) {
        const today = at.toDateString() === new Date().toDateString();
        time.textContent = today
          ? at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
          : at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
      }
    }
  };

  // --- The connection

  const say = (isLost) => {
    const line = byId("line");
    if (line) line.hidden = !isLost;
  };
  if (!window.htmx) {
    setTimeout(() => document.activeElement?.matches("textarea, input") || location.reload(), 15000);
  }
  document.addEventListener("htmx:sseOpen", () => say(false));
  document.addEventListener("htmx:sseError", () => say(true));
  document.addEventListener("htmx:sseClose", (event) => {
    if (event.detail?.type === "message") location.reload(); // the session has ended: the page leads to the way in
  });
  // A line that was lost begins anew where the page began: what stands there already is not shown twice.
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    const found = /^<li id="(entry-\d+)"/.exec(event.detail?.data ?? "");
    if (found && byId(found[1])) event.preventDefault();
  });

  // --- The queue: how many are open, and which emergencies are new

  let known = null;
  const alarms = () => (byId("queue-state")?.dataset.alarms ?? "").split(";").filter(Boolean);

  const count = () => {
    const state = byId("queue-state");
    if (!state) return;
    const open = Number(state.dataset.open);
    document.title = `${open ? `(${open}) ` : ""}Queue · Hipline`;
    const now = alarms();
    if (known && now.some((one) => !known.has(one))) ring();
    known = new Set(now);
  };

  const heard = (text) => {
    const status = byId("heard");
    if (status) status.textContent = text;
  };

  let sound = null;
  const beep = () => {
    sound ??= new AudioContext();
    sound.resume();
    for (const [start, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.2, sound.currentTime + start);
      volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + start + 0.2);
      tone.connect(volume).connect(sound.destination);
      tone.start(sound.currentTime + start);
      tone.stop(sound.currentTime + start + 0.22);
    }
  };

  const ring = () => {
    heard("A new emergency waits.");
    if (localStorage.getItem(RINGS) !== "on") return;
    beep();
    if (window.Notification?.permission === "granted") {
      // Nothing of the patient's: a notification can be read over a shoulder.
      const note = new Notification("Hipline", { body: "A new emergency waits at the desk.", tag: "emergency" });
      note.onclick = () => window.focus();
    }
  };

  const button = byId("alarm");
  if (button) {
    button.hidden = false;
    const show = () => button.setAttribute("aria-pressed", String(localStorage.getItem(RINGS) === "on"));
    show();
    button.addEventListener("click", async () => {
      const on = localStorage.getItem(RINGS) !== "on";
      localStorage.setItem(RINGS, on ? "on" : "off");
      show();
      if (on) {
        beep();
        const allowed = window.Notification ? await Notification.requestPermission() : "denied";
        heard(allowed === "granted" ? "On: you have just heard the sound." : "The sound is on. This browser shows no notifications.");
      } else {
        heard("Off.");
      }
    });
  }

  // --- A conversation: ready-made replies go into the box, and the log stays at its end

  for (const choice of document.querySelectorAll("a.canned")) {
    choice.addEventListener("click", (event) => {
      const box = byId("text");
      event.preventDefault();
      box.value = box.value.trim() ? `${box.value.trimEnd()}\n${choice.dataset.text}` : choice.dataset.text;
      box.focus();
    });
  }
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", () => {
      // Not at once: a button that is disabled within the event sends nothing of its own.
      setTimeout(() => form.querySelectorAll("button").forEach((one) => (one.disabled = true)), 0);
    });
  }
  window.addEventListener("pageshow", () => document.querySelectorAll("button").forEach((one) => (one.disabled = false)));

  const toEnd = () => {
    const log = byId("talk");
    if (log) log.scrollTop = log.scrollHeight;
  };
  document.addEventListener("htmx:sseMessage", () => {
    inLocalTime(document);
    count();
    toEnd();
  });
  inLocalTime(document);
  count();
  toEnd();
})();
