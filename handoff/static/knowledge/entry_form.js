/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Entry, Finding, Whole} from "./shapes.js" */
/** @import {Fault} from "../admin/form.js" */
import {h, say} from "/static/dom.js";
import {conflict} from "../admin/conflict.js";
import {cards, Form} from "../admin/form.js";
import {Problem} from "../api.js";
import {named, queueOf} from "../words.js";
import {ActionField} from "./action.js";
import {AnswerFields} from "./answers.js";
import {differences} from "./diff.js";
import {lean, nameFor} from "./entries.js";
import {note} from "./findings.js";
import {Lines} from "./lines.js";

const QUESTION_MAX = 500;
const TAGS_MAX = 400;
const REASONS = ["business_rule", "sensitive_topic", "explicit_request", "low_confidence", "vip"];
const URGENCIES = ["low", "normal", "high", "urgent"];
const RISKS = ["low", "normal", "high"];

/** @typedef {{saved: (whole: Whole) => void}} Ears */

/** Everything that an entry says, to be changed; what was found about it stands where it belongs. */
export class EntryForm {
  /** @type {Finding[]} */ #findings = [];
  people = h("div", {class: "pair"});
  more = h("details", {class: "kb-more"});

  /** @param {Desk} desk @param {Say} text @param {Library} library @param {Whole} whole version 0: a new one @param {Ears} ears */
  constructor(desk, text, library, whole, ears) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.whole = whole;
    this.ears = ears;
    this.isLocked = !library.standing.can.edit || whole.entry === null;
    const {isLocked} = this;
    this.questions = new Lines(text, {name: text("knowledge.questions"), add: text("knowledge.question.add"), max: QUESTION_MAX, isTitled: true, isLocked});
    this.not = new Lines(text, {name: text("knowledge.not_questions"), add: text("knowledge.not_question.add"), max: QUESTION_MAX, isLocked});
    this.answers = new AnswerFields(desk, text, isLocked);
    this.action = new ActionField(text, isLocked);
    this.category = h("input", {maxlength: 64, list: "kb-categories", autocomplete: "off", dir: "auto", readonly: isLocked});
    this.tags = h("input", {maxlength: TAGS_MAX, autocomplete: "off", dir: "auto", readonly: isLocked});
    this.from = h("input", {type: "date", readonly: isLocked, "aria-label": text("knowledge.valid.from")});
    this.to = h("input", {type: "date", readonly: isLocked, "aria-label": text("knowledge.valid.to")});
    const option = (/** @type {string} */ value, /** @type {string} */ words) => h("option", {value}, words);
    this.urgency = h("select", {disabled: isLocked}, ...URGENCIES.map((one) => option(one, text(`knowledge.urgency.${one}`))));
    this.risk = cards("risk", RISKS.map((value) => ({value, words: text(`knowledge.risk.${value}`), meaning: text(`knowledge.risk_means.${value}`), isDisabled: isLocked})), "normal");
    this.toPeople = h("input", {type: "checkbox", disabled: isLocked, onchange: () => this.#show()});
    this.queue = h("select", {disabled: isLocked}, option("", text("knowledge.handoff.any")), ...desk.settings.queues.map(({name}) => option(name, queueOf(text, desk, name))));
    this.reason = h("select", {disabled: isLocked}, ...REASONS.map((one) => option(one, named(text, "reason", one))));
    this.id = h("input", {maxlength: 100, autocomplete: "off", spellcheck: "false", dir: "ltr", class: "code", readonly: whole.version !== 0, placeholder: text("knowledge.id.auto")});
    this.form = new Form(text, {name: text("knowledge.edit"), read: () => this.value, check: () => this.#check(), save: (value) => this.#save(value), act: text("knowledge.save")});
    this.element = this.form.element;
    this.#place();
    this.#fill();
    this.form.settle();
    if (isLocked) this.form.foot.hidden = true;
    for (const lines of [this.questions, this.not]) lines.changed = () => this.#annotate();
  }

  get isDirty() {
    return !this.isLocked && this.form.isDirty;
  }

  focus() {
    this.questions.focus();
  }

  /** @returns {Entry} */
  get value() {
    const {from, to, toPeople, queue, reason} = this;
    return lean({
      ...this.whole.entry,
      id: this.id.value.trim(),
      questions: this.questions.value,
      ...this.answers.value,
      tags: this.tags.value.split(/[,，、]/).map((tag) => tag.trim()).filter(Boolean),
      category: this.category.value.trim(),
      urgency: this.urgency.value,
      valid: {from: from.value, to: to.value},
      risk: this.risk.value,
      not_questions: this.not.value,
      handoff: toPeople.checked ? {...(queue.value && {queue: queue.value}), reason: reason.value} : null,
      action: this.action.value,
    });
  }

  #place() {
    const {form, text} = this;
    form.places = {bad_entry: "questions", entry_exists: "id", id_taken: "id"};
    form.revert = () => (this.#fill(), form.touched());
    const toPeople = h("label", {class: "kb-check"}, this.toPeople, h("span", {}, text("knowledge.handoff.on")));
    this.people.append(form.field("handoff.queue", text("knowledge.handoff.queue"), this.queue), form.field("handoff.reason", text("knowledge.handoff.reason"), this.reason));
    this.more.append(
      h("summary", {}, text("knowledge.more")),
      h(
        "div",
        {class: "fields"},
        form.field("risk", text("knowledge.risk"), this.risk.element, {isGroup: true}),
        form.field("not_questions", text("knowledge.not_questions"), this.not.element, {isGroup: true, hint: text("knowledge.not_questions.hint")}),
        form.field("valid", text("knowledge.valid"), h("div", {class: "kb-dates"}, this.from, h("span", {"aria-hidden": "true"}, "–"), this.to), {isGroup: true, hint: text("knowledge.valid.hint")}),
        h("div", {class: "pair"}, form.field("urgency", text("knowledge.urgency"), this.urgency, {hint: text("knowledge.urgency.hint")}), form.field("tags", text("knowledge.tags"), this.tags, {hint: text("knowledge.tags.hint")})),
        form.field("handoff", text("knowledge.handoff"), h("div", {class: "kb-handoff"}, toPeople, this.people), {isGroup: true, hint: text("knowledge.handoff.hint")}),
        form.field("action", text("knowledge.action"), this.action.element, {isGroup: true, hint: text("knowledge.action.hint")}),
        form.field("id", text("knowledge.id"), this.id, {hint: text("knowledge.id.hint")}),
      ),
    );
    form.fields.append(
      form.field("questions", text("knowledge.questions"), this.questions.element, {isGroup: true, hint: this.isLocked ? "" : text("knowledge.questions.hint")}),
      form.field("answer", text("knowledge.answer"), this.answers.element, {isGroup: true}),
      form.field("category", text("knowledge.category"), this.category),
      h("datalist", {id: "kb-categories"}, ...this.#categories().map((one) => h("option", {value: one}))),
      this.more,
    );
    form.spot("answer_on", this.answers.element, /** @type {HTMLElement} */ (this.answers.element.parentElement?.querySelector(".wrong")));
  }

  #categories() {
    return [...new Set([...this.library.standing.categories, ...this.library.items.map((item) => item.category ?? "")].filter(Boolean))];
  }

  #fill() {
    const entry = this.whole.entry ?? this.whole.live ?? {id: "", questions: []};
    this.questions.value = entry.questions;
    this.answers.value = {answer: entry.answer ?? {}, answer_on: entry.answer_on ?? {}};
    this.category.value = entry.category ?? "";
    this.tags.value = (entry.tags ?? []).join(", ");
    this.urgency.value = entry.urgency ?? "normal";
    this.risk.value = entry.risk ?? "normal";
    this.from.value = entry.valid?.from ?? "";
    this.to.value = entry.valid?.to ?? "";
    this.not.value = entry.not_questions ?? [];
    this.toPeople.checked = Boolean(entry.handoff);
    chosen(this.queue, entry.handoff?.queue ?? "");
    chosen(this.reason, entry.handoff?.reason ?? "business_rule");
    this.action.value = entry.action ?? null;
    this.id.value = entry.id;
    this.more.open = Boolean(entry.valid?.from || entry.valid?.to || entry.not_questions?.length || entry.handoff || entry.action || (entry.risk ?? "normal") !== "normal");
    this.#show();
    this.find();
  }

  #show() {
    this.people.hidden = !this.toPeople.checked;
  }

  /** What was found about this entry. */
  find() {
    const {entry, findings} = this.whole;
    this.#findings = findings?.length ? findings : entry?.id ? this.library.findingsOf(entry.id) : [];
    this.#annotate();
  }

  #annotate() {
    const {text, library} = this;
    const titleOf = (/** @type {string} */ id) => library.items.find((item) => item.id === id)?.title ?? id;
    const notes = (/** @type {string} */ words) => this.#findings.filter((one) => one.question && one.question === words).map((one) => note(text, one, {own: this.whole.entry?.id ?? "", titleOf}));
    this.questions.annotate(notes);
    this.not.annotate(notes);
  }

