/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {button} from "../parts.js";

const EXAMPLE = {http: {url: "https://shop.example.com/orders/{order}", method: "GET"}, slots: {order: {ask: {zh: "请问订单号是多少？", en: "What is your order number?"}}}, answer: {zh: "您的订单状态是 {status}。"}};

/** What is looked up before answering, as JSON: told where it is none, and put in order. */
export class ActionField {
  /** @param {Say} text @param {boolean} isLocked */
  constructor(text, isLocked) {
    this.text = text;
    this.area = h("textarea", {rows: 8, class: "code", spellcheck: "false", dir: "ltr", readonly: isLocked, "aria-label": text("knowledge.action"), oninput: () => this.#judge()});
    this.told = h("p", {class: "help quiet", role: "status"});
    const tidy = () => (this.fault || !this.area.value.trim() ? undefined : this.#write(/** @type {object} */ (this.value)));
    const example = () => this.#write(EXAMPLE);
    this.element = h("div", {class: "kb-action"}, this.area, this.told, isLocked ? null : h("div", {class: "buttons"}, button(text("knowledge.action.tidy"), tidy, {kind: "small"}), button(text("knowledge.action.example"), example, {kind: "small"})));
  }

  /** @param {object} value */
  #write(value) {
    this.area.value = JSON.stringify(value, null, 2);
    this.area.dispatchEvent(new Event("input", {bubbles: true}));
  }

  /** What is wrong with it; "" if nothing is. */
  get fault() {
    const words = this.area.value.trim();
    if (!words) return "";
    try {
      const value = JSON.parse(words);
      return value && typeof value === "object" && !Array.isArray(value) ? "" : this.text("knowledge.action.shape");
    } catch (error) {
      return this.text("knowledge.action.wrong", {why: placed(words, /** @type {Error} */ (error).message)});
    }
  }

  /** @returns {Record<string, any> | null} */
  get value() {
    return this.fault || !this.area.value.trim() ? null : JSON.parse(this.area.value);
  }

  set value(value) {
    this.area.value = value ? JSON.stringify(value, null, 2) : "";
    this.#judge();
  }

  #judge() {
    say(this.told, this.fault || (this.area.value.trim() ? this.text("knowledge.action.good") : this.text("knowledge.action.none")));
    this.told.classList.toggle("wrong", Boolean(this.fault));
  }
}

/** Where in the text, as line and column. @param {string} words @param {string} message */
function placed(words, message) {
  const at = /position (\d+)/.exec(message);
  if (!at || /line \d+/.test(message)) return message;
  const before = words.slice(0, Number(at[1])).split("\n");
  return `${message} (${before.length}:${/** @type {string} */ (before.at(-1)).length + 1})`;
}
