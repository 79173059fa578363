/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {DRAWINGS} from "./drawings.js";

/**
 * Shows a picture large, in a dialog, with its neighbours one arrow key away. Closing it gives the focus back.
 * @param {HTMLElement} opened the picture's button in the log @param {Element} log @param {Say} text
 */
export function view(opened, log, text) {
  const all = /** @type {HTMLElement[]} */ ([...log.querySelectorAll("button.picture")]);
  let at = Math.max(0, all.indexOf(opened));
  const image = h("img", {alt: ""});
  const name = h("h2", {id: "viewer-name", dir: "auto"});
  const size = h("small", {});
  const count = h("span", {class: "count", role: "status"});
  const save = h("a", {class: "button bare", "aria-label": text("picture.save"), title: text("picture.save")}, icon(DRAWINGS.save));
  /** @param {string} words @param {string} drawing @param {() => void} act @param {string} kind */
  const tool = (words, drawing, act, kind) => h("button", {type: "button", class: `button bare ${kind}`, "aria-label": words, title: words, onclick: act}, icon(drawing));
  /** @param {number} step */
  const show = (step) => {
    at = (at + step + all.length) % all.length;
    const {href = "", name: called = "", size: bytes = ""} = all[at].dataset;
    attribute(image, "src", all[at].querySelector("img")?.getAttribute("src") ?? href);
    attribute(image, "alt", called);
    attribute(save, "href", href);
    attribute(save, "download", called);
    say(name, called);
    say(size, bytes);
    say(count, all.length > 1 ? text("picture.count", {at: at + 1, count: all.length}) : "");
  };
  const before = tool(text("picture.before"), DRAWINGS.before, () => show(-1), "turn before");
  const after = tool(text("picture.after"), DRAWINGS.after, () => show(1), "turn after");
  before.hidden = after.hidden = all.length < 2;
  const dialog = h(
    "dialog",
    {
      class: "viewer", "aria-labelledby": "viewer-name",
      onclose: () => (dialog.remove(), opened.focus()),
      onclick: (/** @type {Event} */ event) => event.target === dialog && dialog.close(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (step && all.length > 1) (event.preventDefault(), show(step));
      },
    },
    h("header", {}, h("div", {class: "with"}, name, size, count), save, tool(text("shut"), DRAWINGS.close, () => dialog.close(), "shut")),
    h("div", {class: "stage"}, before, image, after),
  );
  document.body.append(dialog);
  show(0);
  dialog.showModal();
  /** @type {HTMLElement} */ (dialog.querySelector(".shut")).focus();
}
