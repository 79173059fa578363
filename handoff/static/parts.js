/** @import {Say} from "./words.js" */
import {h, icon} from "/static/dom.js";
import {ticking, until, clock} from "./moments.js";
import {named} from "./words.js";

export const ICONS = {
  back: "M15 5l-7 7 7 7",
  about: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 7.8v.1",
  hold: "M9 6v12M15 6v12",
  resume: "M8 5.5v13l10-6.5z",
  transfer: "M4 8h14l-4-4M20 16H6l4 4",
  robot: "M6 9h12a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 18 19H6a1.5 1.5 0 0 1-1.5-1.5v-7A1.5 1.5 0 0 1 6 9zM12 9V5M9 13.5v1M15 13.5v1",
  done: "M5 12.5l4.5 4.5L19 7.5",
  send: "M12 19V5M5.5 11.5L12 5l6.5 6.5",
  note: "M5 4.5h14v10l-5 5H5zM14 19.5v-5h5",
  file: "M14 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8zM14 3.5V8h4.5",
  leave: "M15 4.5h2.5A1.5 1.5 0 0 1 19 6v12a1.5 1.5 0 0 1-1.5 1.5H15M10.5 8l-4 4 4 4M7 12h8",
  close: "M6 6l12 12M18 6L6 18",
  fold: "M6 9.5l6 6 6-6",
  menu: "M4 7h16M4 12h16M4 17h16",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
};

/**
 * A thing in a list: shown as long as its `sign` is the same, made anew when it differs.
 * @typedef {{key: string, sign: string, make: () => HTMLElement}} Thing
 */

/** @type {WeakMap<Element, Map<string, {sign: string, element: HTMLElement}>>} */
const shown = new WeakMap();

/**
 * Makes a parent's children those of the list, touching only what differs: scroll, focus and open folds of the rest stay as they are.
 * @param {Element} parent @param {Thing[]} things
 */
export function fill(parent, things) {
  const before = shown.get(parent) ?? new Map();
  const after = new Map();
  let place = /** @type {Element | null} */ (parent.firstElementChild);
  for (const {key, sign, make} of things) {
    const known = before.get(key);
    const element = known?.sign === sign ? known.element : make();
    if (known && element !== known.element) {
      if (place === known.element) place = known.element.nextElementSibling;
      const act = known.element.contains(document.activeElement) && document.activeElement?.getAttribute("data-act");
      known.element.replaceWith(element);
      if (act) /** @type {HTMLElement | null} */ (element.querySelector(`[data-act="${act}"]`))?.focus();
    }
    if (place && place !== element && place.nextElementSibling === element) place = element; // the one before it goes, or comes later: one moves, not all
    if (element === place) place = element.nextElementSibling;
    else move(parent, element, place);
    after.set(key, {sign, element});
  }
  for (const [key, {element}] of before) if (!after.has(key)) element.remove();
  shown.set(parent, after);
}

/** Puts an element before another, its focus kept. @param {Element} parent @param {HTMLElement} element @param {Element | null} place */
function move(parent, element, place) {
  const focused = element.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  parent.insertBefore(element, place);
  if (focused && focused !== document.activeElement) focused.focus({preventScroll: true});
}

/**
 * A button. With a drawing and no visible words its name is a label.
 * @param {string} words @param {() => void} act
 * @param {{drawing?: string, kind?: string, act?: string, isBare?: boolean, type?: string}} [how]
 */
export function button(words, act, {drawing, kind = "", act: name, isBare = false, type = "button"} = {}) {
  return h(
    "button",
    {type, class: `button ${kind}${isBare ? " bare" : ""}`, onclick: act, "data-act": name, ...(isBare && {"aria-label": words, title: words})},
    drawing ? icon(drawing) : null,
    isBare ? null : h("span", {}, words),
  );
}

/** @type {Record<string, string>} */
const CHANNELS = {
  webchat: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.5c2.4 2.3 3.6 5.2 3.6 8.5s-1.2 6.2-3.6 8.5c-2.4-2.3-3.6-5.2-3.6-8.5s1.2-6.2 3.6-8.5z",
  wechat: "M10 15.5c-.5 0-1.1-.1-1.6-.2L5.5 17l.6-2.400C4.4 13.4 3.5 11.8 3.5 10c0-3 2.9-5.5 6.5-5.500s6.5 2.5 6.5 5.5-2.9 5.5-6.5 5.500zM16.5 10.600c2.4.6 4 2.3 4 4.4 0 1.3-.7 2.5-1.9 3.400l.5 1.9-2.3-1.200c-2.3.4-4.5-.5-5.5-2.2",
  wecom_kf: "M4.5 12.5v-1a7.5 7.5 0 0 1 15 0v1M4.5 12.5H7v5H5.5a1 1 0 0 1-1-1zM19.5 12.5H17v5h1.5a1 1 0 0 0 1-1zM18 17.5c0 2-2 3-4.5 3",
  email: "M4 6h16v12H4zM4 7l8 6 8-6",
  phone: "M6.5 4h3l1.5 4-2 1.500a11 11 0 0 0 5.5 5.500l1.5-2 4 1.500v3a1.5 1.5 0 0 1-1.6 1.500C11 18.5 5.5 13 5 5.600A1.5 1.5 0 0 1 6.5 4z",
  api: "M8 8l-4 4 4 4M16 8l4 4-4 4",
};

/** The channel's sign, for the eye: its name stands in the conversation. @param {string} type */
export function channelIcon(type) {
  const made = icon(CHANNELS[type] ?? CHANNELS.webchat);
  made.setAttribute("class", "channel-sign");
  return made;
}

/** The same with its word, for those who don't see it, or point at it. @param {Say} text @param {string} type */
export function channelSign(text, type) {
  const word = named(text, "channel", type);
  return h("span", {class: "channel-mark", title: word || null}, channelIcon(type), word ? h("span", {class: "hidden"}, word) : null);
}

/** A small word on a coloured ground. @param {string} words @param {string} [tone] */
export const chip = (words, tone = "") => h("span", {class: `chip ${tone}`}, words);

/** The tone of a session's state. @param {string} state */
export function toneOf(state) {
  return {active: "accent", queued: "warn", offered: "warn", on_hold: "warn", waiting_customer: "", bot: "", wrap_up: "", closed: ""}[state] ?? "";
}

/** @param {number | undefined} share */
export const percent = (share) => (share === undefined ? "" : `${Math.round(share * 100)} %`);

/**
 * What is left of an offer, as a bar and as a clock.
 * @param {string} from @param {string} to @param {Say} text
 */
export function countdown(from, to, text) {
  const bar = h("i", {});
  const total = Math.max(1, (new Date(to).getTime() - new Date(from).getTime()) / 1000);
  const left = ticking(h("span", {class: "left"}), () => {
    bar.style.setProperty("transform", `scaleX(${Math.min(1, until(to) / total)})`);
    return clock(until(to));
  });
  return h("div", {class: "countdown", role: "timer", "aria-label": text("offer.left")}, h("span", {class: "track"}, bar), left);
}
