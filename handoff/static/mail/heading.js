/** @import {Conversation} from "../conversation.js" */
/** @import {Heading as Usual, Mailbox} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {DRAWINGS} from "../talk/drawings.js";
import {Recipients} from "./recipients.js";

const SUBJECT_MAX_CHARS = 300;
/** How many who get a copy are named before the others are counted. */
const NAMED_COUNT = 2;

/** What is half written of a heading. @typedef {{subject?: string, cc?: Mailbox[]}} HeadingDraft */

/**
 * Over a reply by mail: to whom it goes, who gets a copy, its subject. As the thread has it (a reply goes to all), until its agent changes
 * something; what was changed stays, also when the customer writes again.
 */
export class Heading {
  #isSubjectTouched = false;
  #sign = "";
  /** How many of these there have been on the page: ids of fields are theirs alone. */ static #count = 0;

  /** @param {Say} text @param {Conversation} open @param {() => void} changed @param {() => void} awaken  somebody wants to write */
  constructor(text, open, changed, awaken) {
    const id = `mail-${++Heading.#count}`;
    this.text = text;
    this.open = open;
    this.to = h("ul", {class: "mail-chips", "aria-labelledby": `${id}-to`});
    this.awaken = awaken;
    this.copies = new Recipients(text, `${id}-cc`, () => (this.render(), changed()));
    const typed = () => ((this.#isSubjectTouched = true), changed());
    this.subject = h("input", {type: "text", id: `${id}-subject`, maxlength: SUBJECT_MAX_CHARS, dir: "auto", oninput: typed, onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.preventDefault()});
    this.summary = h("p", {class: "mail-summary", onclick: () => this.awaken()});
    this.alone = h("button", {type: "button", class: "mail-turn", onclick: () => this.#turn()});
    this.element = h(
      "div",
      {class: "mail-heading", hidden: true},
      this.summary,
      h("div", {class: "mail-fields"}, h("div", {class: "mail-row"}, h("span", {class: "label", id: `${id}-to`}, text("mail.to")), this.to), h("div", {class: "mail-row"}, h("label", {class: "label", for: `${id}-cc`}, text("mail.cc")), this.copies.element, this.alone), h("div", {class: "mail-row"}, h("label", {class: "label", for: `${id}-subject`}, text("mail.subject")), this.subject)),
    );
  }

  /** What is sent: all of it, as it is read here. */
  get value() {
    return {subject: this.subject.value.trim(), cc: this.copies.all.map(({address}) => address)};
  }

  get isTouched() {
    return this.#isSubjectTouched || this.copies.isTouched;
  }

  /** What outlives a reload: only what its agent has changed. @returns {HeadingDraft | undefined} */
  get draft() {
    const draft = {...(this.#isSubjectTouched && {subject: this.subject.value}), ...(this.copies.isTouched && {cc: this.copies.all})};
    return Object.keys(draft).length ? draft : undefined;
  }

  /** @param {HeadingDraft} [draft] */
  restore(draft) {
    this.#sign = "";
    this.#isSubjectTouched = draft?.subject !== undefined;
    this.copies.isTouched = draft?.cc !== undefined;
    if (draft?.subject !== undefined) this.subject.value = draft.subject;
    if (draft?.cc) this.copies.put(draft.cc);
  }

  /** It has gone: the next one is headed as the thread has it again. */
  clear() {
    this.restore();
    this.render();
  }

  /** @param {boolean} [isShown] */
  render(isShown = !this.element.hidden) {
    const usual = this.open.letter;
    this.element.hidden = !isShown || !usual;
    if (!usual) return;
    const sign = JSON.stringify(usual);
    if (sign !== this.#sign) this.#adopt(usual);
    this.#sign = sign;
    const names = usual.to.map(({name, address}) => name || address).join(this.text("comma"));
    const {text, copies} = this;
    const more = copies.all.length - NAMED_COUNT;
    const copied = copies.all.slice(0, NAMED_COUNT).map(({name, address}) => name || address).join(text("comma")) + (more > 0 ? text("mail.more", {count: more}) : "");
    say(this.summary, [text("mail.reply_to", {names}), copied ? text("mail.with_copies", {names: copied}) : ""].filter(Boolean).join(" · "));
    this.alone.hidden = !copies.all.length && !usual.cc.length;
    say(this.alone, text(copies.all.length ? "mail.only_sender" : "mail.all_again"));
  }

  /** Only to whom it is an answer, or to all again. */
  #turn() {
    const {copies} = this;
    copies.replace(copies.all.length ? [] : (this.open.letter?.cc ?? []));
  }

  /** @param {Usual} usual */
  #adopt(usual) {
    const isDoubtful = Boolean(this.open.session?.is_doubtful);
    this.to.replaceChildren(...usual.to.map(({name, address}) => h("li", {class: "mail-chip fixed"}, isDoubtful ? icon(DRAWINGS.warn) : null, h("bdi", {}, name || address), name ? h("span", {class: "address", dir: "ltr"}, address) : null)));
    if (!this.#isSubjectTouched) this.subject.value = usual.subject;
    if (!this.copies.isTouched) this.copies.put(usual.cc);
    attribute(this.to, "title", isDoubtful ? this.text("mail.proof.none") : null);
  }
}
