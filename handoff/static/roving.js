/**
 * Lines that the arrow keys walk through: one of them can be reached by Tab, Up and Down go from line to line, Home and End to the ends.
 * @param {HTMLElement} pane
 */
export function rove(pane) {
  pane.addEventListener("keydown", (event) => {
    const from = /** @type {Element} */ (event.target).closest("a.line");
    if (!from || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const lines = linesOf(pane);
    const at = lines.indexOf(/** @type {HTMLElement} */ (from));
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    lines[to]?.focus();
  });
  pane.addEventListener("focusin", (event) => {
    const line = /** @type {Element} */ (event.target).closest("a.line");
    const list = line?.closest("ul");
    if (!line || !list) return;
    for (const other of list.querySelectorAll("a.line[tabindex='0']")) if (other !== line) other.setAttribute("tabindex", "-1");
    line.setAttribute("tabindex", "0");
  });
}

/** The lines that are not folded away, in the order of the page. @param {ParentNode} pane @returns {HTMLElement[]} */
export const linesOf = (pane) => [.../** @type {NodeListOf<HTMLElement>} */ (pane.querySelectorAll("a.line"))].filter((line) => !line.closest("[hidden]"));
