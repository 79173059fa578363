/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {CallLine, canSpeak} from "./call/line.js";
import {Editor} from "./mail/editor.js";
import {Heading} from "./mail/heading.js";
import {button, fill, ICONS} from "./parts.js";
import {Allowance} from "./talk/allowance.js";
import {Attachments} from "./talk/attachments.js";
import {cannedOf} from "./talk/canned.js";
import {DRAWINGS} from "./talk/drawings.js";
import {Field} from "./talk/field.js";
import {filled, nextOpen} from "./talk/filling.js";
import {inWords, limitsOf, room} from "./talk/limits.js";
import {CannedMenu} from "./talk/menu.js";
import {Stand} from "./talk/stand.js";
import {trouble} from "./words.js";

const TYPING_ENDS_MS = 5_000;
/** The share of the limit from which on it is shown what is left. */
const NEAR_LIMIT = 0.8;

/**
 * The foot of a conversation: where its agent writes, to the customer or to colleagues, or what can be done instead. What is half written
 * outlives a reload, with its files.
 */
export class Composer {
  #isNote = false;
  /** Sent by its agent while a file is still on its way: it goes as soon as that is there. */
  #isDue = false;
  #isOpenOk = false;
  #wasMine = true;
  /** What is half written in the other mode: a note never turns into a reply. */
  #aside = "";
  /** A reply that was half written when the session went elsewhere: shown to be copied, and never taken for a note. */
  #rescued = "";
  /** @type {number | undefined} */ #idle;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open @param {{sent: () => void, writes: (isOn: boolean) => void}} ears */
  constructor(desk, text, open, ears) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.ears = ears;
    this.draftKey = `draft/${open.id}`;
    this.field = new Field({typed: () => this.#typed(), key: (event) => this.#key(event), pasted: (files) => this.attach(files), left: () => this.#idles()});
    this.input = this.field.element;
    this.stand = new Stand(desk, text, open, (action) => void this.#do(action), () => this.#rescued.trim());
    this.allowance = new Allowance(desk, text, open, {notice: () => void this.sendNotice(), reach: () => void this.reachElsewhere()});
    this.callLine = new CallLine(text, open, {reach: () => void this.reachElsewhere(), hasWords: () => Boolean(this.#rescued.trim())});
    this.said = h("div", {class: "said-wrong", role: "alert"});
    this.files = new Attachments(desk.api, text, open.id, () => this.#filed());
    this.menu = new CannedMenu(cannedOf(desk), text, this.input, {
      language: () => open.session?.language ?? "", take: (words, from, to) => this.#take(words, from, to), save: () => void this.keepReply(),
    });
    this.toReply = button(text("reply"), () => this.turn(false), {kind: "tab"});
    this.toNote = button(text("note"), () => this.turn(true), {kind: "tab"});
    this.picker = h("input", {type: "file", multiple: true, class: "hidden", tabindex: -1, "aria-hidden": "true", onchange: () => (this.attach([...(this.picker.files ?? [])]), (this.picker.value = ""))});
    this.clip = button(text("file.attach"), () => this.picker.click(), {drawing: DRAWINGS.clip, isBare: true});
    this.slash = button(text("canned.open"), () => this.menu.open(), {drawing: DRAWINGS.canned, isBare: true});
    this.marks = h(
      "span",
      {class: "marks", role: "group", "aria-label": text("marks")},
      button(text("marks.bold"), () => this.field.wrap("**", "**", text("marks.sample")), {drawing: DRAWINGS.bold, isBare: true}),
      button(text("marks.list"), () => this.field.lines("- "), {drawing: DRAWINGS.list, isBare: true}),
      button(text("marks.link"), () => this.field.wrap("[", "](https://)", text("marks.sample")), {drawing: DRAWINGS.link, isBare: true}),
    );
    this.heading = new Heading(text, open, () => (this.#save(), this.render()), () => this.focus());
    this.editor = new Editor(text, this.field);
    this.send = button(text("send"), () => {}, {drawing: ICONS.send, kind: "primary", type: "submit"});
    this.left = h("span", {class: "left"});
    this.keys = h("span", {class: "keys"});
    this.form = h(
      "form",
      {class: "write", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.submit())},
      h("div", {class: "tabs", role: "group", "aria-label": text("write.kind")}, this.toReply, this.toNote, this.keys),
      this.heading.element,
      this.files.element,
      this.input,
      this.editor.shown,
      h("div", {class: "row"}, this.picker, this.clip, this.slash, this.marks, this.editor.element, this.left, this.send),
    );
    this.element = h("footer", {class: "composer"}, this.stand.element, this.allowance.element, this.callLine.element, this.said, h("div", {class: "box"}, this.menu.element, this.form));
    this.#restore();
    addEventListener("storage", this.#elsewhere);
    requestAnimationFrame(() => this.field.fit());
  }

  #restore() {
    const draft = this.desk.keep.get(this.draftKey);
    if (!draft) return;
    [this.input.value, this.#isNote, this.#aside] = [draft.text ?? "", Boolean(draft.isNote), draft.aside ?? ""];
    if (draft.files?.length) this.files.restore(draft.files);
    this.heading.restore(draft.letter);
  }

  /** Another tab writes at the same draft; here it shows, unless somebody writes here too. @param {StorageEvent} event */
  #elsewhere = (event) => {
    if (event.key !== this.desk.keep.prefix + this.draftKey || document.hasFocus()) return;
    const draft = this.desk.keep.get(this.draftKey);
    this.field.words = draft?.text ?? "";
    this.heading.restore(draft?.letter);
    this.render();
  };

  focus() {
    if (!this.form.hidden) this.input.focus({preventScroll: true});
  }

  stop() {
    clearTimeout(this.#idle);
    this.allowance.stop();
    removeEventListener("storage", this.#elsewhere);
  }

  get isNote() {
    return this.#isNote || !this.canReply;
  }

  /** Whether what is written here can reach the customer: it is mine, and by phone somebody is on the line who hears it. */
  get canReply() {
    return this.open.isMine && canSpeak(this.open);
  }

  /** What is written goes by mail: with a subject and copies, and Enter begins a line. */
  get isMail() {
    return !this.isNote && this.limits.isMail;
  }

  get limits() {
    return limitsOf(this.desk, /** @type {Session} */ (this.open.session));
  }

  render() {
    if (this.#wasMine !== this.canReply) this.#turned(this.canReply);
    const {open, text, limits, isNote, isMail} = this;
    this.field.isMail = isMail;
    const isCall = Boolean(open.call);
    this.toReply.hidden = !this.canReply;
    this.form.hidden = Boolean(open.problem);
    attribute(this.toReply, "aria-pressed", String(!isNote));
    attribute(this.toNote, "aria-pressed", String(isNote));
    attribute(this.form, "data-kind", isNote ? "note" : "reply");
    attribute(this.form, "data-mail", isMail ? (this.field.words || !this.files.isEmpty || this.heading.isTouched ? "begun" : "idle") : null);
    this.heading.render(isMail);
    attribute(this.input, "enterkeyhint", isMail ? "enter" : "send");
    attribute(this.send, "title", text(isMail ? "mail.keys" : "write.keys"));
    attribute(this.input, "aria-label", text(isNote ? "note.write" : "reply.write"));
    const {isShut} = this.allowance;
    attribute(this.input, "placeholder", text(isNote ? "note.hint" : isShut ? "reply.kept_hint" : isCall ? "call.aloud_hint" : "reply.hint"));
    const label = isNote ? "note.add" : this.#isDue ? "send.due" : isShut ? "send.kept" : isCall ? "call.aloud_send" : "send";
    say(/** @type {Element} */ (this.send.lastElementChild), text(label));
    this.send.disabled = !this.#canSend;
    for (const [part, isShown] of /** @type {[HTMLElement, boolean][]} */ ([[this.clip, !isNote && !isCall], [this.slash, !isNote], [this.marks, !isNote && !isMail && limits.hasMarkdown], [this.editor.element, isMail], [this.files.element, !isNote && !this.files.isEmpty]])) part.hidden = !isShown;
    this.#clipSays();
    say(this.keys, isNote ? text("note.only") : isMail ? text("mail.keys") : isCall ? "" : inWords(limits, text));
    this.#roomSays();
    this.stand.render();
    this.allowance.render();
    this.callLine.render();
  }

  /** The session has come, or gone. @param {boolean} isMine */
  #turned(isMine) {
    this.#wasMine = isMine;
    if (!isMine && !this.#isNote) {
      [this.#rescued, this.field.words] = [this.field.words, ""];
    } else if (isMine && !this.#isNote) {
      [this.#aside, this.field.words, this.#rescued] = [this.field.words || this.#aside, this.#rescued, ""];
    }
  }

  #clipSays() {
    const {text, limits} = this;
    const words = limits.fileMaxBytes ? text("file.attach") : text("send.text_only");
    for (const name of ["aria-label", "title"]) attribute(this.clip, name, words);
    attribute(this.clip, "aria-disabled", limits.fileMaxBytes ? null : "true");
    this.picker.disabled = !limits.fileMaxBytes;
    attribute(this.picker, "accept", limits.fileTypes.join(",") || null);
  }

  #roomSays() {
    const {textMaxBytes} = this.limits;
    const words = this.field.words.trim();
    const left = words.length * 4 > textMaxBytes * NEAR_LIMIT ? room(words, textMaxBytes) : Infinity;
    const isNear = left < Math.max(20, words.length * (1 / NEAR_LIMIT - 1));
    say(this.left, !isNear ? "" : left < 0 ? this.text("write.over", {count: -left}) : this.text("write.left", {count: left}));
    attribute(this.left, "data-over", left < 0 ? true : null);
  }

  get #isOver() {
    return room(this.field.words.trim(), this.limits.textMaxBytes) < 0;
  }

  get #canSend() {
    const hasFiles = !this.isNote && !this.files.isEmpty;
    return (Boolean(this.field.words.trim()) || hasFiles) && !this.#isOver;
  }

  /** To the customer, or to colleagues. @param {boolean} isNote */
  turn(isNote) {
    if (isNote !== this.isNote) [this.field.words, this.#aside] = [this.#aside, this.field.words];
    this.editor.preview(false);
    this.#isNote = isNote;
    this.#isDue = false;
    this.menu.shut();
    this.#complain([]);
    this.#save();
    this.render();
    this.input.focus();
  }

  #typed() {
    this.#isDue = this.#isOpenOk = false;
    this.#complain([]);
    this.#save();
    clearTimeout(this.#idle);
    const isWriting = Boolean(this.field.words);
    this.open.type(isWriting && !this.isNote);
    this.ears.writes(isWriting);
    this.#idle = setTimeout(() => this.#idles(), TYPING_ENDS_MS);
    if (!this.isNote) void this.menu.look();
    this.render();
  }

  #idles() {
    this.open.type(false);
    this.ears.writes(false);
  }

  #save() {
    const {words} = this.field;
    const files = this.files.refs;
    if (!words && this.#rescued) return;
    const aside = this.#aside;
    const letter = this.heading.draft;
    if (words || aside || files.length || letter) this.desk.keep.put(this.draftKey, {text: words, isNote: this.isNote, ...(aside && {aside}), ...(files.length && {files}), ...(letter && {letter})});
    else this.desk.keep.drop(this.draftKey);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.menu.key(event)) return;
    const isMod = event.ctrlKey || event.metaKey;
    if (this.isMail && event.key === "Enter" && isMod) return (event.preventDefault(), this.submit());
    if (this.isMail && this.editor.key(event)) return;
    if (event.key === "Enter" && this.isMail) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) (event.preventDefault(), this.submit());
    else if (event.key === "Tab" && !event.shiftKey && !isMod && this.#toOpen()) event.preventDefault();
    else if (isMod && event.key.toLowerCase() === "b" && !this.marks.hidden) (event.preventDefault(), this.field.wrap("**", "**", this.text("marks.sample")));
  }

  // ---- files and canned replies --------------------------------------------------------------------------------------------------

  /** @param {Iterable<File>} files */
  attach(files) {
    if (!this.canReply) return;
    if (this.#isNote) this.turn(false);
    this.#complain(this.files.add(files, this.limits));
    this.input.focus();
  }

  #filed() {
    if (!this.files) return; // while they are restored
    if (this.open.session) this.#save();
    if (this.#isDue && !this.files.isUnderway) this.submit();
    if (this.open.session) this.render();
  }

  /** @param {string} words @param {number} from @param {number} to */
  #take(words, from, to) {
    const {open, desk, text} = this;
    const language = open.session?.language || text.language;
    const date = new Date().toLocaleDateString(language, {year: "numeric", month: "long", day: "numeric"});
    const customer = open.session?.customer_name || open.packet?.customer.name || null;
    this.field.replace(filled(words, {customer, agent: desk.agent?.shown_name, company: desk.settings.name, case: open.case?.number, date}), from, to);
    this.#toOpen(from);
  }

  /** Puts a canned reply where the caret stands. @param {string} words */
  use(words) {
    this.turn(false);
    this.#take(words, this.input.selectionStart, this.input.selectionEnd);
  }

  /** Marks the next place that a canned reply has left open; whether there is one. @param {number} [from] */
  #toOpen(from = this.input.selectionEnd) {
    const place = nextOpen(this.field.words, from);
    if (place) this.input.setSelectionRange(...place);
    return Boolean(place);
  }

  /** A form that was approved beforehand goes out where words may not. */
  async sendNotice() {
    const {notice} = await import("./talk/notice.js");
    await notice(this.text, this.open);
  }

  /** The same customer by another channel: what is half written here goes along. */
  async reachElsewhere() {
    const {reach} = await import("./talk/reach.js");
    const words = this.isNote ? this.#rescued : this.field.words;
    await reach(this.text, this.open, words, () => words && (this.#rescued === words ? ((this.#rescued = ""), this.#save(), this.render()) : this.field.words === words && this.#empty()));
  }

  /** What is written here becomes a canned reply. */
  async keepReply() {
    const {saveReply} = await import("./talk/saving.js");
    saveReply(this.desk, this.text, this.field.words.replace(/(^|[\s\u3000])[/／][^/／\n]*$/, "").trim(), this.open.session?.language || this.text.language);
  }

  // ---- sending -------------------------------------------------------------------------------------------------------------------

  submit() {
    const words = this.field.words.trim();
    if (!this.#canSend || this.open.problem) return;
    if (this.isNote) return void this.#note(words);
    const {isMail} = this;
    if (isMail && !this.heading.copies.take()) return this.heading.copies.field.focus();
    const place = nextOpen(words, 0);
    if (place && !this.#isOpenOk) return this.#openStill(words.slice(...place));
    if (this.files.isBroken) return this.#complain([this.text("file.broken")]);
    this.#isDue = this.files.isUnderway;
    if (this.#isDue) return this.render();
    const {refs} = this.files;
    const letter = isMail && this.open.letter ? this.heading.value : undefined;
    this.#empty();
    this.open.outbox.put(words, refs, letter);
    this.ears.sent();
  }

  /** Something in braces was not filled in: nobody sends that unnoticed. @param {string} name */
  #openStill(name) {
    this.#toOpen(0);
    this.#complain([this.text("canned.open_still", {name})], button(this.text("canned.anyway"), () => ((this.#isOpenOk = true), this.submit()), {kind: "small"}));
  }

  #empty() {
    this.field.words = "";
    if (!this.isNote) (this.files.clear(), this.heading.clear());
    this.editor.preview(false);
    this.#typed();
    clearTimeout(this.#idle);
    this.#idles();
  }

  /** Saves a note while its agent writes on; one that is refused comes back into the field. @param {string} words */
  async #note(words) {
    this.#empty();
    this.ears.sent();
    if (await this.#do("note", {text: words})) return;
    this.field.words = [words, this.field.words].filter(Boolean).join("\n");
    this.#isNote = true;
    this.#save();
    this.render();
  }

  /** @param {string} action @param {object} [body] */
  async #do(action, body) {
    this.#complain([]);
    try {
      await this.open.act(action, body);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#complain([trouble(this.text, error)]);
      return false;
    }
  }

  /** @param {string[]} words @param {Node} [more] */
  #complain(words, more) {
    fill(this.said, words.map((one, index) => ({key: `${index}`, sign: one, make: () => h("p", {class: "wrong"}, h("span", {dir: "auto"}, one), more ?? null)})));
  }
}
