/** @import {Conversation} from "./conversation.js" */
/** @import {Say} from "./texts.js" */
import {h, icon, ICONS, say} from "./dom.js";

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
    this.uploads = h("div", {class: "uploads", role: "status"});
    this.input = h("textarea", {
      rows: 1, "aria-label": text("write"), placeholder: text("writeHint"), enterkeyhint: "send", "aria-describedby": "fd-limit",
      oninput: () => this.#typed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onpaste: (/** @type {ClipboardEvent} */ event) => this.#pasted(event),
      oncompositionstart: () => (this.#isComposing = true),
      oncompositionend: () => (this.#isComposing = false),
    });
    this.picker = h("input", {type: "file", multiple: true, class: "hidden", tabindex: -1, "aria-hidden": "true", onchange: () => this.#picked()});
    this.attach = h("button", {type: "button", class: "tool", "aria-label": text("attach"), title: text("attach"), onclick: () => this.picker.click()}, icon(ICONS.clip));
    this.button = h("button", {type: "submit", class: "send", "aria-label": text("send"), title: text("send"), disabled: true}, icon(ICONS.send));
    this.limit = h("p", {class: "limit", id: "fd-limit", "aria-live": "polite"});
    this.element = h(
      "form",
      {class: "composer", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#send())},
      this.uploads,
      this.limit,
      h("div", {class: "field"}, this.attach, this.picker, this.input, this.button),
    );
  }

  render() {
    const {file_types, file_max_bytes} = this.conversation.config;
    if (file_types) this.picker.accept = file_types.join(",");
    this.attach.hidden = file_max_bytes === 0;
  }

  /** @param {File[]} files */
  async add(files) {
    if (!files.length) return;
    const {Uploads} = await import("./uploads.js");
    const uploads = new Uploads(this.conversation, this.text, this.uploads);
    for (const file of files) uploads.add(file);
  }

  #typed() {
    this.#fit();
    const over = this.#over();
    say(this.limit, over > 0 ? this.text("tooLong", {n: over}) : "");
    this.button.disabled = !this.input.value.trim() || over > 0;
    clearTimeout(this.#idle);
    this.conversation.type(Boolean(this.input.value));
    this.#idle = setTimeout(() => this.conversation.type(false), TYPING_ENDS_MS);
  }

  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, LINES_MAX_PX)}px`;
  }

  #over() {
    return new TextEncoder().encode(this.input.value.trim()).length - (this.conversation.config.text_max_bytes ?? 4096);
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
    const words = this.input.value.trim();
    if (!words || this.#over() > 0) return;
    clearTimeout(this.#idle);
    this.conversation.say({text: words});
    this.input.value = "";
    this.#typed();
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
