/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {ICONS} from "../admin/frame.js";
import {button} from "../parts.js";

const DRAWINGS = {up: "M12 19V5M6 11l6-6 6 6", down: "M12 5v14M6 13l6 6 6-6"};
/** What begins a line where a list was copied from somewhere: bullets and numbers. */
const BULLET = /^\s*(?:[-*•·–]|\d{1,3}[.)、])\s+/u;

/** @typedef {{element: HTMLElement, input: HTMLInputElement, number: HTMLElement, notes: HTMLElement}} Line */

/**
 * Sentences, one a line: added, removed, moved, pasted many at once. Enter makes a new line, Backspace in an empty one takes it away, Alt and
 * an arrow moves it.
 */
export class Lines {
  /** Called when something has changed. */
  changed = () => {};
  /** @type {Line[]} */ #lines = [];

  /** @param {Say} text @param {{name: string, add: string, max: number, isTitled?: boolean, isLocked?: boolean}} how */
  constructor(text, {name, add, max, isTitled = false, isLocked = false}) {
    this.text = text;
    this.name = name;
    this.max = max;
    this.isTitled = isTitled;
    this.isLocked = isLocked;
    this.list = h("ol", {class: "kb-lines"});
    this.told = h("span", {class: "hidden", role: "status"});
    this.more = button(add, () => this.#insert(this.#lines.length, [""]), {kind: "small", drawing: ICONS.plus, act: "add-line"});
    this.element = h("div", {class: "kb-lines-box"}, this.list, isLocked ? null : this.more, this.told);
  }

  /** Those that are not empty. @returns {string[]} */
  get value() {
    return this.#lines.map(({input}) => input.value.trim()).filter(Boolean);
  }

  set value(lines) {
    this.#lines = [];
    this.list.replaceChildren();
    const shown = lines.length || !this.isTitled ? lines : [""];
    for (const words of shown) this.#make(words, this.#lines.length);
    this.#number();
  }

  /** Another line at the end, as if it had been typed. @param {string} words */
  append(words) {
    const free = this.#lines.findIndex(({input}) => !input.value.trim());
    if (free >= 0) this.#lines[free].input.value = words;
    else this.#make(words, this.#lines.length);
    this.#number();
    this.#dirty();
  }

  focus() {
    this.#lines[0]?.input.focus({preventScroll: true});
  }

  /** Goes to the line with these words. @param {string} words */
  reveal(words) {
    const line = this.#lines.find(({input}) => input.value.trim() === words.trim());
    line?.input.focus();
    line?.element.scrollIntoView({block: "center"});
  }

  /** Says under each line what was found about it. @param {(words: string) => Node[]} notesOf */
  annotate(notesOf) {
    for (const {input, notes} of this.#lines) {
      const found = input.value.trim() ? notesOf(input.value.trim()) : [];
      notes.replaceChildren(...found);
      attribute(input, "aria-describedby", found.length ? notes.id : null);
    }
  }

  /** @param {string} words @param {number} at @returns {Line} */
  #make(words, at) {
    const {text, isLocked} = this;
    const input = h("input", {value: words, maxlength: this.max, dir: "auto", autocomplete: "off", readonly: isLocked, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event, line), onpaste: (/** @type {ClipboardEvent} */ event) => this.#paste(event, line)});
    const act = (/** @type {string} */ name, /** @type {string} */ drawing, /** @type {() => void} */ run) => {
      const made = button(text(name), run, {drawing, isBare: true, kind: "small"});
      made.tabIndex = -1; // by keyboard it goes with Alt and the arrows, and with Backspace: three more stops a line would be many
      return made;
    };
    const number = h("span", {class: "kb-number quiet", "aria-hidden": "true"});
    const notes = h("div", {class: "kb-notes", id: `kb-notes-${++count}`});
    const acts = h("span", {class: "kb-line-acts"}, act("knowledge.line.up", DRAWINGS.up, () => this.#move(line, -1)), act("knowledge.line.down", DRAWINGS.down, () => this.#move(line, 1)), act("knowledge.line.remove", ICONS.close, () => this.#remove(line)));
    const element = h("li", {}, number, input, isLocked ? null : acts, notes);
    const line = {element, input, number, notes};
    this.list.insertBefore(element, this.#lines[at]?.element ?? null);
    this.#lines.splice(at, 0, line);
    return line;
  }

  /** @param {number} at @param {string[]} words */
  #insert(at, words) {
    const made = words.map((one, index) => this.#make(one, at + index));
    this.#number();
    made.at(-1)?.input.focus();
    this.#dirty();
  }

  /** @param {Line} line */
  #remove(line) {
    const at = this.#lines.indexOf(line);
    if (this.#lines.length === 1 && this.isTitled) line.input.value = "";
    else {
      this.#lines.splice(at, 1);
      line.element.remove();
    }
    (this.#lines[Math.max(0, at - 1)]?.input ?? this.more).focus();
    this.#number();
    this.#dirty();
  }

  /** @param {Line} line @param {number} step */
  #move(line, step) {
    const at = this.#lines.indexOf(line);
    const to = at + step;
    if (to < 0 || to >= this.#lines.length) return;
    this.#lines.splice(at, 1);
    this.#lines.splice(to, 0, line);
    this.list.insertBefore(line.element, this.#lines[to + 1]?.element ?? null);
    this.#number();
    line.input.focus();
    say(this.told, this.text("knowledge.line.at", {number: to + 1}));
    this.#dirty();
  }

  /** @param {KeyboardEvent} event @param {Line} line */
  #press(event, line) {
    const {isLocked} = this;
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const at = this.#lines.indexOf(line);
    const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
    const isGone = event.key === "Backspace" && !line.input.value && this.#lines.length > 1;
    if (!step && event.key !== "Enter" && !isGone) return;
    event.preventDefault();
    if (step && event.altKey) return isLocked ? undefined : this.#move(line, step);
    if (step) return this.#lines[at + step]?.input.focus();
    if (isLocked) return;
    if (isGone) this.#remove(line);
    else this.#insert(at + 1, [""]);
  }

  /** Several lines become several questions. @param {ClipboardEvent} event @param {Line} line */
  #paste(event, line) {
    const lines = (event.clipboardData?.getData("text/plain") ?? "").split(/\r?\n/).map((one) => one.replace(BULLET, "").trim()).filter(Boolean);
    if (this.isLocked || lines.length < 2) return;
    event.preventDefault();
    const at = this.#lines.indexOf(line);
    const known = new Set(this.value);
    const fresh = lines.map((one) => one.slice(0, this.max)).filter((one) => !known.has(one) && known.add(one));
    if (!line.input.value.trim() && fresh.length) line.input.value = /** @type {string} */ (fresh.shift());
    this.#insert(at + 1, fresh);
    say(this.told, this.text("knowledge.line.pasted", {count: lines.length}));
  }

  #number() {
    this.#lines.forEach(({input, number}, index) => {
      const isTitle = this.isTitled && index === 0;
      say(number, isTitle ? this.text("knowledge.line.title") : String(index + 1));
      attribute(input, "aria-label", isTitle ? `${this.name}: ${this.text("knowledge.line.title")}` : `${this.name} ${index + 1}`);
    });
  }

  #dirty() {
    this.list.dispatchEvent(new Event("input", {bubbles: true}));
    this.changed();
  }
}

let count = 0;
