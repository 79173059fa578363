/** @import {Desk} from "./desk.js" */
/** @import {Case, Offer, Session, Waiting} from "./shapes.js" */
/** @import {Thing} from "./parts.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {clock, momentOf, since, ticking, timeOf} from "./moments.js";
import {button, chip, countdown, fill, percent, toneOf} from "./parts.js";
import {addressOf, go} from "./place.js";
import {named, trouble} from "./words.js";

/** @typedef {{element: HTMLElement, list: HTMLElement, count: HTMLElement, empty: HTMLElement}} Section */

/** The left pane: what is offered to me, what is mine, what waits, which cases are open. */
export class Lists {
  /** @type {Map<string, Problem>} */ #problems = new Map();
  /** @type {Set<string>} */ #busy = new Set();
  /** @type {Set<string>} */ #announced = new Set();

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.news = h("p", {class: "hidden", "aria-live": "assertive"});
    this.hint = h("div", {class: "hint", hidden: true}, h("p", {}, text("status.hint")), button(text("status.go"), () => this.#goAvailable(), {kind: "small primary"}));
    this.offers = this.#section("offers");
    this.mine = this.#section("mine");
    this.queue = this.#section("queue");
    this.others = this.#section("others");
    this.cases = this.#section("cases");
    const parts = [this.offers, this.mine, this.queue, this.others, this.cases];
    this.element = h("nav", {class: "pane lists", "aria-label": text("lists")}, this.news, this.hint, ...parts.map((part) => part.element));
  }

  /** @param {string} name */
  #section(name) {
    const count = h("span", {class: "count"});
    const list = h("ul", {"aria-labelledby": `list-${name}`});
    const empty = h("p", {class: "empty"}, this.text(`${name}.none`));
    const element = h("section", {class: name}, h("h2", {id: `list-${name}`}, this.text(name), count), list, empty);
    return {element, list, count, empty};
  }

  render() {
    const {desk, text} = this;
    this.hint.hidden = !desk.isLoaded || desk.agent?.status === "available";
    const offers = [...desk.offers.values()];
    this.#fill(this.offers, offers.map((offer) => this.#offer(offer)), offers.length);
    this.offers.element.hidden = !offers.length;
    const mine = [...desk.sessions.values()];
    this.#fill(this.mine, mine.map((session) => this.#session(session)), mine.length);
    const waiting = desk.queue.filter((entry) => !desk.offers.has(entry.session_id));
    this.#fill(this.queue, waiting.map((entry) => this.#waiting(entry)), Math.max(waiting.length, desk.queueTotal - offers.length));
    this.others.element.hidden = !desk.isSupervisor || !desk.others.length;
    this.#fill(this.others, desk.others.map((session) => this.#session(session)), desk.others.length);
    this.#fill(this.cases, desk.cases.map((one) => this.#case(one)), desk.cases.length);
    for (const {handoff_id, packet} of offers) {
      if (this.#announced.has(handoff_id)) continue;
      this.#announced.add(handoff_id);
      say(this.news, text("offer.news", {wish: packet.wish}));
    }
  }

  /** @param {Section} section @param {Thing[]} things @param {number} count */
  #fill(section, things, count) {
    fill(section.list, things);
    say(section.count, count ? String(count) : "");
    section.empty.hidden = things.length > 0 || !this.desk.isLoaded;
  }

