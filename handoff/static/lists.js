/** @import {Desk} from "./desk.js" */
/** @import {Part} from "./reading.js" */
/** @import {Session} from "./shapes.js" */
/** @import {Thing} from "./parts.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {Lines} from "./lines.js";
import {dueFirst} from "./mail/due.js";
import {button, fill, ICONS} from "./parts.js";
import {addressOf, go} from "./place.js";
import {rove} from "./roving.js";
import {trouble} from "./words.js";

/** @typedef {{name: string, element: HTMLElement, list: HTMLElement, count: HTMLElement, empty: HTMLElement, more: HTMLElement, body: HTMLElement}} Section */

/** Who is due first stands first, as this agent likes it. */
const BY_DUE = "order/due";

/** The left pane: what is offered to me, what is mine, what waits, what colleagues have, which cases are open. */
export class Lists {
  /** @type {Map<string, Problem>} */ #problems = new Map();
  /** @type {Set<string>} */ #busy = new Set();
  /** @type {Set<string>} */ #announced = new Set();

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.lines = new Lines(desk, text, {take: (id) => this.take(id), reject: (id) => this.reject(id), problemOf: (id) => this.#problems.get(id)});
    this.news = h("p", {class: "hidden", "aria-live": "assertive"});
    this.hint = h("div", {class: "hint", hidden: true}, h("p", {}, text("status.hint")), button(text("status.go"), () => this.#goAvailable(), {kind: "small primary"}));
    this.order = button(text("mail.due_first"), () => this.#turnOrder(), {kind: "small due-first", act: "due-first"});
    this.order.hidden = true;
    this.offers = this.#section("offers");
    this.mine = this.#section("mine");
    this.queue = this.#section("queue");
    this.others = this.#section("others");
    this.cases = this.#section("cases");
    this.sections = [this.offers, this.mine, this.queue, this.others, this.cases];
    this.element = h("nav", {class: "pane lists", "aria-label": text("lists")}, this.news, this.hint, this.order, ...this.sections.map((part) => part.element));
    rove(this.element);
  }

  /** @param {string} name @returns {Section} */
  #section(name) {
    const {text, desk} = this;
    const count = h("span", {class: "count"});
    const list = h("ul", {"aria-labelledby": `list-${name}`});
    const empty = h("p", {class: "empty"}, text(`${name}.none`));
    const more = button(text("more"), () => desk.reading.more(/** @type {Part} */ (name)), {kind: "small more", act: "more"});
    const body = h("div", {hidden: desk.keep.get(`fold/${name}`) === true}, list, empty, more);
    const opener = h("button", {type: "button", class: "fold", "aria-expanded": String(!body.hidden), onclick: () => this.#fold(name, opener, body)}, icon(ICONS.fold), h("span", {id: `list-${name}`}, text(name)), count);
    const element = h("section", {class: name}, h("h2", {}, opener), body);
    return {name, element, list, count, empty, more, body};
  }

  /** @param {string} name @param {HTMLElement} opener @param {HTMLElement} body */
  #fold(name, opener, body) {
    body.hidden = !body.hidden;
    attribute(opener, "aria-expanded", String(!body.hidden));
    if (body.hidden) this.desk.keep.put(`fold/${name}`, true);
    else this.desk.keep.drop(`fold/${name}`);
  }

  render() {
    const {desk, lines} = this;
    this.hint.hidden = !desk.isLoaded || desk.agent?.status === "available" || Boolean(desk.meanwhile.absence?.status); // said above already
    const offers = [...desk.offers.values()];
    this.#fill(this.offers, offers.map((offer) => lines.offer(offer)), offers.length);
    this.offers.element.hidden = !offers.length;
    const all = [...desk.sessions.values(), ...desk.others];
    const isByDue = desk.keep.get(BY_DUE) === true;
    this.order.hidden = !all.some(({due_at: due}) => due);
    attribute(this.order, "aria-pressed", String(isByDue));
    const ordered = (/** @type {Session[]} */ sessions) => (isByDue && !this.order.hidden ? dueFirst(sessions) : sessions);
    const mine = ordered(inOrder([...desk.sessions.values()]));
    this.#fill(this.mine, mine.map((session) => lines.session(session)), mine.length);
    const waiting = desk.queue.filter(({session_id: id}) => !desk.offers.has(id) && !desk.sessions.has(id)); // what is mine waits no more, whichever list was read first
    this.#fill(this.queue, waiting.map((entry) => lines.waiting(entry)), Math.max(waiting.length, desk.queueTotal - offers.length));
    this.others.element.hidden = !desk.isSupervisor || !desk.others.length;
    this.#fill(this.others, ordered(desk.others).map((session) => lines.session(session)), desk.others.length);
    this.#fill(this.cases, desk.cases.map((one) => lines.case(one)), desk.cases.length);
    this.#announce();
  }

  #turnOrder() {
    if (this.desk.keep.get(BY_DUE)) this.desk.keep.drop(BY_DUE);
    else this.desk.keep.put(BY_DUE, true);
    this.desk.changed();
  }

  #announce() {
    for (const {handoff_id, packet} of this.desk.offers.values()) {
      if (this.#announced.has(handoff_id)) continue;
      this.#announced.add(handoff_id);
      say(this.news, this.text("offer.news", {wish: packet.wish}));
    }
  }

  /** @param {Section} section @param {Thing[]} things @param {number} count */
  #fill(section, things, count) {
    const {name, list, empty, more} = section;
    const hasMore = this.desk.reading.hasMore(name);
    fill(list, things);
    say(section.count, count ? `${count}${hasMore && name !== "queue" ? "+" : ""}` : "");
    empty.hidden = things.length > 0 || !this.desk.isLoaded;
    more.hidden = !hasMore;
    const stop = list.querySelector("a.line[tabindex='0']");
    const wanted = list.querySelector("a.line.open") ?? stop ?? list.querySelector("a.line");
    if (stop && stop !== wanted) attribute(stop, "tabindex", -1);
    if (wanted) attribute(wanted, "tabindex", 0); // one stop of the Tab key for each list; the arrows walk
  }

  /** Accepts, and goes there. @param {string} id */
  async take(id) {
    if (await this.#do(id, "accept")) go(addressOf(id));
  }

  /** @param {string} id */
  reject(id) {
    return this.#do(id, "reject");
  }

  /** @param {string} id @param {string} action */
  async #do(id, action) {
    if (this.#busy.has(id)) return false;
    this.#busy.add(id);
    this.#problems.delete(id);
    try {
      await this.desk.api.post(`sessions/${id}/${action}`);
      this.desk.offers.delete(id);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#problems.set(id, error);
      return false;
    } finally {
      this.#busy.delete(id);
      this.desk.changed();
      this.desk.readLists();
      if (this.desk.open?.id === id) this.desk.open.read();
    }
  }

  async #goAvailable() {
    try {
      await this.desk.setStatus("available");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(/** @type {Element} */ (this.hint.firstElementChild), trouble(this.text, error));
      attribute(this.hint, "role", "alert");
    }
  }
}

/** Who waits for an answer comes first, the longest before the others; then those that were answered, the newest first. @param {Session[]} sessions */
export function inOrder(sessions) {
  const waits = (/** @type {Session} */ {state}) => state === "active";
  const since = (/** @type {Session} */ session) => Date.parse((waits(session) ? session.last_customer_at : session.state_since) ?? session.state_since);
  const keyed = sessions.map((session) => ({session, waits: waits(session), at: since(session)}));
  keyed.sort((a, b) => (a.waits !== b.waits ? (a.waits ? -1 : 1) : a.waits ? a.at - b.at : b.at - a.at));
  return keyed.map(({session}) => session);
}
