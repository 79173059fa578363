/** @import {Say} from "../words.js" */
import {h, icon, say} from "/static/dom.js";

export const COPY = "M9 9h9.5A1.5 1.5 0 0 1 20 10.5V19a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 19v-8.5A1.5 1.5 0 0 1 9 9zM4.5 15.5h-1A1.5 1.5 0 0 1 2 14V5a1.5 1.5 0 0 1 1.5-1.5H12A1.5 1.5 0 0 1 13.5 5v1";
const DONE = "M5 12.5l4.5 4.5L19 7.5";
const TOLD_MS = 1_600;

/** @typedef {[string, string | Node | null | undefined]} Fact  What it is called, and what it is; without the latter it is not shown. */

/** Names and what they stand for, one a line. @param {Fact[]} lines */
export function facts(lines) {
  const given = lines.filter(([, value]) => value);
  return given.length ? h("dl", {}, ...given.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {dir: "auto"}, value ?? "")])) : null;
}

/**
 * Words with a button that copies them; `shown` where they are too long to read.
 * @param {Say} text @param {string} name what it is called, for the button @param {string} value @param {string | Node} [shown]
 */
export function copied(text, name, value, shown = value) {
  return h("span", {class: "copied"}, h("span", {class: "value", title: shown === value ? null : value}, shown), copier(text, name, () => value));
}

/** The button alone. @param {Say} text @param {string} name @param {() => string} value */
export function copier(text, name, value) {
  const label = text("copy.do", {name});
  const told = h("span", {class: "hidden", "aria-live": "polite"});
  const mark = h("span", {class: "mark"}, icon(COPY));
  const copy = async () => {
    const isDone = await put(value());
    say(told, text(isDone ? "copy.done" : "copy.failed"));
    if (!isDone) return;
    mark.replaceChildren(icon(DONE));
    setTimeout(() => (mark.replaceChildren(icon(COPY)), say(told, "")), TOLD_MS);
  };
  return h("button", {type: "button", class: "copier", "aria-label": label, title: label, onclick: copy}, mark, told);
}

/** Puts words on the clipboard, also where the page was not served over TLS. @param {string} words @returns {Promise<boolean>} */
async function put(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return putByHand(words);
  }
}

/** @param {string} words */
function putByHand(words) {
  const field = h("textarea", {class: "hidden", "aria-hidden": "true", tabindex: -1});
  field.value = words;
  const held = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (held instanceof HTMLElement) held.focus();
  return isDone;
}

/** An id, readable at a glance: its two ends. @param {string} value */
export const short = (value) => (value.length > 18 ? `${value.slice(0, 8)}…${value.slice(-6)}` : value);

/** People say which characters, not which country. */
const SCRIPTS = /** @type {Record<string, string>} */ ({"zh-CN": "zh-Hans", "zh-TW": "zh-Hant", zh: "zh-Hans"});

/** A language in the words of another. @param {Say} text @param {string | null | undefined} tag */
export function languageOf(text, tag) {
  if (!tag) return "";
  try {
    return new Intl.DisplayNames(text.language, {type: "language"}).of(SCRIPTS[tag] ?? tag) ?? tag;
  } catch {
    return tag; // not a language
  }
}

/** A number of bytes as people say it: `4 KB`, `10 MB`. @param {number} count */
export function bytes(count) {
  const [unit, name] = count >= 1 << 20 ? [1 << 20, "MB"] : count >= 1024 ? [1024, "KB"] : [1, "B"];
  return `${Math.round((count / unit) * 10) / 10} ${name}`;
}

/**
 * Something long, of which only the beginning is shown until somebody asks for all of it.
 * @template {HTMLElement} E @param {Say} text @param {E} element @param {string} words @param {number} limit in Chinese characters; of Latin letters about twice as many fit
 */
export function clamped(text, element, words, limit) {
  const width = words.length + (words.match(/[\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60]/g)?.length ?? 0);
  if (width <= 2 * limit && words.split("\n").length <= 3) return element;
  element.classList.add("clamped");
  const more = h("button", {type: "button", class: "more", "aria-expanded": "false", onclick: () => turn()}, text("about.all"));
  const turn = () => {
    const isWhole = !element.classList.toggle("clamped");
    more.setAttribute("aria-expanded", String(isWhole));
    say(more, text(isWhole ? "about.less" : "about.all"));
  };
  return h("div", {}, element, more);
}
