/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Finding, Item} from "./shapes.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {empty, failed, ICONS, loading} from "../admin/frame.js";
import {Problem} from "../api.js";
import {button, chip} from "../parts.js";
import {trouble} from "../words.js";
import {difference} from "./diff.js";
import {isBlocking, note} from "./findings.js";
import {addressOfEntry, addressOfView} from "./route.js";

const COMMENT_MAX = 500;
const STATES = /** @type {const} */ (["new", "changed", "dropped"]);
const TONES = {new: "accent", changed: "warn", dropped: "bad", live: ""};

/** What a publication would change, what stands against it, and the button. */
export class Changes {
  /** @type {Item[]} */ #items = [];
  /** @type {Finding[]} */ #findings = [];
  #isBusy = false;
  #seen = "";
  /** Which drafts were seen: no others are published. @type {number | null} */ #mark = null;

  /** @param {Desk} desk @param {Say} text @param {Library} library @param {(number: number) => void} published */
  constructor(desk, text, library, published) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.published = published;
    this.sum = h("p", {class: "kb-sum"});
    this.list = h("ul", {class: "kb-changes"});
    this.findings = h("div", {class: "kb-entry-notes"});
    this.comment = h("textarea", {id: "kb-comment", rows: 2, maxlength: COMMENT_MAX, dir: "auto", placeholder: text("knowledge.publish.comment.hint")});
    this.said = h("p", {class: "wrong", role: "alert"});
    this.go = button(text("knowledge.publish"), () => {}, {kind: "primary", type: "submit", act: "publish"});
    this.why = h("p", {class: "quiet"});
    this.sure = h("input", {type: "checkbox", onchange: () => this.#may()});
    this.anyway = h("label", {class: "kb-check", hidden: true}, this.sure, h("span", {}, text("knowledge.publish.anyway")));
    this.form = h("form", {class: "kb-publish", onsubmit: (/** @type {Event} */ event) => void this.#publish(event)}, h("label", {class: "label", for: "kb-comment"}, text("knowledge.publish.comment")), this.comment, this.anyway, this.said, h("div", {class: "buttons"}, this.go, this.why));
    this.body = h("div", {class: "kb-view-body"}, loading(text, 3));
    const back = h("a", {class: "button bare kb-back", href: addressOfView(""), "aria-label": text("knowledge.back"), title: text("knowledge.back")}, icon(ICONS.back));
    this.element = h("article", {class: "kb-view", "aria-label": text("knowledge.changes")}, h("header", {class: "kb-head"}, back, h("div", {class: "kb-title"}, h("h2", {}, text("knowledge.changes")))), this.body);
  }

  async open() {
    const {text, library} = this;
    try {
      await library.read();
      this.#mark = library.standing.mark;
      this.#seen = this.#sign;
      [this.#items, this.#findings] = await Promise.all([library.drafts(), this.#check()]);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return this.body.replaceChildren(failed(text, error, () => void this.open()));
    }
    if (!this.#items.length) return this.body.replaceChildren(empty(text("knowledge.changes.none"), null, ICONS.good));
    this.body.replaceChildren(this.sum, this.form, this.findings, this.list);
    this.#fill();
  }

  /** Without it one may publish all the same: the server looks at every entry again. */
  async #check() {
    try {
      return await this.library.check();
    } catch (error) {
      if (error instanceof Problem) return [];
      throw error;
    }
  }

  get #sign() {
    const {draft_count: count, mark, revision, building} = this.library.standing;
    return `${count}/${mark}/${revision}/${building}`;
  }

  /** It is another by now. */
  again() {
    if (this.#seen !== this.#sign && !this.#isBusy) void this.open();
    else this.#may();
  }

  /** Only what is about these changes is told here; what is wrong besides does not stand in their way. */
  get #about() {
    const ids = new Set(this.#items.filter((item) => item.state !== "dropped").map((item) => item.id));
    return this.#findings.filter((one) => one.entries.some((id) => ids.has(id)));
  }

  #fill() {
    const {text} = this;
    const count = (/** @type {string} */ state) => this.#items.filter((item) => item.state === state).length;
    this.sum.replaceChildren(...STATES.filter(count).map((state) => chip(text(`knowledge.changes.${state}`, {count: count(state)}), TONES[state])));
    const titleOf = (/** @type {string} */ id) => this.#items.find((item) => item.id === id)?.title ?? this.library.items.find((item) => item.id === id)?.title ?? id;
    this.findings.replaceChildren(...this.#about.sort((a, b) => Number(isBlocking(b)) - Number(isBlocking(a))).slice(0, 50).map((one) => note(text, one, {titleOf, isWhole: true})));
    this.list.replaceChildren(...this.#items.map((item) => this.#item(item)));
    this.#may();
  }

  #may() {
    const {text, library} = this;
    const {can, building} = library.standing;
    const isWrong = this.#about.some(isBlocking);
    const isBlocked = isWrong && !this.sure.checked;
    this.anyway.hidden = !isWrong || !can.publish;
    attribute(this.go, "disabled", !can.publish || building || isBlocked || this.#isBusy);
    say(this.why, !can.publish ? text("knowledge.publish.not_you") : building ? text("knowledge.building") : isBlocked ? text("knowledge.publish.blocked") : "");
    this.comment.readOnly = !can.publish;
  }

  /** @param {Item} item */
  #item(item) {
    const {text} = this;
    const place = h("div", {});
    const read = async () => {
      if (!fold.open || place.firstChild) return;
      place.append(loading(text, 1));
      try {
        const {live, entry} = await this.library.entry(item.id);
        place.replaceChildren(difference(text, live, entry), h("a", {href: addressOfEntry(item.id)}, text("knowledge.open")));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        place.replaceChildren(h("p", {class: "wrong"}, trouble(text, error)));
      }
    };
    const fold = h("details", {ontoggle: () => void read()}, h("summary", {}, h("span", {class: "kb-change-title", dir: "auto"}, item.title || item.id), chip(text(`knowledge.state.${item.state}`), TONES[item.state])), place);
    return h("li", {}, fold);
  }

  /** @param {Event} event */
  async #publish(event) {
    event.preventDefault();
    if (this.#isBusy) return;
    this.#isBusy = true;
    say(this.said, "");
    this.#may();
    try {
      this.published(await this.library.publish(this.comment.value.trim(), this.#mark));
      this.comment.value = "";
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, error.code === "stale" ? this.text("knowledge.publish.stale") : trouble(this.text, error));
      if (error.code === "stale") void this.open();
    } finally {
      this.#isBusy = false;
      this.#may();
    }
  }
}
