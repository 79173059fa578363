/** @import {Account, Chat, Act} from "./platform.js" */
/** @import {Say} from "./texts.js" */
import {attribute, h, icon} from "/static/dom.js";
import {ask} from "./asking.js";
import {SIGNS} from "./signs.js";

const KEYS = "M3.5 6h17v12h-17zM7 10h.01M11 10h.01M15 10h.01M8 14h8";
const LIST = "M5 7h14M5 12h14M5 17h14";
const PLUS = "M12 5v14M5 12h14";

/** The bar under the chat: words, the account's menu, and what else can be sent. */
export class Composer {
  /** @type {Account | null} */
  #account = null;

  /** @param {Say} text @param {Act} act */
  constructor(text, act) {
    this.text = text;
    this.act = act;
    this.input = h("textarea", {rows: "1", "aria-label": text("write"), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event)});
    this.swap = h("button", {type: "button", class: "round", onclick: () => this.#swap()});
    this.more = h("button", {type: "button", class: "round", "aria-label": text("more"), "aria-expanded": "false", "aria-controls": "extras", onclick: () => this.#open()}, icon(PLUS));
    this.writing = h("div", {class: "writing"}, this.input, h("button", {type: "button", class: "send", onclick: () => this.#send()}, text("send")), this.more);
    this.entries = h("div", {class: "entries", role: "group", "aria-label": text("menu"), hidden: true});
    this.extras = h("div", {class: "extras", id: "extras", hidden: true}, ...this.#extras());
    this.follow = h("button", {type: "button", class: "follow", hidden: true, onclick: () => void this.act({deed: "follow"})}, text("follow"));
    this.bar = h("div", {class: "bar"}, this.swap, this.writing, this.entries);
    this.element = h("div", {class: "composer"}, this.bar, this.extras, this.follow);
  }

  /** @param {Account} account @param {Chat} chat */
  show(account, chat) {
    attribute(this.bar, "hidden", !chat.is_following);
    attribute(this.follow, "hidden", chat.is_following);
    if (!chat.is_following) attribute(this.extras, "hidden", true);
    this.scenes = chat.scenes;
    if (this.#account?.id === account.id) return;
    this.#account = account;
    this.entries.replaceChildren(...account.menu.map((one) => h("button", {type: "button", class: "entry", onclick: () => void this.act({deed: "menu", key: one.key})}, one.label)));
    attribute(this.swap, "hidden", !account.menu.length);
    this.#turn(false);
  }

  #swap() {
    this.#turn(this.entries.hidden);
  }

  /** @param {boolean} isMenu */
  #turn(isMenu) {
    attribute(this.entries, "hidden", !isMenu);
    attribute(this.writing, "hidden", isMenu);
    attribute(this.swap, "aria-label", this.text(isMenu ? "keyboard" : "menu"));
    this.swap.replaceChildren(icon(isMenu ? KEYS : LIST));
  }

  #open() {
    const isOpen = this.extras.hidden;
    attribute(this.extras, "hidden", !isOpen);
    attribute(this.more, "aria-expanded", String(isOpen));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const words = this.input.value;
    if (!words.trim()) return;
    this.input.value = "";
    this.input.focus();
    void this.act({deed: "write", text: words});
  }

  #extras() {
    const {text} = this;
    /** @type {[keyof typeof SIGNS, import("./asking.js").Field[]][]} */
    const kinds = [
      ["image", [{name: "file", label: text("file"), kind: "file", accept: "image/*"}]],
      ["voice", [{name: "words", label: text("words")}]],
      ["video", [{name: "file", label: text("file"), kind: "file", accept: "video/mp4"}]],
      ["location", [{name: "text", label: text("place")}]],
      ["link", [{name: "text", label: text("title")}]],
      ["scan", []],
    ];
    return kinds.map(([deed, fields]) => h("button", {type: "button", class: "extra", onclick: () => void this.#extra(deed, fields)}, icon(SIGNS[deed]), h("span", {}, text(deed))));
  }

  /** @param {string} deed @param {import("./asking.js").Field[]} fields */
  async #extra(deed, fields) {
    const given = await ask(this.text, this.text(deed), deed === "scan" ? scanning(this.text, this.scenes ?? []) : fields);
    if (!given) return;
    await this.act({deed, ...given.file, words: given.words, text: given.pick || given.text});
    this.more.focus();
  }

  /** @type {Chat["scenes"] | undefined} */
  scenes;
}

/** A code's content is pasted, or one of those that the platform has made is picked. @param {Say} text @param {Chat["scenes"]} scenes */
export const scanning = (text, scenes) => /** @type {import("./asking.js").Field[]} */ ([
  {name: "text", label: text("code")},
  ...(scenes.length ? [{name: "pick", label: text("code_pick"), kind: "list", options: scenes.map((one) => one.scene)}] : []),
]);
