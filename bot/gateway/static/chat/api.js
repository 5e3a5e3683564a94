// The gateway, as this page asks it. The token goes in a header: an address is written into logs.

const PATIENCE = 20000; // ms for an answer
const SILENCE = 40000; // ms without a sign of life, after which a stream counts as dead

export class Problem extends Error {
  constructor(status, body, wait) {
    super(body?.error?.message ?? `status ${status}`);
    this.status = status;
    this.replies = body?.replies ?? [];
    this.wait = wait;
  }
}

async function refusal(response) {
  const body = await response.json().catch(() => null);
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(response.status, body, Number.isFinite(wait) && wait > 0 ? wait * 1000 : null);
}

export class Api {
  constructor(token) {
    this.token = token; // none: our own page's cookie says who it is
  }

  #options(more = {}) {
    const headers = { ...more.headers };
    if (this.token) headers.Authorization = `Visitor ${this.token}`;
    return { cache: "no-store", credentials: this.token ? "omit" : "same-origin", ...more, headers };
  }

  async get(path) {
    const response = await fetch(`/widget/${path}`, this.#options({ signal: AbortSignal.timeout(PATIENCE) }));
    if (!response.ok) throw await refusal(response);
    return response;
  }

  async post(path, body) {
    const response = await fetch(`/widget/${path}`, this.#options({
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    }));
    if (!response.ok) throw await refusal(response);
    return response.json();
  }

  // The events after entry number `after`: those that there are, and with `wait` those to come.
  async *events(after, wait, stop) {
    const dead = new AbortController();
    const end = () => dead.abort();
    stop.addEventListener("abort", end);
    let watch = setTimeout(end, SILENCE);
    try {
      const response = await fetch(`/widget/events?after=${after}&wait=${wait}`, this.#options({ signal: dead.signal }));
      if (!response.ok) throw await refusal(response);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(end, SILENCE);
        const blocks = (text + value).split("\n\n");
        text = blocks.pop();
        yield* blocks.map(parsed).filter(Boolean);
      }
    } finally {
      clearTimeout(watch);
      stop.removeEventListener("abort", end);
      dead.abort();
    }
  }
}

function parsed(block) {
  const fields = Object.fromEntries(block.split("\n").map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1).trimStart()];
  }));
  return fields.event ? { event: fields.event, data: JSON.parse(fields.data) } : null;
}
