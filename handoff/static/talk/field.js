import {h} from "/static/dom.js";

const LINES_MAX_PX = 220;
/** Of a mail: so much of the page's height. */
const MAIL_SHARE = 0.4;

/**
 * The field that grows with its words. Enter belongs to the input method while it composes; Safari ends the composition before that key
 * arrives, and marks it with 229.
 */
export class Field {
  #isComposing = false;
  isMail = false;

  /** @param {{typed: () => void, key: (event: KeyboardEvent) => void, pasted: (files: File[]) => void, left: () => void}} ears */
  constructor(ears) {
    this.ears = ears;
    this.element = h("textarea", {
      rows: 1, enterkeyhint: "send", dir: "auto",
      oninput: () => (this.fit(), ears.typed()),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.isComposing(event) || ears.key(event),
      oncompositionstart: () => (this.#isComposing = true),
      oncompositionend: () => (this.#isComposing = false),
      onpaste: (/** @type {ClipboardEvent} */ event) => this.#pasted(event),
      onblur: () => ears.left(),
    });
  }

  get words() {
    return this.element.value;
  }

  /** @param {string} words */
  set words(words) {
    this.element.value = words;
    this.fit();
  }

  /** @param {KeyboardEvent} event */
  isComposing(event) {
    return event.isComposing || this.#isComposing || event.keyCode === 229;
  }

  fit() {
    const {element} = this;
    element.style.setProperty("height", "auto");
    element.style.setProperty("height", `${Math.min(element.scrollHeight, this.isMail ? Math.max(LINES_MAX_PX, innerHeight * MAIL_SHARE) : LINES_MAX_PX)}px`);
  }

  /** Puts words in the place of others, as if they had been written: undo knows it. @param {string} words @param {number} from @param {number} to */
  replace(words, from, to) {
    const {element} = this;
    element.focus({preventScroll: true});
    element.setSelectionRange(from, to);
    // Old, and the one way that the browser's undo knows; where it is gone, the words are put in all the same.
    const isDone = words && document.execCommand?.("insertText", false, words);
    if (!isDone) {
      element.setRangeText(words, from, to, "end");
      element.dispatchEvent(new Event("input", {bubbles: true}));
    }
  }

  /** Marks, or unmarks, what is selected. @param {string} before @param {string} after @param {string} sample where nothing is selected */
  wrap(before, after, sample) {
    const {selectionStart: from, selectionEnd: to, value} = this.element;
    const chosen = value.slice(from, to);
    const isWrapped = value.slice(from - before.length, from) === before && value.slice(to, to + after.length) === after;
    if (isWrapped) this.replace(chosen, from - before.length, to + after.length);
    else this.replace(before + (chosen || sample) + after, from, to);
    const start = isWrapped ? from - before.length : from + before.length;
    this.element.setSelectionRange(start, start + (chosen || (isWrapped ? "" : sample)).length);
  }

  /** Begins every selected line with this. @param {string} mark */
  lines(mark) {
    const {selectionStart, selectionEnd, value} = this.element;
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const end = value.indexOf("\n", selectionEnd);
    const to = end < 0 ? value.length : end;
    const lines = value.slice(from, to).split("\n");
    const isMarked = lines.every((line) => line.startsWith(mark));
    this.replace(lines.map((line) => (isMarked ? line.slice(mark.length) : mark + line)).join("\n"), from, to);
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    this.ears.pasted(files);
  }
}
