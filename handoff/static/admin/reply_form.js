/** @import {Desk} from "../desk.js" */
/** @import {CannedReply} from "../shapes.js" */
/** @import {Say} from "../words.js" */
/** @import {Fault} from "./form.js" */
import {h, say} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {languageOf} from "../about/facts.js";
import {Problem} from "../api.js";
import {momentOf} from "../moments.js";
import {button} from "../parts.js";
import {filled, VARIABLES} from "../talk/filling.js";
import {trouble} from "../words.js";
import {conflict, differences} from "./conflict.js";
import {cards, Form} from "./form.js";
import {ask, ICONS, panelHead} from "./frame.js";
import {Tabs} from "./tabs.js";

const SHORTCUT_MAX = 32;
const TITLE_MAX = 100;
const FOLDER_MAX = 64;
const TEXT_MAX_BYTES = 4096;

/** One canned reply: how it is found, whose it is, and its words in each language with a look at what the customer will read. */
export class ReplyForm {
  /** @param {Desk} desk @param {Say} text @param {CannedReply | null} reply null: a new one @param {{saved: (saved: CannedReply) => void, dropped: (gone: CannedReply) => void}} ears */
  constructor(desk, text, reply, ears) {
    this.desk = desk;
    this.text = text;
    this.reply = reply;
    this.ears = ears;
    this.isMine = !reply || reply.is_mine || (reply.is_shared && desk.isSupervisor);
    this.shortcut = h("input", {maxlength: SHORTCUT_MAX, required: true, autocomplete: "off", autocapitalize: "off", spellcheck: "false"});
    this.title = h("input", {maxlength: TITLE_MAX, required: true, autocomplete: "off", dir: "auto"});
    this.folder = h("input", {maxlength: FOLDER_MAX, autocomplete: "off", dir: "auto"});
    this.scope = cards("scope", [{value: "mine", words: text("replies.mine"), meaning: text("replies.mine.who")}, {value: "shared", words: text("replies.shared"), meaning: text(desk.isSupervisor ? "replies.shared.who" : "replies.shared.not"), isDisabled: !desk.isSupervisor}], "mine");
    this.preview = h("div", {class: "bubble md", dir: "auto"});
    this.tabs = new Tabs(text, desk.settings.languages.length ? desk.settings.languages : [text.language], TEXT_MAX_BYTES);
    this.tabs.changed = () => this.#look();
    this.form = new Form(text, {name: text(reply ? "replies.edit" : "replies.add"), read: () => this.value, check: () => this.#check(), save: (value) => this.#save(value), act: text(reply ? "form.save" : "replies.create")});
    this.head = h("div", {});
    this.element = h("div", {class: "panel-body"}, this.head, this.form.element);
    this.#place();
    this.#fill();
    this.form.settle();
    this.#heads();
  }

  get isDirty() {
    return this.isMine && this.form.isDirty;
  }

  focus() {
    (this.isMine ? this.title : this.head.querySelector("a"))?.focus({preventScroll: true});
  }

  /** What the API takes. */
  get value() {
    return {shortcut: this.shortcut.value.trim().replace(/^\/+/, ""), title: this.title.value.trim(), folder: this.folder.value.trim(), texts: this.tabs.value, is_shared: this.scope.value === "shared"};
  }

  #place() {
    const {form, text} = this;
    const variables = VARIABLES.map((name) => h("button", {type: "button", class: "variable", title: text(`variable.${name}`), disabled: !this.isMine, onclick: () => this.tabs.insert(`{${name}}`)}, `{${name}}`, h("span", {class: "quiet"}, text(`variable.${name}`))));
    form.places = {shortcut_taken: "shortcut", bad_shortcut: "shortcut", shortcut: "shortcut", title: "title", texts: "texts", folder: "folder", forbidden: "scope"};
    form.revert = () => (this.#fill(), form.touched());
    form.fields.append(
      form.field("title", text("replies.title"), this.title),
      h("div", {class: "pair"}, form.field("shortcut", text("replies.shortcut"), this.shortcut, {hint: text("replies.shortcut.hint")}), form.field("folder", text("replies.folder"), this.folder, {hint: text("replies.folder.hint")})),
      form.field("texts", text("replies.texts"), this.tabs.element, {isGroup: true}),
      h("div", {class: "variables", role: "group", "aria-label": text("replies.variables")}, ...variables),
      h("section", {class: "preview"}, h("h3", {}, text("replies.preview")), this.preview),
      form.field("scope", text("replies.scope"), this.scope.element, {isGroup: true}),
    );
    if (this.isMine) return;
    for (const control of form.fields.querySelectorAll("input, textarea")) control.setAttribute(control.tagName === "INPUT" && control.getAttribute("type") === "radio" ? "disabled" : "readonly", "");
    form.foot.hidden = true;
  }

  #fill() {
    const {reply} = this;
    this.shortcut.value = reply?.shortcut ?? "";
    this.title.value = reply?.title ?? "";
    this.folder.value = reply?.folder ?? "";
    this.scope.value = reply?.is_shared ? "shared" : "mine";
    this.tabs.value = reply?.texts ?? {};
    this.#look();
  }

  #heads() {
    const {text, reply} = this;
    const drop = reply && this.isMine ? button(text("replies.drop"), () => this.#drop(reply), {drawing: ICONS.gone, isBare: true, act: "drop"}) : null;
    const people = this.desk.nameOf(reply?.updated_by ?? null);
    const changed = reply ? h("p", {class: "quiet changed"}, [this.isMine ? "" : text("replies.readonly"), text("changed.at", {at: momentOf(reply.updated_at, text)}), people].filter(Boolean).join(" · ")) : null;
    this.head.replaceChildren(panelHead(text, reply?.title ?? text("replies.add"), "replies", drop), ...(changed ? [changed] : []));
  }

  /** What the customer will read, with examples in the open places. */
  #look() {
    const {text, desk} = this;
    const words = this.tabs.words;
    const known = {customer: text("example.customer"), agent: desk.agent?.shown_name ?? "", company: desk.settings.name, case: text("example.case"), date: new Date().toLocaleDateString(this.tabs.tag)};
    this.preview.replaceChildren(words.trim() ? markdown(filled(words, known)) : h("p", {class: "quiet"}, text("replies.preview.none")));
    this.preview.setAttribute("lang", this.tabs.tag);
  }

