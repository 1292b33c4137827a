// The API of this STUF, below the page's own address.

const KEY = "stuf-session";

/** What the API refused: `code` for the page, `message` for people. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether one has to sign in again. */
  get signedOut() {
    return this.code.startsWith("session-") || this.code === "access-revoked";
  }
}

/** The session, kept for this tab only. */
export const session = {
  get() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return kept && kept.expires_at * 1000 > Date.now() ? kept.session : null;
  },
  set(fresh) {
    sessionStorage.setItem(KEY, JSON.stringify(fresh));
  },
  /** How long it lasts still, in milliseconds. */
  left() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return kept ? kept.expires_at * 1000 - Date.now() : 0;
  },
  clear() {
    sessionStorage.removeItem(KEY);
  },
};

let last = Promise.resolve();

/**
 * One request to `api/<path>`; gives the JSON of the answer. Throws Refusal.
 *
 * One after the other: several at once would each wait for a function of their own to start. Files do not come
 * this way, so nothing long waits behind another.
 */
export function call(method, path, body) {
  const mine = last.then(() => request(method, path, body));
  last = mine.catch(() => null);
  return mine;
}

async function request(method, path, body) {
  const headers = {};
  const token = session.get();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`api/${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
    });
  } catch {
    throw new Refusal(0, "unreachable", "The upload page cannot be reached. Check your connection and try again.");
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => null);
  if (answer.ok && content) return content;
  const { code = "failed", message = "Something went wrong. Please try again." } = content?.error ?? {};
  throw new Refusal(answer.status, code, message);
}
