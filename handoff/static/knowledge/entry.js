/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Whole} from "./shapes.js" */
import {h, icon} from "/static/dom.js";
import {ask, failed, ICONS, loading} from "../admin/frame.js";
import {Problem} from "../api.js";
import {button, chip} from "../parts.js";
import {trouble} from "../words.js";
import {difference} from "./diff.js";
import {EntryForm} from "./entry_form.js";
import {note} from "./findings.js";
import {addressOfView} from "./route.js";

const TONES = {new: "accent", changed: "warn", dropped: "bad", live: ""};

/** @typedef {{saved: (whole: Whole) => void, gone: (words: string) => void}} Ears */

/** One entry: how it stands to what is live, what can be done with it as a whole, and its form. */
export class EntryPane {
  /** @type {EntryForm | null} */ form = null;
  #isCompared = false;

  /** @param {Desk} desk @param {Say} text @param {Library} library @param {string} id "" for a new one @param {Ears} ears */
  constructor(desk, text, library, id, ears) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.id = id;
    this.ears = ears;
    this.head = h("header", {class: "kb-head"});
    this.notes = h("div", {class: "kb-entry-notes"});
    this.said = h("p", {class: "wrong", role: "alert"});
    this.compared = h("section", {class: "kb-compared", hidden: true, "aria-label": text("knowledge.diff")});
    this.place = h("div", {}, loading(text, 4));
    this.element = h("article", {class: "kb-entry", "aria-label": text("knowledge.edit")}, this.head, this.said, this.notes, this.compared, this.place);
  }

  get isDirty() {
    return this.form?.isDirty ?? false;
  }

  /** A new one, or one that is read. @param {Partial<import("./shapes.js").Entry>} [start] what a new one begins with */
  async open(start = {}) {
    if (!this.id) return this.#show({entry: {id: "", questions: [], ...start}, live: null, version: 0, findings: [], state: "new"});
    try {
      this.#show(await this.library.entry(this.id));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const isGone = error.status === 404;
      this.#heads(isGone ? this.text("knowledge.gone") : this.id);
      this.place.replaceChildren(isGone ? h("p", {class: "kb-gone quiet", role: "alert"}, this.text("knowledge.gone.words")) : failed(this.text, error, () => void this.open()));
    }
  }

  /** It may be another by now: read again, unless somebody is typing. */
  async again() {
    if (!this.id || this.isDirty || !this.form || this.element.contains(document.activeElement)) return;
    const whole = await this.library.entry(this.id).catch(() => null);
    if (whole && !this.isDirty && (whole.version !== this.form.whole.version || JSON.stringify(whole.live) !== JSON.stringify(this.form.whole.live))) this.#show(whole);
  }

  focus() {
    this.form?.focus();
  }

  /** @param {Whole} whole */
  #show(whole) {
    const {desk, text, library} = this;
    this.form = new EntryForm(desk, text, library, whole, {saved: (saved) => this.#saved(saved)});
    this.form.element.addEventListener("input", () => this.#look());
    this.place.replaceChildren(this.form.element);
    this.render();
    if (!this.id) this.focus();
  }

  /** @param {Whole} whole */
  #saved(whole) {
    this.id = whole.entry?.id ?? this.id;
    this.render();
    this.ears.saved(whole);
  }

  get state() {
    const {whole} = /** @type {EntryForm} */ (this.form);
    if (whole.state) return whole.state;
    if (!whole.entry) return "dropped";
    if (!whole.live) return "new";
    return JSON.stringify(whole.entry) === JSON.stringify(whole.live) ? "live" : "changed";
  }

  render() {
    const {form, text} = this;
    if (!form) return;
    const {whole} = form;
    this.#heads(whole.entry?.questions[0] || whole.live?.questions[0] || text("knowledge.add"));
    const titles = (/** @type {string} */ id) => this.library.items.find((item) => item.id === id)?.title ?? id;
    const dropped = whole.entry ? [] : [h("p", {class: "kb-note bad"}, icon(ICONS.bad), h("span", {}, text("knowledge.dropped")))];
    this.notes.replaceChildren(...dropped, ...form.others.map((one) => note(text, one, {own: this.id, titleOf: titles, isWhole: true})));
    this.#look();
  }

  /** @param {string} title */
  #heads(title) {
    const {text, form} = this;
    const back = h("a", {class: "button bare kb-back", href: addressOfView(""), "aria-label": text("knowledge.back"), title: text("knowledge.back")}, icon(ICONS.back));
    const state = form && this.id ? this.state : "live";
    const badge = form && (state !== "live" || !this.id) ? chip(text(`knowledge.state.${this.id ? state : "new"}`), TONES[state]) : null;
    this.head.replaceChildren(back, h("div", {class: "kb-title"}, h("h2", {dir: "auto"}, title), badge), h("div", {class: "buttons"}, ...(form ? this.#deeds(form) : [])));
  }

  /** @param {EntryForm} form */
  #deeds({whole}) {
    const {text, library} = this;
    if (!this.id || !library.standing.can.edit) return [];
    const {state} = this;
    const compare = button(text(this.#isCompared ? "knowledge.diff.hide" : "knowledge.diff"), () => ((this.#isCompared = !this.#isCompared), this.render()), {kind: "small", act: "compare"});
    const discard = button(text(state === "new" ? "knowledge.discard.new" : state === "dropped" ? "knowledge.discard.dropped" : "knowledge.discard"), () => void this.#discard(whole), {kind: "small", act: "discard"});
    const drop = button(text("knowledge.drop"), () => void this.#drop(whole), {drawing: ICONS.gone, isBare: true, act: "drop"});
    return [state === "changed" ? compare : null, state === "live" ? null : discard, state === "dropped" || state === "new" ? null : drop].filter((one) => one !== null);
  }

  #look() {
    const {form, text} = this;
    this.compared.hidden = !this.#isCompared || !form?.whole.live;
    if (this.compared.hidden || !form) return;
    this.compared.replaceChildren(h("h3", {}, text("knowledge.diff.title")), difference(text, form.whole.live, form.value));
  }

  /** @param {() => Promise<Whole>} deed */
  async #try(deed) {
    try {
      return await deed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.said.textContent = trouble(this.text, error);
      if (error.code === "stale") void this.open();
      return null;
    }
  }

  /** @param {Whole} whole */
  async #drop(whole) {
    const {text, library, id} = this;
    const title = whole.entry?.questions[0] ?? id;
    if (!(await ask(text, {title: text("knowledge.drop.title", {title}), words: text("knowledge.drop.words"), act: text("knowledge.drop"), tone: "danger"}))) return;
    if (await this.#try(() => library.drop(id, whole.version))) this.#left(text("knowledge.drop.done", {title}));
  }

  /** @param {Whole} whole */
  async #discard(whole) {
    const {text, library, id, state} = this;
    const title = whole.entry?.questions[0] ?? whole.live?.questions[0] ?? id;
    if (state !== "dropped" && !(await ask(text, {title: text("knowledge.discard.title", {title}), words: text(state === "new" ? "knowledge.discard.new.words" : "knowledge.discard.words"), act: text("knowledge.discard.do"), tone: "danger"}))) return;
    if (!(await this.#try(() => library.discard(id, whole.version)))) return;
    if (state === "new") return this.#left(text("knowledge.discard.done", {title}));
    this.#isCompared = false;
    await this.open();
  }

  /** @param {string} words */
  #left(words) {
    this.form?.form.settle();
    this.ears.gone(words);
  }
}
