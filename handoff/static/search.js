/** @import {Desk} from "./desk.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {Lines} from "./lines.js";
import {button, fill, ICONS} from "./parts.js";
import {HOME, place, searchOf} from "./place.js";
import {rove} from "./roving.js";
import {trouble} from "./words.js";

const PAUSE_MS = 300;
const WANTED_COUNT = 20;
/** One call looks at a bounded number of messages and may find few: so many calls are one search, and the agent decides whether it goes on. */
const CALLS_MAX = 4;
const SLOW_MS = 1_500;

/** @typedef {{session: Session, snippet: string}} Found */

/** Asks the record: the sessions that hold these words, page by page. @param {Desk} desk @param {string} query @param {string} after @param {number} limit */
export async function find(desk, query, after = "", limit = WANTED_COUNT) {
  /** @type {{items: Found[], next: string | null}} */
  const answer = await desk.api.get(`search?q=${encodeURIComponent(query.slice(0, 200))}&limit=${limit}${after && `&after=${encodeURIComponent(after)}`}`);
  return answer;
}

/** The left pane while something is looked for: the field, what was found, and why there is nothing. */
export class Search {
  /** @type {Found[]} */ #items = [];
  /** @type {string | null} */ #next = null;
  /** What was last looked for; null: nothing yet. @type {string | null} */ #asked = null;
  #isAsking = false;
  #call = 0;
  /** @type {number | undefined} */ #timer;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.lines = new Lines(desk, text, {take: () => {}, reject: () => {}, problemOf: () => undefined});
    this.field = h("input", {type: "search", class: "query", "aria-label": text("search"), placeholder: text("search.hint"), maxlength: 200, spellcheck: "false", autocomplete: "off", oninput: () => this.#typed()});
    this.list = h("ul", {"aria-label": text("search.results")});
    this.state = h("p", {class: "state", role: "status"});
    this.wrong = h("div", {class: "state wrong", role: "alert", hidden: true});
    this.more = button(text("search.more"), () => this.#ask(this.#asked ?? "", true), {kind: "small more", act: "more"});
    this.element = h(
      "nav",
      {class: "pane lists search", "aria-label": text("search"), hidden: true, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event)},
      h("div", {class: "first"}, h("a", {class: "button bare", href: HOME, "aria-label": text("search.leave"), title: text("search.leave")}, icon(ICONS.back)), this.field),
      this.state, this.wrong, this.list, this.more,
    );
    rove(this.element);
  }

  /** @param {boolean} isShown */
  show(isShown) {
    const wasHidden = this.element.hidden;
    this.element.hidden = !isShown;
    if (!isShown) return;
    const {query, id} = place();
    if (wasHidden || (query !== this.#asked && document.activeElement !== this.field)) this.field.value = query;
    if (query !== this.#asked) this.#ask(query);
    if (wasHidden && !id) this.field.focus();
  }

  render() {
    fill(this.list, this.#items.map((found) => this.lines.found(found, this.#asked ?? "")));
    attribute(this.list.querySelector("a.line.open") ?? this.list.querySelector("a.line") ?? this.list, "tabindex", this.#items.length ? 0 : null);
    this.more.hidden = !this.#next || this.#isAsking;
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => location.replace(searchOf(this.field.value.trim())), PAUSE_MS); // "back" need not undo each letter
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing || event.target !== this.field) return;
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    const first = /** @type {HTMLElement | null} */ (this.list.querySelector("a.line"));
    if (event.key === "Enter" && first) first.click();
    else first?.focus();
  }

  /** @param {string} query @param {boolean} [isMore] */
  async #ask(query, isMore = false) {
    const call = ++this.#call;
    this.#asked = query;
    if (!isMore) [this.#items, this.#next] = [[], null];
    this.wrong.hidden = true;
    this.#isAsking = Boolean(query);
    this.#say(query ? "search.asking" : "search.empty");
    this.render();
    if (!query) return;
    const slow = setTimeout(() => call === this.#call && this.#say("search.slow"), SLOW_MS);
    try {
      await this.#collect(query, call);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (call === this.#call) this.#failed(error);
    } finally {
      clearTimeout(slow);
      if (call === this.#call) ((this.#isAsking = false), this.render());
    }
  }

  /** @param {string} query @param {number} call */
  async #collect(query, call) {
    const from = this.#items.length;
    for (let calls = 0; calls < CALLS_MAX; calls++) {
      const {items, next} = await find(this.desk, query, this.#next ?? "");
      if (call !== this.#call) return;
      const known = new Set(this.#items.map(({session}) => session.id));
      this.#items.push(...items.filter(({session}) => !known.has(session.id)));
      this.#next = next;
      this.render();
      if (!next || this.#items.length - from >= WANTED_COUNT) break;
    }
    const count = this.#items.length;
    this.#say(count ? "search.count" : this.#next ? "search.nothing_yet" : "search.none", {count, more: this.#next ? "+" : "", query});
  }

  /** @param {string} key @param {Record<string, string | number>} [values] */
  #say(key, values) {
    say(this.state, this.text(key, values));
  }

  /** @param {Problem} problem */
  #failed(problem) {
    say(this.state, "");
    this.wrong.hidden = false;
    this.wrong.replaceChildren(h("p", {}, trouble(this.text, problem)), button(this.text("retry"), () => this.#ask(this.#asked ?? ""), {kind: "small"}));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#call++;
  }
}
