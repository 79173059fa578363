/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Finding} from "./shapes.js" */
import {h, icon} from "/static/dom.js";
import {empty, failed, ICONS, loading} from "../admin/frame.js";
import {Problem} from "../api.js";
import {button, chip} from "../parts.js";
import {isBlocking, note} from "./findings.js";
import {addressOfView} from "./route.js";

const SHOWN_COUNT = 100;

/** Everything that was found about the knowledge base with its drafts, by kind, what blocks a publication first. */
export class Check {
  /** @param {Desk} _desk @param {Say} text @param {Library} library */
  constructor(_desk, text, library) {
    this.text = text;
    this.library = library;
    this.body = h("div", {class: "kb-view-body"}, loading(text, 3));
    const back = h("a", {class: "button bare kb-back", href: addressOfView(""), "aria-label": text("knowledge.back"), title: text("knowledge.back")}, icon(ICONS.back));
    const again = button(text("knowledge.check.again"), () => void this.open(), {kind: "small", drawing: ICONS.again});
    this.element = h("article", {class: "kb-view", "aria-label": text("knowledge.check")}, h("header", {class: "kb-head"}, back, h("div", {class: "kb-title"}, h("h2", {}, text("knowledge.check"))), again), this.body);
  }

  async open() {
    const {text, library} = this;
    try {
      const found = await library.check();
      this.body.replaceChildren(...(found.length ? this.#kinds(found) : [empty(text("knowledge.check.none"), null, ICONS.good)]));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.body.replaceChildren(failed(text, error, () => void this.open()));
    }
  }

  again() {}

  /** @param {Finding[]} found */
  #kinds(found) {
    const {text, library} = this;
    const titles = new Map(library.items.map((item) => [item.id, item.title]));
    const titleOf = (/** @type {string} */ id) => titles.get(id) ?? id;
    const codes = [...new Set(found.map((one) => one.code))];
    const of = (/** @type {string} */ code) => found.filter((one) => one.code === code);
    codes.sort((a, b) => Number(isBlocking(of(b)[0])) - Number(isBlocking(of(a)[0])) || of(b).length - of(a).length);
    return codes.map((code) => {
      const all = of(code);
      const head = h("h3", {}, text.has(`knowledge.kind.${code}`) ? text(`knowledge.kind.${code}`) : code.replaceAll("_", " "), " ", chip(String(all.length), isBlocking(all[0]) ? "bad" : ""));
      const rest = all.length - SHOWN_COUNT;
      return h("section", {class: "kb-kind"}, head, ...all.slice(0, SHOWN_COUNT).map((one) => note(text, one, {titleOf, isWhole: true})), rest > 0 ? h("p", {class: "quiet"}, text("knowledge.check.more", {count: rest})) : null);
    });
  }
}
