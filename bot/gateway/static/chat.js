// The chat page with a script: sends without loading the page anew. Without it the same forms work by themselves.
"use strict";

const log = document.getElementById("log");
const status = document.getElementById("status");
const choices = document.getElementById("choices");
const ask = document.getElementById("ask");
const box = document.getElementById("text");
const SHOWS_SECTION = ["answer", "advice_boundary"];
const TRIES = [0, 1000, 3000]; // pauses in ms: the same id makes a repeat harmless

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function show(who, text, className, section) {
  const item = document.createElement("li");
  item.className = className;
  const lines = text.split("\n").filter((line) => line.trim());
  for (const [line, name] of [[who, "who"], ...lines.map((l) => [l, ""]), ...(section ? [[section, "section"]] : [])]) {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    if (name) paragraph.className = name;
    item.append(paragraph);
  }
  log.append(item);
  item.scrollIntoView({ block: "nearest" });
}

function offer(buttons) {
  choices.replaceChildren(...buttons.map((button) => {
    const element = document.createElement("button");
    element.name = "text";
    element.value = button.text;
    element.textContent = button.title;
    return element;
  }));
}

function showReplies(replies) {
  for (const reply of replies) {
    const section = SHOWS_SECTION.includes(reply.kind) && reply.section ? `From the document: ${reply.section}` : "";
    show("Hipline", reply.text, `reply ${reply.urgency}`, section);
    offer(reply.buttons);
  }
}

async function post(message) {
  let told = false;
  for (const pause of TRIES) {
    await new Promise((go) => setTimeout(go, pause));
    try {
      const response = await fetch("/chat/messages", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(15000),
      });
      const answer = await response.json();
      if (response.status < 500) return response.ok ? answer : { problem: answer.error.message };
      if (answer.replies && !told) {
        showReplies(answer.replies); // a warning sign is answered at once, though the message is yet to be stored
        told = true;
      }
    } catch {
      // no connection, or no answer in time: once more
    }
  }
  return { problem: "Your message did not get through. Please check your connection and send it again." };
}

let queue = Promise.resolve();

function send(text) {
  if (!text.trim()) return;
  show("You", text, "own");
  offer([]);
  queue = queue.then(async () => {
    status.textContent = "Hipline is writing …";
    const answer = await post({ text, message_id: newId() });
    status.textContent = answer.problem || "";
    if (answer.problem) {
      box.value ||= text; // nothing that was typed is lost
      return;
    }
    showReplies(answer.replies);
    box.scrollIntoView({ block: "nearest" });
  });
}

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  send(box.value);
  box.value = "";
  box.focus();
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask.requestSubmit();
  }
});

choices.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.submitter.value);
  box.focus();
});
