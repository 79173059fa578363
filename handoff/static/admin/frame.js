/** @import {Problem} from "../api.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {kept} from "../caret.js";
import {pagesOf} from "../pages.js";
import {button} from "../parts.js";
import {adminOf, go} from "../place.js";
import {trouble} from "../words.js";

export const ICONS = {
  plus: "M12 5v14M5 12h14",
  gone: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v6M13.5 10.5v6",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  good: "M5 12.5l4.5 4.5L19 7.5",
  bad: "M12 4l9 16H3zM12 10v4.5M12 17.3v.1",
  empty: "M4.5 6.5h15v11h-15zM4.5 10.5h15M8.5 14h4",
  locked: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  again: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 4v4h-4",
  copyTo: "M4 12h12M11 7l5 5-5 5M20 5v14",
};

/**
 * What every admin page stands in: the way to the others, its name and what it is for, what can be done, and its content.
 * @param {Desk} desk @param {Say} text @param {string} page @param {...Node} actions
 */
export function frame(desk, text, page, ...actions) {
  const links = pagesOf(desk.agent).map((name) => h("a", {href: adminOf(name), "aria-current": name === page && "page"}, text(`menu.${name}`)));
  const main = h("div", {class: "admin-main"});
  const head = h("header", {class: "admin-head"}, h("div", {class: "titles"}, h("h2", {}, text(`menu.${page}`)), h("p", {class: "quiet"}, text(`lead.${page}`))), h("div", {class: "buttons"}, ...actions));
  const element = h("div", {class: `admin admin-${page}`}, h("nav", {class: "admin-nav", "aria-label": text("menu")}, ...links), h("div", {class: "admin-body"}, head, main));
  requestAnimationFrame(() => links.find((link) => link.hasAttribute("aria-current"))?.scrollIntoView({block: "nearest", inline: "center"}));
  return {element, main};
}

/** A list, and beside it, or over it on a narrow screen, the one thing that is looked at. @param {Say} text @param {string} name */
export function split(text, name) {
  const list = h("div", {class: "split-list"});
  const panel = h("section", {class: "split-panel", "aria-label": text(name), hidden: true});
  const element = h("div", {class: "split"}, list, panel);
  /** @param {HTMLElement | null} content */
  const show = (content) => {
    panel.hidden = !content;
    element.classList.toggle("open", Boolean(content));
    panel.replaceChildren(...(content ? [content] : []));
    panel.scrollTop = 0;
  };
  return {element, list, panel, show};
}

/** The head of a panel: what it is about, and the way out. @param {Say} text @param {string} title @param {string} page @param {...(Node | null)} more */
export function panelHead(text, title, page, ...more) {
  const shut = h("a", {class: "button bare", href: adminOf(page), "aria-label": text("panel.close"), title: text("panel.close")}, icon(ICONS.close));
  return h("header", {class: "panel-head"}, h("h2", {dir: "auto"}, title), ...more, shut);
}

/** The one thing that the address names after the page: `#/admin/agents/ID`. @returns {string | null} */
export function detail() {
  try {
    return decodeURIComponent(location.hash.split("/")[3] ?? "") || null;
  } catch {
    return null;
  }
}

/** @param {string} page @param {string} id */
export const addressOfDetail = (page, id) => `${adminOf(page)}/${encodeURIComponent(id)}`;

/** @param {string} page @param {string} [id] */
export const goTo = (page, id) => go(id ? addressOfDetail(page, id) : adminOf(page));

/** Nothing is there yet, with what to do about it. @param {string} words @param {Node | null} [more] @param {string} [drawing] */
export const empty = (words, more = null, drawing = ICONS.empty) => h("div", {class: "admin-empty"}, icon(drawing), h("p", {}, words), more);

/** It is being read: grey lines where the list will stand, and a word for those who do not see them. @param {Say} text @param {number} [count] */
export function loading(text, count = 5) {
  const lines = Array.from({length: count}, () => h("i", {"aria-hidden": "true"}));
  return h("div", {class: "skeleton", role: "status"}, h("span", {class: "hidden"}, text("loading")), ...lines);
}

/** It could not be read. @param {Say} text @param {Problem} problem @param {() => void} again */
export function failed(text, problem, again) {
  const isForbidden = problem.status === 403;
  const more = isForbidden ? null : button(text("retry"), again, {drawing: ICONS.again});
  const box = empty(isForbidden ? text("admin.forbidden") : trouble(text, problem), more, isForbidden ? ICONS.locked : ICONS.bad);
  box.setAttribute("role", "alert");
  return box;
}

/**
 * Asks before something that can't be taken back.
 * @param {Say} text @param {{title: string, words: string | Node, act: string, tone?: string}} what @returns {Promise<boolean>}
 */
export function ask(text, {title, words, act, tone = "primary"}) {
  return new Promise((resolve) => {
    const giveBack = kept(document.activeElement);
    const end = (/** @type {boolean} */ isYes) => (resolve(isYes), dialog.close());
    const form = h(
      "form",
      {onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), end(true))},
      h("h2", {id: "ask-title", dir: "auto"}, title),
      h("div", {class: "ask-words"}, words),
      h("div", {class: "buttons"}, button(text("cancel"), () => end(false)), button(act, () => {}, {kind: tone, type: "submit"})),
    );
    const dialog = h("dialog", {"aria-labelledby": "ask-title", onclose: () => (resolve(false), dialog.remove(), giveBack())}, form);
    document.body.append(dialog);
    dialog.showModal();
  });
}
