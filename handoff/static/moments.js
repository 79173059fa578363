/** @import {Say} from "./words.js" */
import {say} from "/static/dom.js";

let skewMs = 0;

/** The server has said what time it is. @param {string} at */
export function setClock(at) {
  skewMs = new Date(at).getTime() - Date.now();
}

/** Now, by the server's clock. */
export const now = () => Date.now() + skewMs;

/** @param {string} at @returns {number} seconds since then, not less than 0 */
export const since = (at) => Math.max(0, (now() - new Date(at).getTime()) / 1000);

/** @param {string} at @returns {number} seconds until then, not less than 0 */
export const until = (at) => Math.max(0, (new Date(at).getTime() - now()) / 1000);

/** `0:07`, `12:30`, `3:05:00`. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Short enough for a list: `0:42`, `9:59`, then `10 min`, `3 hr`. @param {number} seconds @param {string} language */
export const spanOf = (seconds, language) => (seconds < 600 ? clock(seconds) : roundly(seconds, language));

/** `1 min` at least, never to the second. @param {number} seconds @param {string} language */
export function roundly(seconds, language) {
  const [value, unit] = seconds < 6_000 ? [seconds / 60, "minute"] : seconds < 172_800 ? [seconds / 3600, "hour"] : [seconds / 86_400, "day"];
  const words = new Intl.NumberFormat(language, {style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0}).format(Math.max(1, Math.floor(value)));
  return words.replace(/(\d)(?=[^\d\s])/, "$1 "); // as everywhere on the page: a space between a number and Chinese words
}

/** @param {string} at @param {Say} text */
export function timeOf(at, text) {
  return new Date(at).toLocaleTimeString(text.language, {hour: "2-digit", minute: "2-digit", hour12: false});
}

/** The time, with its day where that is not today. @param {string} at @param {Say} text */
export function momentOf(at, text) {
  const date = new Date(at);
  if (date.toDateString() === new Date(now()).toDateString()) return timeOf(at, text);
  return `${date.toLocaleDateString(text.language, {month: "short", day: "numeric"})} ${timeOf(at, text)}`;
}

/** Held weakly: an element that is gone takes the whole page that it stood on with it. @type {Set<WeakRef<Element>>} */
const living = new Set();
/** @type {WeakMap<Element, () => string>} */
const spoken = new WeakMap();

/**
 * Keeps an element's text true from second to second, for as long as it is on the page.
 * @template {Element} E @param {E} element @param {() => string} words @returns {E}
 */
export function ticking(element, words) {
  say(element, words());
  spoken.set(element, words);
  living.add(new WeakRef(element));
  return element;
}

setInterval(() => {
  for (const one of living) {
    const element = one.deref();
    if (!element) living.delete(one);
    else if (element.isConnected) say(element, spoken.get(element)?.() ?? "");
  }
}, 1_000);