  /** @param {Offer} offer @returns {Thing} */
  #offer(offer) {
    const {text} = this;
    const {session_id: id, packet} = offer;
    const problem = this.#problems.get(id);
    const turn = packet.bot_turns[packet.bot_turns.length - 1];
    const make = () =>
      h(
        "li",
        {class: "offer"},
        h("div", {class: "top"}, h("span", {class: "from"}, packet.customer.name || named(text, "channel", packet.channel_type)), this.#urgency(packet.urgency), countdown(offer.offered_at, offer.expires_at, text)),
        h("a", {class: "wish", href: addressOf(id)}, packet.wish || text("wish.none")),
        h("p", {class: "why"}, named(text, "reason", offer.reason), turn && turn.confidence > 0 ? h("span", {class: "sure"}, text("bot.sure", {percent: percent(turn.confidence)})) : null),
        packet.comment ? h("p", {class: "comment"}, packet.comment) : null,
        h(
          "div",
          {class: "buttons"},
          button(text("accept"), () => this.take(id), {kind: "primary", act: "accept"}),
          button(text("reject"), () => this.#do(id, "reject"), {act: "reject"}),
        ),
        problem ? h("p", {class: "wrong", role: "alert"}, trouble(text, problem)) : null,
      );
    return {key: offer.handoff_id, sign: `${offer.expires_at}/${problem?.detail}`, make};
  }

  /** @param {Session} session @returns {Thing} */
  #session(session) {
    const {desk, text} = this;
    const tail = desk.tails.get(session.id);
    const isOpen = desk.open?.id === session.id;
    const isMine = session.agent_id === desk.agent?.id;
    const unread = isMine ? (tail?.unread ?? 0) : 0;
    const make = () => {
      const waits = session.state === "active" && session.last_customer_at;
      return h(
        "li",
        {},
        h(
          "a",
          {class: `line${isOpen ? " open" : ""}${unread ? " unread" : ""}`, href: addressOf(session.id), "aria-current": isOpen && "true"},
          h(
            "span",
            {class: "top"},
            h("span", {class: "from"}, session.customer_name || text("customer")),
            chip(named(text, "state", session.state), toneOf(session.state)),
            waits ? ticking(h("span", {class: "time warn"}), () => clock(since(waits))) : h("span", {class: "time"}, timeOf(session.state_since, text)),
          ),
          h(
            "span",
            {class: "last"},
            isMine ? this.#lastWords(tail?.last?.author, tail?.last?.text) : h("span", {class: "words"}, session.agent_name ?? ""),
            unread ? h("span", {class: "badge", "aria-label": text("unread", {count: unread})}, String(unread)) : null,
          ),
        ),
      );
    };
    const sign = [session.state, session.state_since, session.agent_name, session.customer_name, session.last_customer_at, tail?.seq, unread, isOpen].join("/");
    return {key: session.id, sign, make};
  }

  /** @param {string | undefined} author @param {string | undefined} words */
  #lastWords(author, words) {
    const who = author === "agent" ? this.text("you") : author === "bot" ? this.text("author.bot") : "";
    return h("span", {class: "words"}, who ? `${who}: ` : "", words ?? "");
  }

  /** @param {Waiting} entry @returns {Thing} */
  #waiting(entry) {
    const {desk, text} = this;
    const {session_id: id} = entry;
    const problem = this.#problems.get(id);
    const isOpen = desk.open?.id === id;
    const queue = desk.settings.queues.length > 1 ? (desk.settings.queues.find((one) => one.name === entry.queue)?.title ?? entry.queue) : "";
    const make = () =>
      h(
        "li",
        {class: "waits"},
        h(
          "a",
          {class: `line${isOpen ? " open" : ""}`, href: addressOf(id), "aria-current": isOpen && "true"},
          h("span", {class: "top"}, h("span", {class: "from"}, entry.wish || text("wish.none")), this.#urgency(entry.urgency), ticking(h("span", {class: "time"}), () => clock(since(entry.requested_at)))),
          h("span", {class: "last"}, h("span", {class: "words"}, [named(text, "reason", entry.reason), queue, entry.stage === "offered" ? text("queue.offered") : ""].filter(Boolean).join(" · "))),
        ),
        entry.stage === "queued" ? button(text("take"), () => this.take(id), {kind: "small", act: "take"}) : null,
        problem ? h("p", {class: "wrong", role: "alert"}, trouble(text, problem)) : null,
      );
    return {key: entry.handoff_id, sign: `${entry.stage}/${entry.wish}/${isOpen}/${problem?.detail}`, make};
  }

  /** @param {Case} one @returns {Thing} */
  #case(one) {
    const {desk, text} = this;
    const isOpen = desk.open?.id === one.session_id;
    const make = () =>
      h(
        "li",
        {},
        h(
          "a",
          {class: `line${isOpen ? " open" : ""}`, href: addressOf(one.session_id), "aria-current": isOpen && "true"},
          h("span", {class: "top"}, h("span", {class: "from"}, one.subject), h("span", {class: "time"}, momentOf(one.opened_at, text))),
          h("span", {class: "last"}, h("span", {class: "words"}, `${one.number} · ${named(text, "case.status", one.status)}`)),
        ),
      );
    return {key: one.id, sign: `${one.version}/${isOpen}`, make};
  }

  /** @param {string} urgency */
  #urgency(urgency) {
    return urgency === "high" || urgency === "urgent" ? chip(named(this.text, "urgency", urgency), "bad") : null;
  }

  /** Accepts, and goes there. @param {string} id */
  async take(id) {
    if (await this.#do(id, "accept")) go(addressOf(id));
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
