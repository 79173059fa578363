/** @import {Desk} from "../desk.js" */
/** @import {CannedReply} from "../shapes.js" */
/** @import {Thing} from "../parts.js" */
/** @import {Say} from "../words.js" */
import {h, icon, say} from "/static/dom.js";
import {chip, fill} from "../parts.js";
import {cannedOf} from "../talk/canned.js";
import {fitting, wordsFor} from "../talk/filling.js";
import {addressOfDetail, detail, empty, failed, frame, goTo, ICONS, loading, split} from "./frame.js";
import {Guard} from "./guard.js";
import {ReplyForm} from "./reply_form.js";

const PAGE = "replies";
const NEW = "new";
const SCOPES = ["all", "shared", "mine"];

/** @param {Desk} desk @param {Say} text */
export function open(desk, text) {
  return new Replies(desk, text);
}

/** The words that agents have ready: everybody's and one's own, in folders; and the form of the one that is chosen. */
class Replies {
  /** @type {ReplyForm | null} */ #form = null;
  #shown = "";
  #scope = "all";

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.canned = cannedOf(desk);
    const add = h("a", {class: "button primary", href: addressOfDetail(PAGE, NEW)}, icon(ICONS.plus), h("span", {}, text("replies.add")));
    const {element, main} = frame(desk, text, PAGE, add);
    this.element = element;
    this.find = h("input", {type: "search", placeholder: text("replies.find"), "aria-label": text("replies.find"), oninput: () => this.#fill()});
    this.scopes = h("div", {class: "segments", role: "group", "aria-label": text("replies.scope")}, ...SCOPES.map((scope) => h("button", {type: "button", "aria-pressed": String(scope === "all"), "data-scope": scope, onclick: () => this.#choose(scope)}, text(`replies.${scope}`))));
    this.list = h("ul", {class: "rows"});
    this.state = h("div", {}, loading(text));
    this.split = split(text, `menu.${PAGE}`);
    this.told = h("p", {class: "quiet told-line", role: "status"});
    this.split.list.append(h("div", {class: "toolbar"}, this.find, this.scopes), this.told, this.state, this.list);
    main.append(this.split.element);
    this.guard = new Guard(text);
    this.guard.isDirty = () => this.#form?.isDirty ?? false;
    addEventListener("hashchange", this.#moved);
    this.deaf = desk.hear("replies", () => this.#read());
    this.#read();
  }

  stop() {
    this.guard.stop();
    this.deaf();
    removeEventListener("hashchange", this.#moved);
  }

  async #read() {
    await this.canned.read();
    const {problem, isRead} = this.canned;
    if (problem && !isRead) return this.state.replaceChildren(failed(this.text, problem, () => this.#read()));
    this.#fill();
    this.#show();
  }

  #moved = () => {
    this.#show();
    this.#fill();
  };

  /** @param {string} scope */
  #choose(scope) {
    this.#scope = scope;
    for (const one of this.scopes.children) one.setAttribute("aria-pressed", String(one.getAttribute("data-scope") === scope));
    this.#fill();
  }

  /** @returns {CannedReply[]} */
  get #found() {
    const inScope = this.canned.all.filter((one) => this.#scope === "all" || one.is_shared === (this.#scope === "shared"));
    return fitting(inScope, this.find.value, this.text.language);
  }

  #fill() {
    if (!this.canned.isRead) return;
    const {text} = this;
    const found = this.#found;
    const folders = [...new Set(found.map((one) => one.folder))].sort((a, b) => Number(!a) - Number(!b) || a.localeCompare(b, text.language));
    const things = folders.flatMap((folder) => [...(folders.length > 1 || folder ? [this.#folder(folder, found)] : []), ...found.filter((one) => one.folder === folder).map((one) => this.#row(one))]);
    fill(this.list, things);
    const none = this.canned.all.length ? text("replies.nothing") : text("replies.none");
    this.state.replaceChildren(...(found.length ? [] : [empty(none)]));
  }

  /** @param {string} folder @param {CannedReply[]} found @returns {Thing} */
  #folder(folder, found) {
    const count = found.filter((one) => one.folder === folder).length;
    return {key: `folder/${folder}`, sign: `${folder}/${count}`, make: () => h("li", {class: "folder"}, h("h3", {dir: "auto"}, folder || this.text("replies.loose"), h("span", {class: "count"}, String(count))))};
  }

  /** @param {CannedReply} one @returns {Thing} */
  #row(one) {
    const {text} = this;
    const isOpen = detail() === one.id;
    const make = () =>
      h(
        "li",
        {},
        h(
          "a",
          {class: `row-line${isOpen ? " open" : ""}`, href: addressOfDetail(PAGE, one.id), "aria-current": isOpen && "true"},
          h("span", {class: "row-top"}, h("b", {dir: "auto"}, one.title), h("span", {class: "quiet code"}, `/${one.shortcut}`)),
          h("span", {class: "row-side"}, one.is_shared ? null : chip(text("replies.mine")), ...Object.keys(one.texts).map((tag) => h("span", {class: "tag", lang: "en"}, tag))),
          h("span", {class: "row-under quiet", dir: "auto"}, wordsFor(one, text.language).words),
        ),
      );
    return {key: one.id, sign: JSON.stringify([one, isOpen]), make};
  }

  #show() {
    const id = detail();
    const reply = this.canned.all.find((one) => one.id === id);
    const key = id && (id === NEW || reply) ? id : "";
    if (key === this.#shown) return;
    this.#shown = key;
    this.#form = key ? new ReplyForm(this.desk, this.text, reply ?? null, {saved: (saved) => this.#saved(saved), dropped: (gone) => this.#dropped(gone)}) : null;
    this.split.show(this.#form?.element ?? null);
    this.#form?.focus();
  }

  /** @param {CannedReply} saved */
  #saved(saved) {
    const isNew = !this.canned.all.some((one) => one.id === saved.id);
    this.canned.all = [...this.canned.all.filter((one) => one.id !== saved.id), saved];
    if (isNew) {
      this.#shown = saved.id; // the form goes on to show what came of it
      this.guard.pass(() => goTo(PAGE, saved.id));
    }
    this.#fill();
  }

  /** @param {CannedReply} gone */
  #dropped(gone) {
    this.canned.all = this.canned.all.filter((one) => one.id !== gone.id);
    this.guard.pass(() => goTo(PAGE));
    this.#fill();
    say(this.told, this.text("replies.dropped", {name: gone.title}));
  }
}
