/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {tool} from "./bubble.js";
import {attribute, h, icon, ICONS, say} from "./dom.js";
import {Tray} from "./uploads.js";

const LINES_MAX_PX = 132;
const TYPING_ENDS_MS = 4_000;

/** Where the customer writes: text, and files by picker, paste or drop. */
export class Composer {
  /** @type {number | undefined} */ #idle;
  #isComposing = false;

  /** @param {Conversation} conversation @param {Say} text */
  constructor(conversation, text) {
    this.conversation = conversation;
    this.text = text;
    this.place = h("div", {class: "tray"});
    this.tray = new Tray(conversation, text, this.place, () => this.#show());
    this.input = h("textarea", {
      rows: 1, dir: "auto", "aria-label": text("write"), placeholder: `${text("write")}…`, enterkeyhint: "send", "aria-describedby": "fd-limit",
      oninput: () => this.#typed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onpaste: (/** @type {ClipboardEvent} */ event) => this.#pasted(event),
      oncompositionstart: () => (this.#isComposing = true),
      oncompositionend: () => (this.#isComposing = false),
    });
    this.picker = h("input", {type: "file", multiple: true, class: "hidden", tabindex: -1, "aria-hidden": "true", onchange: () => this.#picked()});
    this.attach = tool(text("attach"), ICONS.clip, () => this.picker.click());
    this.button = h("button", {type: "submit", class: "send", "aria-label": text("send"), title: text("send")}, icon(ICONS.send));
    this.limit = h("p", {class: "limit", id: "fd-limit", "aria-live": "polite"});
    this.element = h(
      "form",
      {class: "composer", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#send())},
      this.place,
      this.limit,
      h("div", {class: "field"}, this.attach, this.picker, this.input, this.button),
    );
  }

  render() {
    const {file_types, file_max_bytes} = this.conversation.config;
    if (file_types) this.picker.accept = file_types.join(",");
    this.attach.hidden = file_max_bytes === 0;
    this.#show();
  }

  /** What can be done now, and why not. */
  #show() {
    const {conversation, text, input} = this;
    const over = this.#over;
    const isAsked = Boolean(conversation.form);
    say(this.limit, isAsked ? text("formFirst") : over > 0 ? text("tooLong", {n: over}) : "");
    attribute(this.limit, "data-over", over > 0);
    input.readOnly = this.attach.disabled = isAsked;
    this.button.disabled = isAsked || over > 0 || !(input.value.trim() || this.tray.isReady);
  }

  /** Puts words where the customer writes, for them to change and send. @param {string} words */
  put(words) {
    this.input.value = words;
    this.#typed();
  }

  /** @param {File[]} files */
  add(files) {
    if (!files.length || this.conversation.form) return;
    for (const file of files) this.tray.add(file);
    this.input.focus();
  }

  #typed() {
    this.#fit();
    this.#show();
    clearTimeout(this.#idle);
    this.conversation.type(Boolean(this.input.value));
    this.#idle = setTimeout(() => this.conversation.type(false), TYPING_ENDS_MS);
  }

  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, LINES_MAX_PX)}px`;
  }

  /** About how many characters are too many. What counts are bytes, which nobody has a feeling for. */
  get #over() {
    const words = this.input.value.trim();
    const size = new TextEncoder().encode(words).length;
    const over = size - (this.conversation.config.text_max_bytes ?? 4096);
    return Math.ceil((over * words.length) / (size || 1));
  }

  /**
   * Enter sends, unless it picks a word in an input method. Safari ends the composition before that key arrives, and marks it with 229.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.#isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    if (this.button.disabled) return;
    clearTimeout(this.#idle);
    this.tray.want();
    const words = this.input.value.trim();
    if (words) this.conversation.say({text: words});
    this.put("");
    this.onsent();
  }

  onsent = () => {};

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  #picked() {
    this.add([...(this.picker.files ?? [])]);
    this.picker.value = "";
  }
}