  /** What was found about the entry as a whole: no line has it. */
  get others() {
    const lines = new Set([...this.questions.value, ...this.not.value]);
    return this.#findings.filter((one) => !one.question || !lines.has(one.question));
  }

  /** @returns {Fault[]} */
  #check() {
    const {text} = this;
    const value = this.value;
    const faults = [];
    if (!value.questions.length) faults.push({key: "questions", message: text("knowledge.questions.none")});
    if (this.action.fault) faults.push({key: "action", message: this.action.fault});
    if (this.from.value && this.to.value && this.from.value > this.to.value) faults.push({key: "valid", message: text("knowledge.valid.wrong")});
    if (!value.answer && !value.answer_on && !value.handoff && !value.action) faults.push({key: "answer", message: text("knowledge.answer.none")});
    if (faults.some(({key}) => key !== "questions" && key !== "answer")) this.more.open = true;
    return faults;
  }

  /** @param {Entry} value */
  async #save(value) {
    const {version} = this.whole;
    const named_ = value.id ? value : {...value, id: nameFor(value.questions[0])};
    try {
      this.settle({...this.whole, ...(await this.library.save(named_, version)), entry: named_});
      this.ears.saved(this.whole);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code !== "stale") throw this.#inWords(error);
      await this.#disagree(named_);
    }
  }

  /** What is wrong, in the agent's own language where we have the words. @param {Problem} problem */
  #inWords(problem) {
    const {text} = this;
    const problems = (problem.body.problems ?? []).map((/** @type {{key: string, message: string, code?: string, params?: Record<string, string>}} */ {key, message, code = "", params = {}}) => ({key, message: text.has(`knowledge.fault.${code}`) ? text(`knowledge.fault.${code}`, params) : message}));
    if (problems.some((/** @type {Fault} */ {key}) => !/^(?:questions|answer|category)/.test(key))) this.more.open = true;
    return new Problem(problem.status, problem.code, problem.detail, problem.retryAfterS, {...problem.body, problems});
  }

  /** What the server has is what stands here. @param {Whole} whole @param {string} [words] */
  settle(whole, words = this.text("knowledge.saved")) {
    this.whole = whole;
    this.id.readOnly = true;
    const isOpen = this.more.open;
    this.#fill();
    this.more.open ||= isOpen;
    this.form.settle(words);
    this.element.querySelector(".conflict")?.remove();
  }

  /** Somebody added a question meanwhile, or this agent did beside the form: it comes in, and what was typed stays. @param {Whole} whole @param {"questions" | "not_questions"} key @param {string} words */
  joined(whole, key, words) {
    if (!this.isDirty) return this.settle(whole);
    this.whole = {...whole};
    (key === "questions" ? this.questions : this.not).append(words);
    if (key === "not_questions") this.more.open = true;
  }

  /** Somebody else has saved it meanwhile: both are shown. @param {Entry} mine */
  async #disagree(mine) {
    const {text} = this;
    const theirs = await this.library.entry(mine.id);
    const fields = differences(text, theirs.entry, mine).map(({name, before, after}) => ({name, theirs: before.join("\n"), mine: after.join("\n")}));
    const take = () => (this.settle(theirs, ""), this.ears.saved(theirs));
    const keep = () => ((this.whole = {...this.whole, version: theirs.version}), box.remove(), this.form.element.requestSubmit());
    const box = conflict(text, {who: "", when: "", differences: fields, take, keep});
    this.element.querySelector(".conflict")?.remove();
    this.element.prepend(box);
    box.focus();
    say(this.form.state, "");
  }
}

/** One that is not offered (a queue that is gone) is kept all the same. @param {HTMLSelectElement} select @param {string} value */
function chosen(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(h("option", {value}, value));
  select.value = value;
}
