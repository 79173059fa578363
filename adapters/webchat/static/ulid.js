const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let lastMs = 0;

/**
 * A fresh ULID. Those of one page sort in the order they were made, even inside one millisecond and when the clock is set back.
 */
export function ulid() {
  lastMs = Math.max(Date.now(), lastMs + 1);
  let time = "";
  for (let rest = lastMs, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32] + time;
  const random = crypto.getRandomValues(new Uint8Array(16));
  return time + Array.from(random, (byte) => ALPHABET[byte % 32]).join("");
}
