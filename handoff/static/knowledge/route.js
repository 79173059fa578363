/**
 * Where the page stands: `#/knowledge` is the list, `#/knowledge/ENTRY` an entry, and what begins with "~" is none: it can't begin an id.
 *
 * @typedef {"" | "entry" | "new" | "changes" | "history" | "suggestions" | "check"} View
 * @typedef {{view: View, id: string}} Route
 */
import {go} from "../place.js";

const VIEWS = /** @type {const} */ (["new", "changes", "history", "suggestions", "check"]);
const HOME = "#/knowledge";

/** @returns {Route} */
export function route() {
  const part = decoded(location.hash.split("/")[2] ?? "");
  if (!part) return {view: "", id: ""};
  if (!part.startsWith("~")) return {view: "entry", id: part};
  const view = VIEWS.find((name) => `~${name}` === part);
  return {view: view ?? "", id: ""};
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return ""; // a "%" that somebody typed
  }
}

/** @param {string} id */
export const addressOfEntry = (id) => `${HOME}/${encodeURIComponent(id)}`;

/** @param {Exclude<View, "entry">} view */
export const addressOfView = (view) => (view ? `${HOME}/~${view}` : HOME);

/** @param {string} [id] */
export const goToEntry = (id = "") => go(id ? addressOfEntry(id) : HOME);

/** @param {Exclude<View, "entry">} view */
export const goToView = (view) => go(addressOfView(view));