  /** @returns {Fault[]} */
  #check() {
    const {text} = this;
    const {shortcut, title, texts} = this.value;
    const faults = [];
    if (!title) faults.push({key: "title", message: text("replies.title.none")});
    if (!/^[\p{L}\p{N}_-]{1,32}$/u.test(shortcut)) faults.push({key: "shortcut", message: text("replies.shortcut.wrong")});
    if (!Object.keys(texts).length) faults.push({key: "texts", message: text("replies.texts.none")});
    const long = Object.entries(texts).find(([, words]) => new TextEncoder().encode(words).length > TEXT_MAX_BYTES);
    if (long) faults.push({key: "texts", message: text("replies.texts.long", {language: languageOf(text, long[0])})});
    return faults;
  }

  /** @param {ReplyForm["value"]} value */
  async #save(value) {
    const {api} = this.desk;
    const before = this.reply;
    try {
      const {reply} = before ? await api.put(`replies/${before.id}`, {...value, version: before.version}) : await api.post("replies", value);
      this.#settle(reply);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "stale" || !before) throw error;
      await this.#disagree(before, value);
    }
  }

  /** @param {CannedReply} reply */
  #settle(reply) {
    this.reply = reply;
    this.ears.saved(reply);
    this.#fill();
    this.form.settle(this.text("form.saved"));
    say(this.form.submit.querySelector("span") ?? this.form.submit, this.text("form.save"));
    this.#heads();
    this.element.querySelector(".conflict")?.remove();
  }

  /** Somebody else has saved it meanwhile. @param {CannedReply} before @param {ReplyForm["value"]} mine */
  async #disagree(before, mine) {
    const {text} = this;
    const {items} = await this.desk.api.get("replies?limit=200");
    const theirs = /** @type {CannedReply | undefined} */ (items.find((/** @type {CannedReply} */ one) => one.id === before.id));
    if (!theirs) throw new Problem(404, "not_found", "");
    const fields = [
      {name: text("replies.title"), words: (/** @type {typeof mine} */ one) => one.title},
      {name: text("replies.shortcut"), words: (/** @type {typeof mine} */ one) => one.shortcut},
      {name: text("replies.folder"), words: (/** @type {typeof mine} */ one) => one.folder},
      ...this.tabs.tags.map((tag) => ({name: languageOf(text, tag), words: (/** @type {typeof mine} */ one) => one.texts[tag] ?? ""})),
    ];
    const take = () => this.#settle(theirs);
    const keep = () => ((this.reply = theirs), box.remove(), this.form.element.requestSubmit());
    const box = conflict(text, {who: this.desk.nameOf(theirs.updated_by), when: momentOf(theirs.updated_at, text), differences: differences(theirs, mine, fields), take, keep});
    this.element.querySelector(".conflict")?.remove();
    this.head.after(box);
    box.focus();
  }

  /** @param {CannedReply} reply */
  async #drop(reply) {
    const {text} = this;
    if (!(await ask(text, {title: text("replies.drop.title", {name: reply.title}), words: text(reply.is_shared ? "replies.drop.shared" : "replies.drop.mine"), act: text("replies.drop"), tone: "danger"}))) return;
    try {
      await this.desk.api.delete(`replies/${reply.id}?version=${reply.version}`);
      this.form.settle();
      this.ears.dropped(reply);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.form.said, trouble(text, error));
    }
  }
}
