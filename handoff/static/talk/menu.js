/** @import {Say} from "../words.js" */
/** @import {Canned, CannedReply} from "./canned.js" */
import {attribute, h, say} from "/static/dom.js";
import {button} from "../parts.js";
import {trouble} from "../words.js";
import {fitting, wordsFor} from "./filling.js";

const SHOWN_COUNT = 30;
const PALETTE_COUNT = 8;
const QUERY_MAX_CHARS = 40;
/** A slash at the start, or behind a space, and what is written behind it. */
const ASKED = /(?:^|[\s\u3000])[/／]([^/／\n]*)$/;

/**
 * The canned replies that fit what stands behind a slash in the field. The field keeps the focus; arrows choose, Enter or Tab takes, Escape
 * shuts.
 */
export class CannedMenu {
  /** @type {CannedReply[]} */ #found = [];
  #at = 0;
  #query = "";
  /** Shut by Escape, until another slash is written. */
  #isShut = false;

  /**
   * @param {Canned} canned @param {Say} text @param {HTMLTextAreaElement} field
   * @param {{language: () => string, take: (words: string, from: number, to: number) => void, save: (() => void)}} ears
   */
  constructor(canned, text, field, ears) {
    this.canned = canned;
    this.text = text;
    this.field = field;
    this.ears = ears;
    canned.onchange = () => void (this.isOpen && this.look());
    this.list = h("ul", {id: "canned-list", role: "listbox", "aria-label": text("canned")});
    this.said = h("p", {class: "quiet", role: "status"});
    this.element = h("div", {class: "canned", hidden: true}, this.said, this.list, h("p", {class: "hint"}, h("span", {}, text("canned.keys")), button(text("canned.save"), () => (this.shut(), ears.save()), {kind: "small bare-words", act: "save"})));
    attribute(field, "aria-autocomplete", "list");
    attribute(field, "aria-haspopup", "listbox");
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** The field has changed. */
  async look() {
    const asked = this.#asked();
    if (asked === null) this.#isShut = false;
    if (asked === null || this.#isShut) return this.#hide();
    this.#query = asked;
    await this.canned.read();
    if (this.#asked() === asked) this.#show();
  }

  /** The replies that fit, with the words that this customer would get. @param {string} query */
  matching(query) {
    const language = this.ears.language();
    return fitting(this.canned.all, query.replace(/^[/／]/, ""), language).slice(0, PALETTE_COUNT).map((reply) => ({reply, words: wordsFor(reply, language).words}));
  }

  /** Opens with everything, as if a slash had been written. */
  open() {
    const {field} = this;
    field.focus();
    const lead = field.selectionStart && !/[\s\u3000]/.test(field.value[field.selectionStart - 1]) ? " /" : "/";
    this.#isShut = false;
    field.setRangeText(lead, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", {bubbles: true}));
  }

  shut() {
    this.#isShut = true;
    this.#hide();
  }

  /** Whether the menu has taken this key for itself. @param {KeyboardEvent} event */
  key(event) {
    if (!this.isOpen || event.isComposing) return false;
    const {key} = event;
    if (key === "Escape") this.shut();
    else if (!this.#found.length) return false;
    else if (key === "ArrowDown" || key === "ArrowUp") this.#move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Home" || key === "End") this.#move(key === "Home" ? -this.#at : this.#found.length - 1 - this.#at);
    else if ((key === "Enter" && !event.shiftKey) || (key === "Tab" && !event.shiftKey)) this.#take(this.#found[this.#at]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** What stands behind the slash before the caret; null: nothing is asked. */
  #asked() {
    const {value, selectionStart, selectionEnd} = this.field;
    if (selectionStart !== selectionEnd) return null;
    const query = ASKED.exec(value.slice(0, selectionStart))?.[1];
    return query === undefined || query.length > QUERY_MAX_CHARS ? null : query;
  }

  #show() {
    const {text, canned} = this;
    this.#found = fitting(canned.all, this.#query, this.ears.language()).slice(0, SHOWN_COUNT);
    if (!this.#found.length && canned.all.length && /\s/.test(this.#query)) return this.#hide(); // a sentence with a slash in it
    this.#at = 0;
    const none = canned.problem ? trouble(text, canned.problem) : text(canned.all.length ? "canned.no_match" : "canned.none");
    say(this.said, this.#found.length ? "" : none);
    this.list.replaceChildren(...this.#found.map((reply, index) => this.#option(reply, index)));
    this.list.hidden = !this.#found.length;
    this.element.hidden = false;
    attribute(this.field, "aria-controls", "canned-list");
    this.#mark();
  }

  #hide() {
    this.element.hidden = true;
    for (const name of ["aria-controls", "aria-activedescendant"]) this.field.removeAttribute(name);
  }

  /** @param {CannedReply} reply @param {number} index */
  #option(reply, index) {
    const {tag, words} = wordsFor(reply, this.ears.language());
    const isOther = tag.split("-")[0] !== this.ears.language().split("-")[0];
    return h(
      "li",
      {
        id: `canned-${index}`, role: "option", "aria-selected": "false",
        onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
        onclick: () => this.#take(reply),
        onpointermove: () => this.#move(index - this.#at),
      },
      h("span", {class: "top"}, h("bdi", {class: "title"}, reply.title), h("code", {}, `/${reply.shortcut}`), isOther ? h("span", {class: "tag"}, tag) : null, reply.is_shared ? null : h("span", {class: "tag"}, this.text("canned.mine"))),
      h("span", {class: "words", dir: "auto"}, words.replace(/\s+/g, " ").slice(0, 160)),
    );
  }

  /** @param {number} step */
  #move(step) {
    if (!step) return;
    this.#at = (this.#at + step + this.#found.length) % this.#found.length;
    this.#mark();
  }

  #mark() {
    [...this.list.children].forEach((option, index) => attribute(option, "aria-selected", String(index === this.#at)));
    const chosen = this.list.children[this.#at];
    attribute(this.field, "aria-activedescendant", chosen?.id ?? null);
    chosen?.scrollIntoView({block: "nearest"});
  }

  /** @param {CannedReply} reply */
  #take(reply) {
    const to = this.field.selectionStart;
    const from = to - this.#query.length - 1;
    this.#hide();
    this.ears.take(wordsFor(reply, this.ears.language()).words, from, to);
  }
}
