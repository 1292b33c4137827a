// Zulip's REST API, at the page's own origin, for one person: Basic auth, form encoding, errors with Zulip's own words.

export class ApiError extends Error {
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function encode(parameters) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return form;
}

export class Api {
  #authorization;

  constructor(account) {
    this.#authorization = `Basic ${btoa(`${account.email}:${account.api_key}`)}`;
  }

  get(path, parameters = {}, signal) {
    return this.#call("GET", `${path}?${encode(parameters)}`, undefined, signal);
  }

  post(path, parameters = {}) {
    return this.#call("POST", path, encode(parameters));
  }

  patch(path, parameters = {}) {
    return this.#call("PATCH", path, encode(parameters));
  }

  delete(path, parameters = {}) {
    return this.#call("DELETE", path, encode(parameters));
  }

  /** Upload one file; gives its address on the server (`/user_uploads/…`). */
  async upload(file) {
    const form = new FormData();
    form.append("file", file, file.name);
    const answer = await this.#call("POST", "/user_uploads", form);
    return answer.url ?? answer.uri;
  }

  /** An address that opens an uploaded file without signing in, for a short while. */
  async temporaryAddress(path) {
    const answer = await this.#call("GET", path, undefined);
    return answer.url;
  }

  async #call(method, path, body, signal) {
    for (;;) {
      const response = await fetch(`/api/v1${path}`, {
        method,
        body,
        signal,
        headers: { Authorization: this.#authorization },
        // The browser's own sign-in box must never appear.
        credentials: "omit",
      });
      const answer = await response.json().catch(() => ({}));
      if (response.status === 429) {
        await pause(1000 * Number(answer["retry-after"] ?? response.headers.get("Retry-After") ?? 1));
        continue;
      }
      if (!response.ok || answer.result !== "success") {
        throw new ApiError(answer.msg || `The server answered ${response.status}.`, answer.code, response.status);
      }
      return answer;
    }
  }
}
