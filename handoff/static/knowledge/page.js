/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Entry, Whole} from "./shapes.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Guard} from "../admin/guard.js";
import {ICONS} from "../admin/frame.js";
import {Problem} from "../api.js";
import {pagesOf} from "../pages.js";
import {button, ICONS as SIGNS} from "../parts.js";
import {adminOf, go, HOME} from "../place.js";
import {trouble} from "../words.js";
import {Changes} from "./changes.js";
import {Check} from "./check.js";
import {commands} from "./commands.js";
import {EntryPane} from "./entry.js";
import {History} from "./history.js";
import {Library} from "./library.js";
import {List} from "./list.js";
import {addressOfView, goToEntry, goToView, route} from "./route.js";
import {StandingBar} from "./standing.js";
import {Suggestions} from "./suggestions.js";
import {Try} from "./try.js";

const VIEWS = /** @type {const} */ (["suggestions", "check", "history"]);
const ABOUT = {suggestions: "knowledge.suggestions.about", check: "knowledge.check.about", history: "knowledge.history.about"};

/** @param {Desk} desk @param {Say} text */
export function open(desk, text) {
  return new Knowledge(desk, text);
}

/** @typedef {{element: HTMLElement, open: () => Promise<void> | void, again: () => Promise<void> | void}} Pane */

/** What the bot answers from: all entries, the one that is open, and beside them the bot itself to be asked. */
export class Knowledge {
  /** @type {EntryPane | null} */ entry = null;
  /** @type {Pane | null} */ #pane = null;
  #shown = "?";
  /** What a new entry begins with. @type {Partial<Entry>} */ #start = {};
  #isChecked = false;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    const library = (this.library = new Library(desk));
    this.list = new List(desk, text, library);
    this.standing = new StandingBar(desk, text, library);
    this.try = new Try(desk, text, library, {add: (entry, words, isNot) => this.#teach(entry, {text: words, ...(isNot && {is_not: true})}), begin: (words) => this.begin({questions: [words]})});
    this.told = h("p", {class: "kb-told", role: "status"});
    this.place = h("div", {class: "kb-place"});
    this.shade = button(text("knowledge.try"), () => this.showTry(), {drawing: SIGNS.robot, kind: "small", act: "open-try"});
    this.add = h("a", {class: "button small", href: addressOfView("new"), "data-act": "add"}, icon(ICONS.plus), h("span", {}, text("knowledge.add")));
    this.views = this.#offered.map((view) => h("a", {class: "kb-view-link", href: addressOfView(view), "data-view": view}, text(`knowledge.${view}`)));
    this.body = h("div", {class: "kb"}, this.list.element, h("div", {class: "kb-middle"}, this.told, this.place), this.try.element);
    this.element = h("div", {class: "admin admin-knowledge"}, this.#nav(), this.#head(), this.body);
    this.try.element.addEventListener("shut", () => this.shade.focus());
    this.guard = new Guard(text);
    this.guard.isDirty = () => this.entry?.isDirty ?? false;
    addEventListener("hashchange", this.#moved);
    const forget = library.hear((what) => (what === "list" ? this.list.render() : this.#stands()));
    const forgetCommands = commands(this);
    this.stop = () => {
      forget();
      forgetCommands();
      this.list.stop();
      this.try.stop();
      library.stop();
      this.guard.stop();
      removeEventListener("hashchange", this.#moved);
    };
    void this.#begin();
  }

  #nav() {
    const {desk, text} = this;
    return h("nav", {class: "admin-nav", "aria-label": text("menu")}, ...pagesOf(desk.agent).map((name) => h("a", {href: adminOf(name), "aria-current": name === "knowledge" && "page"}, text(`menu.${name}`))));
  }

  #head() {
    const {text} = this;
    const all = h("a", {class: "kb-view-link", href: addressOfView(""), "data-view": ""}, text("knowledge.entries"));
    this.views.unshift(all);
    return h("header", {class: "kb-top"}, h("h2", {}, text("menu.knowledge")), h("nav", {class: "kb-views", "aria-label": text("knowledge.views")}, ...this.views), h("div", {class: "buttons"}, this.shade, this.add), this.standing.element);
  }

  /** What customers could not get answered is for supervisors. */
  get #offered() {
    return VIEWS.filter((view) => view !== "suggestions" || this.desk.isSupervisor);
  }

  /** What is open needs to know what may be done with it. */
  async #begin() {
    await this.library.read();
    this.#show();
  }

  #moved = () => {
    this.#show();
    this.list.render();
  };

  #stands() {
    this.standing.render();
    this.add.hidden = !this.library.standing.can.edit;
    void this.#pane?.again();
    if (!this.#isChecked && this.library.isRead) {
      this.#isChecked = true;
      void this.library.examine();
    }
  }

