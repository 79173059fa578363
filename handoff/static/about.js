/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Case} from "./shapes.js" */
/** @import {Thing} from "./parts.js" */
/** @import {Say} from "./words.js" */
import {h, icon} from "/static/dom.js";
import {recordOf} from "./call/record.js";
import {caseOf, openCases} from "./about/case.js";
import {doubt, doubtfulCaller} from "./about/doubt.js";
import {lastSaid, may} from "./about/may.js";
import {past, rated, route, times} from "./about/past.js";
import {Links} from "./about/links.js";
import {learned, tried, want, why} from "./about/want.js";
import {filled, who} from "./about/who.js";
import {Problem} from "./api.js";
import {fill, ICONS} from "./parts.js";
import {addressOf} from "./place.js";
import {teach} from "./talk/teach.js";

/**
 * The right pane: what they want, why they are here, what the bot tried, what may still be sent. These four stand above the fold and can be
 * read in five seconds; who this is, what was before, and how it came here follow.
 */
export class About {
  /** The folds that are open, by name: they stay so from one session to the next. @type {Set<string>} */ #unfolded = new Set();
  /** Cases of this customer's that our own lists do not have; null: not ours to read. @type {Map<string, Case | null>} */ #cases = new Map();

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.links = new Links(desk, text);
    this.back = h("a", {class: "button bare back", "aria-label": text("back"), title: text("back")}, icon(ICONS.back));
    this.body = h("div", {class: "facts-list"});
    this.element = h("section", {class: "pane about", tabindex: 0, "aria-label": text("about")}, h("header", {class: "head"}, h("div", {class: "row"}, this.back, h("h2", {}, text("about")))), this.body);
  }

  render() {
    const {open} = this.desk;
    const isReadable = open?.session && !open.problem;
    this.element.hidden = !isReadable;
    if (!open || !isReadable) return fill(this.body, []);
    this.back.setAttribute("href", addressOf(open.id));
    fill(this.body, this.#things(open));
  }

  /** @param {Conversation} open @returns {Thing[]} */
  #things(open) {
    const {desk, text} = this;
    const {packet, session, earlier, trace, intervals, rating} = open;
    const forms = open.forms ?? [];
    const channel = (desk.settings.channels ?? []).find((one) => one.name === session?.channel) ?? null;
    const cases = this.#openCases(open);
    const all = [
      open.case ? this.#thing("case", [open.case, desk.nameOf(open.case.agent_id), open.call?.back.may], () => caseOf(desk, text, /** @type {Case} */ (open.case))) : null,
      session?.is_doubtful && !open.call ? this.#thing("doubt", true, () => doubt(text)) : null,
      session?.is_doubtful && open.call ? this.#thing("caller", true, () => doubtfulCaller(text)) : null,
      packet ? this.#thing("want", [packet.wish, packet.bot_turns.length, packet.comment], () => [...want(text, packet), this.#takeIn(open)]) : null,
      packet ? this.#thing("why", [packet.reason, packet.trigger, packet.urgency, packet.category, packet.kind, packet.area, packet.sentiment], () => why(text, packet)) : null,
      packet ? this.#thing("tried", packet.bot_turns, () => tried(text, packet)) : null,
      this.#thing("may", [packet?.constraints, channel, session?.state, session?.last_customer_at, session?.customer_read_seq, lastSaid(open)], () => may(text, open, channel, packet)),
      packet && Object.keys(packet.slots).length ? this.#thing("learned", packet.slots, () => learned(text, packet)) : null,
      this.#thing("who", [packet?.customer, session?.customer_name, channel?.type, session?.page, session?.language, forms], () => who(text, open)),
      this.#links(open),
      forms.length ? this.#thing("forms", forms, () => filled(text, forms)) : null,
      rating ? this.#thing("rating", rating, () => rated(text, rating)) : null,
      cases.length ? this.#thing("open_cases", cases, () => openCases(desk, text, cases)) : null,
      earlier.length ? this.#thing("earlier", earlier, () => past(desk, text, earlier)) : null,
      open.call ? this.#fold("call", [open.call.record, open.call.began_at], () => recordOf(text, /** @type {import("./shapes.js").CallFacts} */ (open.call))) : null,
      trace.length ? this.#fold("trace", [trace, desk.people.size], () => route(desk, text, trace)) : null,
      intervals.length ? this.#fold("times", [intervals, session?.state_since], () => times(text, open)) : null,
    ];
    return all.filter((one) => one !== null).map((one) => ({...one, key: `${open.id}/${one.key}`}));
  }

  /** Where else they are known, where that is anything. @param {Conversation} open */
  #links(open) {
    const found = this.links.of(open);
    return found && this.#thing("links", found, () => this.links.show(open));
  }

  /** What the bot should have known is taken into the knowledge base from here, too. @param {Conversation} open */
  #takeIn(open) {
    return h("button", {type: "button", class: "take-in", onclick: () => void teach(this.desk, this.text, open, null)}, this.text("teach"));
  }

  /** @param {string} key @param {unknown} facts @param {() => (Node | null)[]} children @returns {Thing} */
  #thing(key, facts, children) {
    return {key, sign: JSON.stringify(facts), make: () => h("section", {class: key}, h("h3", {}, this.text(`about.${key}`)), ...children())};
  }

  /** What is read now and then: folded, and as it was left. @param {string} key @param {unknown} facts @param {() => (Node | null)[]} children @returns {Thing} */
  #fold(key, facts, children) {
    const turned = (/** @type {Event} */ event) => this.#unfolded[/** @type {HTMLDetailsElement} */ (event.target).open ? "add" : "delete"](key);
    const make = () => h("section", {class: key}, h("details", {open: this.#unfolded.has(key), ontoggle: turned}, h("summary", {}, h("h3", {}, this.text(`about.${key}`))), ...children()));
    return {key, sign: JSON.stringify(facts), make};
  }

  /** @param {Conversation} open @returns {{id: string, known: Case | null}[]} */
  #openCases({packet, case: own}) {
    const ids = (packet?.open_cases ?? []).filter((id) => id !== own?.id);
    const found = ids.map((id) => ({id, known: this.desk.cases.find((one) => one.id === id) ?? this.#cases.get(id)}));
    for (const {id, known} of found) if (known === undefined) this.#readCase(id);
    return found.filter(({known}) => known?.status !== "resolved").map(({id, known}) => ({id, known: known ?? null}));
  }

  /** @param {string} id */
  async #readCase(id) {
    this.#cases.set(id, null);
    try {
      this.#cases.set(id, (await this.desk.api.get(`cases/${id}`)).case);
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // not ours to read, or not now: its number is not shown then
    }
    this.desk.changed();
  }
}
