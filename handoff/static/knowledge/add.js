/** @import {Conversation} from "../conversation.js" */
/** @import {Desk} from "../desk.js" */
/** @import {Message} from "../shapes.js" */
/** @import {Say} from "../words.js" */
/** @import {Candidate, Item} from "./shapes.js" */
import {h, say} from "/static/dom.js";
import {wishOf} from "../about/want.js";
import {Problem} from "../api.js";
import {percent} from "../parts.js";
import {ask as dialog} from "../talk/dialog.js";
import {trouble} from "../words.js";
import {nameFor} from "./entries.js";
import {addressOfEntry} from "./route.js";
import {triedOf} from "./tried.js";

const SHOWN_COUNT = 5;
const QUESTIONS_MAX = 10;
const TEXT_MAX = 500;
const PAUSE_MS = 180;
const TOLD_MS = 8_000;
const NEW = "+";

/** @typedef {{id: string, title: string, confidence: number}} Option */

/**
 * Asks which entry a customer's question belongs to; the best is chosen already, so that it takes two clicks in all. It becomes a draft.
 * @param {Desk} desk @param {Say} text @param {Conversation} open @param {Message | null} message null: what they came for, else their newest
 */
export function ask(desk, text, open, message) {
  const asked = open.log.filter((one) => one.author === "customer" && one.text.trim());
  const wish = open.packet ? wishOf(open.packet).wish.trim() : "";
  const chosen = message ?? asked.findLast((one) => wish && one.text.trim() === wish) ?? asked.at(-1);
  if (!chosen) return;
  new Adding(desk, text, open, asked.slice(-QUESTIONS_MAX), chosen);
}

