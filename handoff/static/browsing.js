/** @import {Desk} from "./desk.js" */
import {inOrder} from "./lists.js";
import {linesOf} from "./roving.js";

/** The line beside the open one, or beside the one that has the focus; the first where there is none. @param {HTMLElement} root @param {Desk} desk @param {1 | -1} step */
export function walk(root, desk, step) {
  const pane = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".pane.lists"))].find((one) => !one.hidden);
  const lines = pane ? linesOf(pane) : [];
  const focused = document.activeElement?.closest?.("a.line");
  const at = lines.findIndex((line) => (focused ? line === focused : line.dataset.id === desk.open?.id));
  return at < 0 ? lines[0] : lines[at + step];
}

/** Opens a line and stays on it: the next key walks on, and nothing takes the focus away. @param {Desk} desk @param {HTMLElement | undefined} line */
export function browse(desk, line) {
  if (!line) return;
  desk.isBrowsing = true;
  line.focus();
  line.click();
}

/** Who of mine has waited longest for an answer, after the open one. @param {Desk} desk @returns {string | undefined} */
export function nextWaiting(desk) {
  const waiting = inOrder([...desk.sessions.values()]).filter(({state}) => state === "active");
  const at = waiting.findIndex(({id}) => id === desk.open?.id);
  return (waiting[at + 1] ?? waiting[0])?.id === desk.open?.id ? undefined : (waiting[at + 1] ?? waiting[0])?.id;
}
