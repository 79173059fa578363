/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Revision} from "./shapes.js" */
import {h, icon, say} from "/static/dom.js";
import {ask, empty, failed, ICONS, loading} from "../admin/frame.js";
import {Problem} from "../api.js";
import {momentOf} from "../moments.js";
import {button, chip} from "../parts.js";
import {trouble} from "../words.js";
import {addressOfView} from "./route.js";

/** Every publication, by whom and when; each can be brought back, which is a publication of its own. */
export class History {
  #seen = "";

  /** @param {Desk} desk @param {Say} text @param {Library} library @param {(number: number, restored: number) => void} restored */
  constructor(desk, text, library, restored) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.restored = restored;
    this.said = h("p", {class: "wrong", role: "alert"});
    this.body = h("div", {class: "kb-view-body"}, loading(text, 3));
    const back = h("a", {class: "button bare kb-back", href: addressOfView(""), "aria-label": text("knowledge.back"), title: text("knowledge.back")}, icon(ICONS.back));
    this.element = h("article", {class: "kb-view", "aria-label": text("knowledge.history")}, h("header", {class: "kb-head"}, back, h("div", {class: "kb-title"}, h("h2", {}, text("knowledge.history")))), this.said, this.body);
  }

  async open() {
    const {text, library} = this;
    this.#seen = this.#sign;
    try {
      const revisions = await library.revisions();
      this.body.replaceChildren(revisions.length ? h("ol", {class: "kb-revisions"}, ...revisions.map((one) => this.#line(one))) : empty(text("knowledge.history.none")));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.body.replaceChildren(failed(text, error, () => void this.open()));
    }
  }

  get #sign() {
    const {revision, building, can} = this.library.standing;
    return `${revision}/${building}/${can.publish}`;
  }

  again() {
    if (this.#seen !== this.#sign) void this.open();
  }

  /** @param {Revision} revision */
  #line({number, at, by, by_name: byName, comment, entry_count: count, restored_from: from}) {
    const {text, library, desk} = this;
    const {standing} = library;
    const isLive = number === standing.revision;
    const facts = [byName || desk.nameOf(by) || by, momentOf(at, text), text("knowledge.count", {count})].filter(Boolean).join(" · ");
    const restore = isLive || !standing.can.publish ? null : button(text("knowledge.restore"), () => void this.restore(number), {kind: "small", act: `restore-${number}`});
    return h(
      "li",
      {class: isLive ? "live" : ""},
      h("p", {class: "kb-revision"}, h("b", {}, text("knowledge.revision", {number})), isLive ? chip(text("knowledge.live"), "accent") : null, typeof from === "number" ? chip(text("knowledge.restored_from", {number: from})) : null),
      comment ? h("p", {dir: "auto"}, comment) : null,
      h("p", {class: "quiet"}, facts),
      restore,
    );
  }

  /** @param {number} number */
  async restore(number) {
    const {text, library} = this;
    const isSure = await ask(text, {title: text("knowledge.restore.title", {number}), words: text("knowledge.restore.words"), act: text("knowledge.restore")});
    if (!isSure) return;
    say(this.said, "");
    try {
      this.restored(await library.restore(number), number);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(text, error));
    }
  }
}
