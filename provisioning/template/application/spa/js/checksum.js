// SHA-256 as storage counts it.

function base64(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** The digest of a part, as base64. */
export async function digest(bytes) {
  return base64(await crypto.subtle.digest("SHA-256", bytes));
}

/** What storage answers for the whole file: the digest of the parts' digests, `-`, how many parts. */
export async function composite(digests) {
  const joined = Uint8Array.from(digests.map((one) => atob(one)).join(""), (c) => c.charCodeAt(0));
  return `${await digest(joined)}-${digests.length}`;
}