class Adding {
  #asked = 0;
  /** @type {number | undefined} */ #pause;
  #isChosen = false;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open @param {Message[]} asked @param {Message} message */
  constructor(desk, text, open, asked, message) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.message = message;
    this.words = h("textarea", {id: "add-words", rows: 2, maxlength: TEXT_MAX, required: true, dir: "auto", oninput: () => this.#later(() => this.#think())});
    const others = asked.filter((one) => one !== message);
    const pick = h("select", {class: "add-other", "aria-label": text("knowledge.add.other"), hidden: !others.length, onchange: () => this.#about(asked.find((one) => String(one.seq) === pick.value) ?? message)}, h("option", {value: ""}, text("knowledge.add.other")), ...[message, ...others].sort((a, b) => b.seq - a.seq).map((one) => h("option", {value: one.seq}, one.text.slice(0, 80))));
    this.find = h("input", {type: "search", placeholder: text("knowledge.add.find"), "aria-label": text("knowledge.add.find"), oninput: () => this.#later(() => this.#find()), onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && event.preventDefault()});
    this.list = h("div", {class: "add-options", role: "radiogroup", "aria-label": text("knowledge.add.to"), onchange: () => this.#picked()});
    this.answer = h("textarea", {id: "add-answer", rows: 3, maxlength: 8_000, dir: "auto"});
    this.withAnswer = h("div", {class: "add-answer", hidden: true}, h("label", {for: "add-answer"}, text("knowledge.add.answer")), this.answer);
    const {said, dialog: shown} = dialog(text, {
      title: text("teach"),
      go: text("knowledge.add.go"),
      kind: "wide add",
      fields: [h("div", {class: "add-head"}, h("label", {for: "add-words"}, text("knowledge.add.question")), pick), this.words, h("span", {class: "label"}, text("knowledge.add.to")), this.find, this.list, this.withAnswer, h("p", {class: "quiet add-note"}, text(desk.isSupervisor ? "knowledge.add.note" : "knowledge.add.note.agent"))],
      act: (wrong) => this.#add(wrong),
    });
    this.said = said;
    this.dialog = shown;
    this.dialog.addEventListener("close", () => clearTimeout(this.#pause));
    this.#about(message);
    /** @type {HTMLElement | null} */ (this.dialog.querySelector("[type=submit]"))?.focus();
  }

  /** @param {() => void} act */
  #later(act) {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(act, PAUSE_MS);
  }

  /** @param {Message} message */
  #about(message) {
    this.message = message;
    this.words.value = message.text.trim().slice(0, TEXT_MAX);
    this.#isChosen = false;
    const reply = this.open.log.find((one) => one.author === "agent" && one.seq > message.seq && one.text.trim());
    this.answer.value = reply?.text ?? "";
    this.#show(this.#known());
    void this.#think();
  }

  /** What the bot thought when it was asked: there at once. @returns {Option[]} */
  #known() {
    const {log, packet} = this.open;
    const turn = log.find((one) => one.author === "bot" && one.seq > this.message.seq && one.why.candidates?.length);
    const tried = packet?.bot_turns.find((one) => one.seq === this.message.seq && one.entry);
    const found = (turn?.why.candidates ?? []).map(([id, confidence, title]) => ({id, confidence, title: title || id}));
    return found.length ? found : tried ? [{id: /** @type {string} */ (tried.entry), confidence: tried.confidence, title: tried.title}] : [];
  }

  /** What the bot thinks now, of these words, over the drafts. */
  async #think() {
    const asked = ++this.#asked;
    const words = this.words.value.trim();
    if (!words) return;
    try {
      const {candidates} = triedOf(await this.desk.api.post("knowledge/try", {text: words, draft: true}));
      if (asked !== this.#asked || this.find.value.trim()) return;
      if (candidates.length) this.#show(candidates.map((/** @type {Candidate} */ one) => ({id: one.entry, title: one.title, confidence: one.confidence})));
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // what is known already, and what can be looked for, is enough
    }
  }

  async #find() {
    const asked = ++this.#asked;
    const words = this.find.value.trim();
    if (!words) return void this.#think();
    try {
      const {items} = await this.desk.api.get(`knowledge?${new URLSearchParams({q: words, limit: String(SHOWN_COUNT)})}`);
      if (asked !== this.#asked) return;
      this.#isChosen = false;
      this.#show(items.map((/** @type {Item} */ one) => ({id: one.id, title: one.title, confidence: 0})));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
    }
  }

  /** @param {Option[]} options */
  #show(options) {
    const {text} = this;
    const before = this.#isChosen ? this.#value : "";
    const shown = options.slice(0, SHOWN_COUNT);
    const isThere = before === NEW || shown.some((one) => one.id === before);
    const pick = isThere ? before : (shown[0]?.id ?? NEW);
    const held = this.list.contains(document.activeElement);
    const row = (/** @type {string} */ value, /** @type {string} */ words, /** @type {string} */ note) => h("label", {class: "choice"}, h("input", {type: "radio", name: "add-to", value, checked: value === pick}), h("span", {class: "name", dir: "auto"}, words), h("small", {}, note));
    this.list.replaceChildren(...shown.map((one) => row(one.id, one.title, one.confidence ? percent(one.confidence) : "")), row(NEW, text("knowledge.add.new"), ""));
    this.withAnswer.hidden = this.#value !== NEW;
    if (held) /** @type {HTMLElement | null} */ (this.list.querySelector("input:checked"))?.focus();
  }

  get #value() {
    return /** @type {HTMLInputElement | null} */ (this.list.querySelector("input:checked"))?.value ?? "";
  }

  #picked() {
    this.#isChosen = true;
    this.withAnswer.hidden = this.#value !== NEW;
  }

  /** @param {Element} wrong */
  async #add(wrong) {
    const {text, desk} = this;
    const words = this.words.value.trim();
    const to = this.#value;
    const from = {session_id: this.open.id, seq: this.message.seq};
    if (!words || !to) return false;
    try {
      const id = to === NEW ? await this.#begin(words, from) : (await desk.api.post(`knowledge/entries/${encodeURIComponent(to)}/questions`, {text: words, ...from}), to);
      const title = to === NEW ? words : (this.list.querySelector("input:checked + .name")?.textContent ?? to);
      told(text, title, id);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(wrong, trouble(text, error));
      return false;
    }
  }

  /** A new entry with this question, and the agent's own words for an answer. @param {string} words @param {{session_id: string, seq: number}} from */
  async #begin(words, from) {
    const {desk} = this;
    const id = nameFor(words);
    const language = this.open.session?.language ?? "";
    const answer = this.answer.value.trim();
    const tag = !language || language === "zh-CN" || language === "zh" ? "zh" : language;
    await desk.api.put(`knowledge/entries/${id}`, {entry: {id, questions: [words], ...(answer && {answer: {[tag]: answer}})}, version: 0});
    await desk.api.post("knowledge/labels", {text: words, entry: id, session_id: from.session_id}).catch(() => {}); // the entry is there without it
    return id;
  }
}

/** What came of it, for a while, with the way there. @param {Say} text @param {string} title @param {string} id */
function told(text, title, id) {
  document.querySelector(".add-told")?.remove();
  const box = h("div", {class: "add-told", role: "status"}, h("span", {dir: "auto"}, text("knowledge.add.done", {title})), h("a", {href: addressOfEntry(id)}, text("knowledge.open")));
  document.body.append(box);
  addEventListener("hashchange", () => box.remove(), {once: true});
  const end = () => (box.matches(":hover, :focus-within") ? setTimeout(end, TOLD_MS) : box.remove());
  setTimeout(end, TOLD_MS);
}
