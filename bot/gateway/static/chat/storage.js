// What the browser keeps of a conversation: until its tab is closed, or on the device, as the clinic has set it.

class Memory {
  #items = new Map();
  getItem(name) { return this.#items.get(name) ?? null; }
  setItem(name, value) { this.#items.set(name, value); }
  removeItem(name) { this.#items.delete(name); }
}

// Where a browser keeps nothing for pages in a frame, the conversation lasts as long as the page.
export function storageFor(remember) {
  try {
    const storage = remember === "device" ? localStorage : sessionStorage;
    storage.setItem("hipline.probe", "1");
    storage.removeItem("hipline.probe");
    return storage;
  } catch {
    return new Memory();
  }
}

function random(bytes) {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

export function newId() {
  return Array.from(random(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// 256 bits that nobody can guess: whoever has them has the conversation.
export function tokenIn(storage) {
  let token = storage.getItem("hipline.token");
  if (!/^[\w-]{43}$/.test(token ?? "")) {
    token = btoa(String.fromCharCode(...random(32))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    storage.setItem("hipline.token", token);
  }
  return token;
}

export function forgetToken(storage) {
  storage.removeItem("hipline.token");
}
