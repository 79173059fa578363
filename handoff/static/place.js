/**
 * Where the page stands, which is in its address: a reload and the browser's "back" know it too.
 *
 * `#/session/ID`, `#/session/ID/about`, `#/search/WORDS`, `#/search/WORDS/ID` (a found one is open), `#/admin/PAGE`, `#/knowledge/ENTRY` (a page like
 * those of `admin`), or nothing of these.
 *
 * @typedef {{kind: "home" | "session" | "search" | "admin", id: string | null, isAbout: boolean, page: string, query: string}} Place
 * @returns {Place}
 */
export function place() {
  const [, kind, first = "", second = ""] = location.hash.split("/").map(decoded);
  const none = {id: null, isAbout: false, page: "", query: ""};
  if (kind === "session" && first) return {...none, kind, id: first, isAbout: second === "about"};
  if (kind === "search") return {...none, kind, query: first, id: second || null};
  if (kind === "knowledge") return {...none, kind: "admin", page: kind};
  if (kind === "admin" && /^[a-z_]{1,40}$/.test(first)) return {...none, kind, page: first};
  return {...none, kind: "home"};
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return ""; // a "%" that somebody typed
  }
}

export const HOME = "#/";

/** @param {string} id @param {string} [rest] */
export const addressOf = (id, rest = "") => `#/session/${encodeURIComponent(id)}${rest}`;

/** @param {string} query @param {string} [id] */
export const searchOf = (query, id = "") => `#/search/${encodeURIComponent(query)}${id && `/${encodeURIComponent(id)}`}`;

/** @param {string} page */
export const adminOf = (page) => (page === "knowledge" ? "#/knowledge" : `#/admin/${page}`);

/** @param {string} address */
export const go = (address) => void (location.hash = address);