  /** Shows what the address names. @param {boolean} [isAnew] */
  #show(isAnew = false) {
    const {view, id} = route();
    const key = `${view}/${id}`;
    attribute(this.element, "data-view", view || "list");
    for (const link of this.views) attribute(link, "aria-current", link.dataset.view === (view === "entry" || view === "new" || view === "changes" ? "" : view) ? "page" : null);
    if (key === this.#shown && !isAnew) return;
    this.#shown = key;
    say(this.told, "");
    const pane = this.#make(view, id);
    this.#pane = pane;
    this.entry = pane instanceof EntryPane ? pane : null;
    this.place.replaceChildren(pane?.element ?? this.#lead());
    if (pane instanceof EntryPane) void pane.open(id ? {} : this.#start);
    else void pane?.open();
    this.#start = {};
    this.place.scrollTop = 0;
  }

  /** @param {string} view @param {string} id @returns {Pane | EntryPane | null} */
  #make(view, id) {
    const {desk, text, library} = this;
    const ears = {saved: (/** @type {Whole} */ whole) => this.#saved(whole), gone: (/** @type {string} */ words) => this.#gone(words)};
    switch (view) {
      case "entry":
      case "new":
        return new EntryPane(desk, text, library, id, ears);
      case "changes":
        return new Changes(desk, text, library, (number) => this.standing.began(number, library.standing.revision));
      case "history":
        return new History(desk, text, library, (number) => this.standing.began(number, library.standing.revision));
      case "suggestions":
        return new Suggestions(desk, text, library, {begin: (start) => this.begin(start), add: (entry, questions, session) => this.#take(entry, questions, session)});
      case "check":
        return new Check(desk, text, library);
      default:
        return null;
    }
  }

  /** Nothing is open yet: what can be done here. */
  #lead() {
    const {text} = this;
    const card = (/** @type {"suggestions" | "check" | "history"} */ view) => h("a", {class: "kb-card", href: addressOfView(view)}, h("b", {}, text(`knowledge.${view}`)), h("span", {class: "quiet"}, text(ABOUT[view])));
    return h("div", {class: "kb-lead-box"}, h("p", {class: "quiet"}, text("lead.knowledge")), h("div", {class: "kb-cards"}, ...this.#offered.map(card)));
  }

  /** A new entry with these words. @param {Partial<Entry>} start */
  begin(start) {
    this.#start = start;
    if (route().view === "new" && !this.entry?.isDirty) this.#show(true);
    else goToView("new");
  }

  /** @param {Whole} whole */
  #saved(whole) {
    const id = whole.entry?.id ?? "";
    if (id && route().id !== id) {
      this.#shown = `entry/${id}`; // the form goes on to show what came of it
      this.guard.pass(() => goToEntry(id));
    }
    this.try.again();
  }

  /** @param {string} words */
  #gone(words) {
    this.guard.pass(() => goToEntry());
    setTimeout(() => say(this.told, words));
  }

  /** Another question of an entry; says what came of it. @param {string} entry @param {{text: string, is_not?: boolean, session_id?: string | null, seq?: number | null}} question */
  async #teach(entry, question) {
    try {
      const whole = await this.library.add(entry, question);
      if (this.entry?.id === entry && whole.entry) this.entry.form?.joined(whole, question.is_not ? "not_questions" : "questions", question.text);
      this.entry?.render();
      return this.text(question.is_not ? "knowledge.try.denied" : "knowledge.try.added");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return trouble(this.text, error);
    }
  }

  /** @param {string} entry @param {string[]} questions @param {string | null} session */
  async #take(entry, questions, session) {
    let said = "";
    for (const text of questions) said = await this.#teach(entry, {text, ...(session && {session_id: session})});
    return said;
  }

  showTry() {
    this.try.open();
  }

  /** Back to the list, and from there to the desk. */
  leave() {
    if (this.try.element.hasAttribute("data-open")) this.try.close();
    else go(route().view ? addressOfView("") : HOME);
  }
}
