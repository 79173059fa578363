/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {h} from "/static/dom.js";
import {keysOf, titleOf} from "./commands.js";
import {button} from "./parts.js";

const SEQUENCE_MS = 2_000;
const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
/** @type {Record<string, string>} */
const NAMES = {mod: IS_MAC ? "⌘" : "Ctrl", shift: "⇧", alt: IS_MAC ? "⌥" : "Alt", arrowdown: "↓", arrowup: "↑", enter: "↵", escape: "Esc", " ": "␣"};

/**
 * The keyboard: does the command whose keys are pressed. Plain keys work outside of text fields only, and can be switched off (WCAG 2.2,
 * 2.1.4); while a dialog is open it has the keyboard to itself; what an input method is composing is never ours.
 */
export class Keys {
  #pressed = "";
  /** @type {number | undefined} */ #timer;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  start() {
    document.addEventListener("keydown", this.#hear);
  }

  stop() {
    document.removeEventListener("keydown", this.#hear);
    clearTimeout(this.#timer);
  }

  #hear = (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.repeat || document.querySelector("dialog[open]")) return;
    const key = nameOf(event);
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isPlain && key !== "escape" && (isWriting(event.target) || !this.desk.preferences.get("shortcuts"))) return;
    const wanted = this.#pressed && isPlain ? `${this.#pressed} ${key}` : key;
    this.#forget();
    const all = this.desk.commands.all.flatMap((command) => keysOf(command).map((keys) => ({command, keys})));
    const found = all.find(({keys}) => keys === wanted) ?? all.find(({keys}) => keys === key);
    if (found) return void (event.preventDefault(), found.command.run());
    if (isPlain && all.some(({keys}) => keys.startsWith(`${key} `))) this.#remember(key);
  };

  /** @param {string} key */
  #remember(key) {
    this.#pressed = key;
    this.#timer = setTimeout(() => this.#forget(), SEQUENCE_MS);
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#pressed = "";
  }
}

/** `t`, `shift+t`, `?`, `mod+k`, `alt+arrowdown`. @param {KeyboardEvent} event */
function nameOf(event) {
  const key = event.key.toLowerCase();
  const isLetter = /^\p{L}$/u.test(key);
  const held = [(event.ctrlKey || event.metaKey) && "mod", event.altKey && "alt", event.shiftKey && (isLetter || key.length > 1) && "shift"];
  return [...held.filter(Boolean), key].join("+");
}

/** A field of a dialog that has just been shut keeps the focus until the next frame: nobody writes there. @param {EventTarget | null} target */
function isWriting(target) {
  const element = /** @type {HTMLElement | null} */ (target);
  if (element?.checkVisibility?.() === false) return false;
  return Boolean(element?.isContentEditable || element?.matches?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select"));
}

/** Keys as they stand on a keyboard: one mark for each. @param {string} keys @returns {HTMLElement[]} */
export function shownKeys(keys) {
  return keys.split(" ").map((press) => {
    const names = press.split("+").map((name) => NAMES[name] ?? name.toUpperCase());
    return h("kbd", {}, names.join(IS_MAC ? "" : " "));
  });
}

/** The sheet of all keys, by group, as they are just now. @param {Desk} desk @param {Say} text */
export function showKeys(desk, text) {
  if (document.querySelector("dialog[open]")) return;
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const command of desk.commands.known) {
    const keys = keysOf(command);
    if (!keys.length) continue;
    const group = command.group ?? "view";
    const shown = keys.flatMap((one, index) => [index ? h("span", {class: "quiet"}, text("or")) : null, ...shownKeys(one)]);
    groups.set(group, [...(groups.get(group) ?? []), h("div", {}, h("dt", {}, titleOf(command)), h("dd", {}, ...shown))]);
  }
  const isOff = !desk.preferences.get("shortcuts");
  const dialog = h(
    "dialog",
    {class: "sheet", "aria-labelledby": "keys-title", onclose: () => dialog.remove()},
    h("header", {}, h("h2", {id: "keys-title"}, text("keys")), button(text("close"), () => dialog.close(), {kind: "small", act: "close"})),
    isOff ? h("p", {class: "quiet"}, text("keys.off")) : null,
    h("div", {class: "groups", tabindex: 0, role: "region", "aria-labelledby": "keys-title"}, h("div", {class: "columns"}, ...[...groups].map(([group, lines]) => h("section", {}, h("h3", {}, text(`group.${group}`)), h("dl", {}, ...lines))))),
  );
  document.body.append(dialog);
  dialog.showModal();
}
