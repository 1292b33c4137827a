// Sends one file in parts, straight to storage. A part that fails is sent again; the others stay.

import { call, Refusal } from "./api.js";
import { composite, digest } from "./checksum.js";

const AT_ONCE = 3;
const TRIES = 5;
const FIRST_PAUSE = 1000;

const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** Waits until the browser believes that there is a network. */
async function online() {
  if (navigator.onLine) return;
  await new Promise((done) => { window.addEventListener("online", done, { once: true }); });
}

/** Tries again what may succeed later, with growing pauses. */
async function patiently(attempt) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Refusal) || !error.passing || tried === TRIES) throw error;
      await pause(FIRST_PAUSE * 2 ** (tried - 1));
      await online();
    }
  }
}

function cancelled() {
  return new Refusal(400, "cancelled", "Cancelled.");
}

/** PUT with progress, which `fetch` does not tell. Gives the ETag. */
function put(url, headers, body, signal, sent) {
  return new Promise((done, fail) => {
    if (signal.aborted) throw cancelled();
    const request = new XMLHttpRequest();
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.addEventListener("abort", () => fail(cancelled()));
    // An expired address is refused with 403: a new one may be asked for, so that counts as passing.
    const passing = () => fail(new Refusal(0, "storage", "The connection to storage was lost. Please try again."));
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => sent(event.loaded));
    request.addEventListener("load", () => {
      const etag = request.getResponseHeader("ETag");
      if (request.status === 200 && etag) done(etag);
      else passing();
    });
    request.addEventListener("error", passing);
    request.addEventListener("timeout", passing);
    request.send(body);
  });
}

/** The transfer of one file; `run` may be called again after it failed and goes on where it stopped. */
export class Transfer {
  constructor(file, answers) {
    this.file = file;
    this.answers = answers;
    this.id = null;
    this.partSize = 0;
    this.done = new Map();
    this.onprogress = () => {};
    this.#stop = new AbortController();
  }

  #stop;

  /** Stops for good; `run` throws the Refusal `cancelled`. Storage drops the parts by itself after two days. */
  cancel() {
    this.#stop.abort();
  }

  /** Sends what is missing. Gives the API's answer; throws Refusal. */
  async run() {
    if (this.#stop.signal.aborted) throw cancelled();
    if (!this.id) await this.#start();
    const count = Math.ceil(this.file.size / this.partSize);
    const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !this.done.has(number));
    this.underway = new Map();
    const workers = Array.from({ length: Math.min(AT_ONCE, missing.length) }, async () => {
      for (let number = missing.shift(); number; number = missing.shift()) await this.#send(number);
    });
    try {
      await Promise.all(workers);
    } catch (error) {
      missing.length = 0;
      await Promise.allSettled(workers);
      throw error;
    }
    const parts = [...this.done.values()].sort((a, b) => a.number - b.number);
    const answer = await patiently(() => call("POST", `uploads/${this.id}/complete`, { parts }));
    if (answer.sha256 !== await composite(parts.map((part) => part.sha256))) {
      throw new Refusal(409, "checksum-mismatch", "What arrived is not what was sent. Please upload the file again.");
    }
    return answer;
  }

  async #start() {
    const started = await patiently(() => call("POST", "uploads", {
      file_name: this.file.name,
      size: this.file.size,
      content_type: this.file.type,
      metadata: this.answers,
    }));
    this.id = started.upload_id;
    this.partSize = started.part_size;
  }

  async #send(number) {
    if (this.#stop.signal.aborted) throw cancelled();
    const bytes = await this.#read(number);
    const sha256 = await digest(bytes);
    const etag = await patiently(async () => {
      if (this.#stop.signal.aborted) throw cancelled();
      const wish = { number, size: bytes.byteLength, sha256 };
      const signed = await call("POST", `uploads/${this.id}/parts`, wish);
      return put(signed.url, signed.headers, bytes, this.#stop.signal, (sent) => this.#progress(number, sent));
    });
    this.done.set(number, { number, etag, sha256, size: bytes.byteLength });
    this.underway.delete(number);
    this.#progress();
  }

  async #read(number) {
    try {
      return await this.file.slice((number - 1) * this.partSize, number * this.partSize).arrayBuffer();
    } catch {
      const text = "The file changed or cannot be read any more. Please choose it again.";
      throw new Refusal(400, "file-unreadable", text);
    }
  }

  #progress(number, sent) {
    if (number) this.underway.set(number, sent);
    const whole = [...this.done.values()].reduce((sum, part) => sum + part.size, 0);
    const begun = [...this.underway.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.onprogress(Math.min(this.file.size, whole + begun));
  }
}
