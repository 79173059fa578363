/** Where the page stands, which is in its address: `#/session/ID` and `#/session/ID/about`. A reload and the browser's "back" know it too. */
export function place() {
  const [, kind, id, rest] = location.hash.split("/");
  return {id: kind === "session" && id ? decodeURIComponent(id) : null, isAbout: rest === "about"};
}

export const HOME = "#/";

/** @param {string} id @param {string} [rest] */
export const addressOf = (id, rest = "") => `#/session/${encodeURIComponent(id)}${rest}`;

/** @param {string} address */
export const go = (address) => void (location.hash = address);
