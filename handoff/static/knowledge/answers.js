/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {Tabs} from "../admin/tabs.js";

const ANSWER_MAX = 8_000;
/** Kinds of channel that often need other words, also where none is set up yet. */
const CHANNELS = ["webchat", "wechat", "email", "phone"];

/** @typedef {{answer: Record<string, string>, answer_on: Record<string, Record<string, string>>}} Answers */

/** What is answered: in each language, and in other words where a channel needs them, with a look at what the customer will read. */
export class AnswerFields {
  changed = () => {};
  /** By kind of channel; "" is everywhere. @type {Map<string, Tabs>} */ #all = new Map();
  #shown = "";

  /** @param {Desk} desk @param {Say} text @param {boolean} isLocked */
  constructor(desk, text, isLocked) {
    this.desk = desk;
    this.text = text;
    this.isLocked = isLocked;
    this.channels = h("div", {class: "kb-channels", role: "group", "aria-label": text("knowledge.answer.channel")});
    this.place = h("div", {});
    this.preview = h("div", {class: "bubble md", dir: "auto"});
    this.look = h("div", {class: "preview", "aria-live": "off"}, h("h3", {}, text("knowledge.answer.preview")), this.preview);
    this.element = h("div", {class: "kb-answers"}, this.channels, this.place, this.look);
    this.value = {answer: {}, answer_on: {}};
  }

  /** @returns {Answers} */
  get value() {
    const on = [...this.#all].filter(([channel]) => channel).map(([channel, tabs]) => /** @type {const} */ ([channel, tabs.value]));
    return {answer: this.#all.get("")?.value ?? {}, answer_on: Object.fromEntries(on.filter(([, texts]) => Object.keys(texts).length))};
  }

  set value({answer, answer_on: on}) {
    this.#all = new Map([["", this.#tabs(answer)], ...Object.entries(on).map(([channel, texts]) => /** @type {[string, Tabs]} */ ([channel, this.#tabs(texts)]))]);
    this.#choose(this.#all.has(this.#shown) ? this.#shown : "");
  }

  /** The languages that can be written in: those of the desk, and whatever the entry has. @param {Record<string, string>} texts */
  #tabs(texts) {
    const own = Object.keys(texts);
    const tags = this.desk.settings.languages.map((tag) => (tag === "zh-CN" && !own.includes("zh-CN") ? "zh" : tag));
    const first = this.text.language === "zh-CN" ? "zh" : this.text.language;
    const tabs = new Tabs(this.text, [...new Set([...(tags.length ? tags : [first]), ...own])], ANSWER_MAX);
    tabs.value = texts;
    const wanted = own.length && !own.includes(first) ? own[0] : first;
    if (tabs.tags.includes(wanted)) tabs.choose(wanted);
    for (const area of tabs.element.querySelectorAll("textarea")) area.readOnly = this.isLocked;
    tabs.changed = () => this.#typed();
    return tabs;
  }

  /** @param {string} channel */
  nameOf = (channel) => {
    const {text} = this;
    return !channel ? text("knowledge.answer.everywhere") : text.has(`channel.${channel}`) ? text(`channel.${channel}`) : channel;
  };

  /** @param {string} channel */
  #choose(channel) {
    if (!this.#all.has(channel)) this.#all.set(channel, this.#tabs({}));
    this.#shown = channel;
    const {text, isLocked} = this;
    const known = [...this.#all.keys()];
    const other = [...new Set([...CHANNELS, ...(this.desk.settings.channels ?? []).map((one) => one.type)])].filter((one) => !known.includes(one));
    const more = h("select", {"aria-label": text("knowledge.answer.add"), onchange: () => this.#add(more.value)}, h("option", {value: ""}, text("knowledge.answer.add")), ...other.map((one) => h("option", {value: one}, this.nameOf(one))));
    const tab = (/** @type {string} */ one) => h("button", {type: "button", "aria-pressed": String(one === channel), "data-channel": one || "any", onclick: () => this.#choose(one)}, this.nameOf(one));
    this.channels.replaceChildren(h("div", {class: "segments"}, ...known.map(tab)), ...(other.length && !isLocked ? [more] : []));
    const tabs = /** @type {Tabs} */ (this.#all.get(channel));
    const hint = channel ? h("p", {class: "help quiet"}, text("knowledge.answer.on", {channel: this.nameOf(channel)})) : "";
    this.place.replaceChildren(tabs.element, hint);
    this.#look();
  }

  /** @param {string} channel */
  #add(channel) {
    if (!channel) return;
    this.#choose(channel);
    /** @type {HTMLElement | null} */ (this.place.querySelector("textarea:not([hidden] *)"))?.focus();
  }

  #typed() {
    this.#look();
    this.changed();
  }

  #look() {
    const tabs = /** @type {Tabs} */ (this.#all.get(this.#shown));
    const words = tabs.words.trim();
    this.look.hidden = !words;
    attribute(this.preview, "lang", tabs.tag);
    if (words) this.preview.replaceChildren(markdown(words));
    else say(this.preview, "");
  }
}
