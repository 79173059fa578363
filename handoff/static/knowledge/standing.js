/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
import {h, icon, say} from "/static/dom.js";
import {ICONS} from "../admin/frame.js";
import {Problem} from "../api.js";
import {button, fill} from "../parts.js";
import {trouble} from "../words.js";
import {addressOfView} from "./route.js";

/** How what customers are answered from stands to what is drafted here: one line, and what can be done about it. */
export class StandingBar {
  /** What was published or brought back from this page, until it is told what came of it. @type {{number: number, before: number} | null} */ #published = null;
  /** What an undo would bring back. @type {number | null} */ #undo = null;

  /** @param {Desk} desk @param {Say} text @param {Library} library */
  constructor(desk, text, library) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.said = h("p", {class: "wrong", role: "alert"});
    this.lines = h("div", {class: "kb-standing-lines", role: "status"});
    this.element = h("div", {class: "kb-standing"}, this.lines, this.said);
  }

  /** Something is on its way to be live. @param {number} number @param {number} before */
  began(number, before) {
    this.#published = {number, before};
    this.render();
  }

  /** Whether it has come this far is told once. */
  #settle() {
    const {standing} = this.library;
    if (!this.#published || standing.building) return;
    this.#undo = standing.failed ? null : this.#published.before;
    this.#published = null;
  }

  render() {
    this.#settle();
    const {library, text} = this;
    if (!library.isRead) return;
    const {standing} = library;
    const {revision, draft_count: count, building, file_changed: isFileChanged, failed, can} = standing;
    /** @type {import("../parts.js").Thing[]} */ const things = [];
    const line = (/** @type {string} */ key, /** @type {string} */ tone, /** @type {string} */ drawing, /** @type {string} */ words, /** @type {(Node | null)[]} */ ...more) =>
      things.push({key, sign: JSON.stringify([words, tone, more.length, can, text.language, this.#undo]), make: () => h("div", {class: "kb-line", "data-tone": tone, "data-standing": key}, icon(drawing), h("p", {}, words), h("span", {class: "buttons"}, ...more.filter((one) => one !== null)))});
    if (library.problem && library.items.length) line("old", "warn", ICONS.bad, text("knowledge.old"), button(text("retry"), () => void library.read(), {kind: "small"}));
    if (isFileChanged) line("file", "warn", ICONS.bad, text("knowledge.file_changed"));
    if (building) line("building", "", ICONS.again, text("knowledge.building"), h("span", {class: "progress"}, h("i", {})));
    if (failed) line("failed", "bad", ICONS.bad, failed === "failed" ? text("knowledge.failed") : `${text("knowledge.failed")} ${failed}`, h("a", {class: "button small", href: addressOfView("changes")}, text("knowledge.changes.see")));
    if (this.#undo !== null && !building && can.publish) line("done", "good", ICONS.good, text("knowledge.published", {number: revision}), button(text("knowledge.undo"), () => void this.#back(), {kind: "small", act: "undo"}));
    if (count && !building) line("drafts", "accent", "M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4", text("knowledge.drafts", {count}), h("a", {class: "button small primary", href: addressOfView("changes"), "data-act": "changes"}, text(can.publish ? "knowledge.changes.publish" : "knowledge.changes.see")));
    if (!things.length) line("live", "", ICONS.good, revision ? text("knowledge.standing", {number: revision}) : text("knowledge.standing.file"), can.edit ? null : h("span", {class: "quiet"}, text("knowledge.read_only")));
    else if (!can.edit) line("locked", "", ICONS.locked, text("knowledge.read_only"));
    fill(this.lines, things);
  }

  async #back() {
    const {library, text} = this;
    const {revision} = library.standing;
    const to = this.#undo;
    if (to === null) return;
    say(this.said, "");
    try {
      this.began(await library.restore(to), revision);
      this.#undo = null;
      this.render();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(text, error));
    }
  }
}
