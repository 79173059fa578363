/** @import {Desk} from "./desk.js" */
/** @import {Case, Offer, Session, Waiting} from "./shapes.js" */
/** @import {Thing} from "./parts.js" */
/** @import {Problem} from "./api.js" */
/** @import {Say} from "./words.js" */
import {attribute, h} from "/static/dom.js";
import {momentOf, since, spanOf as passed, ticking, until} from "./moments.js";
import {callerOf, callMark, signOfCall} from "./call/stage.js";
import {customerIn, customerOf, typeOf} from "./called.js";
import {due} from "./mail/due.js";
import {bare, goesByMail} from "./mail/kind.js";
import {button, channelSign, chip, countdown, percent, toneOf} from "./parts.js";
import {addressOf, searchOf} from "./place.js";
import {spanOf, stageOf} from "./talk/allowance.js";
import {named, queueOf, shortly, trouble} from "./words.js";

/** Of the kinds, only this one changes how a line is read. */
const COMPLAINT = "complaint";
/** Who waits longer than this is to be seen, and who waits longer than that not to be overlooked. */
const [LONG_S, TOO_LONG_S] = [120, 300];

/** @typedef {{take: (id: string) => void, reject: (id: string) => void, problemOf: (id: string) => Problem | undefined}} Deeds */

/** The lines of the left pane: each a thing that is made anew only when what it shows differs. */
export class Lines {
  /** @param {Desk} desk @param {Say} text @param {Deeds} deeds */
  constructor(desk, text, deeds) {
    this.desk = desk;
    this.text = text;
    this.deeds = deeds;
  }

  /** @param {Offer} offer @returns {Thing} */
  offer(offer) {
    const {text, deeds} = this;
    const {session_id: id, packet} = offer;
    const problem = deeds.problemOf(id);
    const turn = packet.bot_turns[packet.bot_turns.length - 1];
    const from = (offer.call && !packet.customer.name && callerOf(text, offer.call)) || customerIn(text, packet);
    const make = () =>
      h(
        "li",
        {class: "offer"},
        h("div", {class: "first"}, channelSign(text, packet.channel_type), h("span", {class: "from", dir: "auto"}, from), this.#urgency(packet.urgency), countdown(offer.offered_at, offer.expires_at, text)),
        h("a", {class: "wish", href: addressOf(id), dir: "auto"}, packet.wish || text("wish.none")),
        h("p", {class: "why"}, callMark(text, offer.call), this.#complaint(packet.kind), named(text, "reason", offer.reason), turn && turn.confidence > 0 ? h("span", {class: "sure"}, text("bot.sure", {percent: percent(turn.confidence)})) : null),
        packet.is_doubtful || packet.due_at ? h("p", {class: "why"}, packet.is_doubtful ? chip(text(offer.call ? "call.unproven" : "mail.proof.none"), "warn") : null, packet.due_at ? due(text, packet.due_at) : null) : null,
        packet.comment ? h("p", {class: "comment", dir: "auto"}, packet.comment) : null,
        h(
          "div",
          {class: "buttons"},
          button(text("accept"), () => deeds.take(id), {kind: "primary", act: "accept"}),
          button(text("reject"), () => deeds.reject(id), {act: "reject"}),
        ),
        this.#wrong(problem),
      );
    return {key: offer.handoff_id, sign: `${offer.expires_at}/${problem?.code}/${signOfCall(offer.call)}`, make};
  }

  /** @param {Session} session @returns {Thing} */
  session(session) {
    const {desk, text} = this;
    const tail = desk.tails.get(session.id);
    const isOpen = desk.open?.id === session.id;
    const isMine = session.agent_id === desk.agent?.id;
    const unread = isMine ? (tail?.unread ?? 0) : 0;
    const type = typeOf(desk, session.channel);
    const last = tail?.last;
    const make = () =>
      this.#line(session.id, isOpen, unread ? "unread" : "", {
        mark: channelSign(text, type),
        from: customerOf(desk, text, session),
        aside: [this.#state(session), isMine ? this.#window(session) : null, callMark(text, session.call) ?? this.#time(session)],
        words: subjected(session.subject, isMine ? (session.subject && last?.author === "system" ? "" : said(last?.author, shortly(text, last?.text), text)) : [session.agent_name, shortly(text, last?.text)].filter(Boolean).join(" · ")),
        end: unread ? h("span", {class: "badge", role: "img", "aria-label": text("unread", {count: unread})}, unread > 99 ? "99+" : String(unread)) : null,
      });
    const sign = [session.state, session.state_since, session.agent_name, session.customer_name, session.last_customer_at, tail?.seq, last?.seq, unread, isOpen, type, stageOf(session), session.window?.left, session.subject, session.due_at, signOfCall(session.call)].join("/");
    return {key: session.id, sign, make};
  }

  /** @param {Waiting} entry @returns {Thing} */
  waiting(entry) {
    const {desk, text, deeds} = this;
    const {session_id: id} = entry;
    const problem = deeds.problemOf(id);
    const isOpen = desk.open?.id === id;
    const queue = desk.settings.queues.length > 1 ? queueOf(text, desk, entry.queue) : "";
    const type = typeOf(desk, entry.channel);
    const make = () => {
      const made = this.#line(id, isOpen, "", {
        mark: channelSign(text, type),
        from: entry.wish || text("wish.none"),
        aside: [callMark(text, entry.call), this.#urgency(entry.urgency), entry.due_at ? due(text, entry.due_at) : waitOf(entry.requested_at, text("waited"))],
        words: [entry.kind === COMPLAINT ? named(text, "matter", COMPLAINT) : "", named(text, "reason", entry.reason), queue, entry.stage === "offered" ? text("queue.offered") : ""].filter(Boolean).join(" · "),
        end: null,
      });
      made.classList.add("waits");
      if (entry.stage === "queued") made.append(button(text("take"), () => deeds.take(id), {kind: "small", act: "take"}));
      made.append(this.#wrong(problem) ?? "");
      return made;
    };
    return {key: entry.handoff_id, sign: `${entry.stage}/${entry.due_at}/${entry.wish}/${isOpen}/${problem?.code}/${type}/${signOfCall(entry.call)}`, make};
  }

  /** @param {Case} one @returns {Thing} */
  case(one) {
    const {desk, text} = this;
    const isOpen = desk.open?.id === one.session_id;
    const holder = one.agent_id === desk.agent?.id ? text("you") : desk.nameOf(one.agent_id);
    const make = () =>
      this.#line(one.session_id, isOpen, "", {
        mark: channelSign(text, typeOf(desk, one.channel)),
        from: one.subject,
        aside: [h("span", {class: "time"}, momentOf(one.opened_at, text))],
        words: [one.number, named(text, "case.status", one.status), holder].filter(Boolean).join(" · "),
        end: null,
      });
    return {key: one.id, sign: `${one.version}/${isOpen}/${holder}`, make};
  }

  /** A session that a search has found. @param {{session: Session, snippet: string}} found @param {string} query @returns {Thing} */
  found({session, snippet}, query) {
    const {desk, text} = this;
    const isOpen = desk.open?.id === session.id;
    const make = () => {
      const made = this.#line(session.id, isOpen, "", {
        mark: channelSign(text, typeOf(desk, session.channel)),
        from: customerOf(desk, text, session),
        aside: [chip(named(text, "state", session.state), toneOf(session.state)), h("span", {class: "time"}, momentOf(session.opened_at, text))],
        words: marked(snippet, query),
        end: null,
      });
      made.querySelector("a")?.setAttribute("href", searchOf(query, session.id));
      return made;
    };
    return {key: session.id, sign: `${session.version}/${isOpen}/${snippet}`, make};
  }

  /**
   * @param {string} id @param {boolean} isOpen @param {string} kind
   * @param {{mark: Node, from: string, aside: (Node | null)[], words: string | Node, end: Node | null}} shown
   */
  #line(id, isOpen, kind, {mark, from, aside, words, end}) {
    return h(
      "li",
      {},
      h(
        "a",
        {class: `line ${kind}${isOpen ? " open" : ""}`, href: addressOf(id), "data-id": id, "data-act": "open", "aria-current": isOpen && "true", tabindex: -1},
        h("span", {class: "first"}, mark, h("span", {class: "from", dir: "auto"}, from), ...aside),
        h("span", {class: "last"}, h("span", {class: "words", dir: "auto"}, words), end),
      ),
    );
  }

  /** What the time beside it does not say. @param {Session} session */
  #state({state}) {
    if (state === "active" || state === "waiting_customer") return h("span", {class: "hidden"}, named(this.text, "state", state));
    return chip(named(this.text, "state", state), toneOf(state));
  }

  /** Where a channel counts: that nothing goes out any more, or how long it still does, from the last hour on. @param {Session} session */
  #window(session) {
    const {text} = this;
    const stage = stageOf(session);
    if (!session.window || stage === "calm") return null;
    if (stage === "shut") return chip(text("window.mark_shut"), "bad");
    const made = chip("", stage === "hour" ? "accent" : "warn"); // as above the composer
    return ticking(made, () => text("window.mark", {time: spanOf(text, until(session.window?.until ?? ""))}));
  }

  /** @param {Session} session */
  #time({state, channel, due_at: dueAt, last_customer_at, state_since}) {
    if (dueAt) return due(this.text, dueAt);
    if (goesByMail(this.desk, channel)) return h("span", {class: "time"}, momentOf(last_customer_at ?? state_since, this.text)); // nobody sits before it
    if (state === "active" && last_customer_at) return waitOf(last_customer_at, this.text("waits"));
    return h("span", {class: "time"}, momentOf(state_since, this.text));
  }

  /** @param {string} urgency */
  #urgency(urgency) {
    return urgency === "high" || urgency === "urgent" ? chip(named(this.text, "urgency", urgency), "bad") : null;
  }

  /** @param {string | undefined} kind */
  #complaint(kind) {
    return kind === COMPLAINT ? chip(named(this.text, "matter", kind), "warn") : null;
  }

  /** @param {Problem | undefined} problem */
  #wrong(problem) {
    return problem ? h("p", {class: "wrong", role: "alert"}, trouble(this.text, problem)) : null;
  }
}

/** How long somebody has waited, louder the longer it gets. @param {string} at @param {string} name */
function waitOf(at, name) {
  const clock = h("span", {});
  const element = h("span", {class: "time waiting", title: name}, h("span", {class: "hidden"}, `${name} `), clock);
  ticking(clock, () => {
    const seconds = since(at);
    attribute(element, "data-long", seconds > TOO_LONG_S ? "too" : seconds > LONG_S ? "long" : null);
    return passed(seconds, document.documentElement.lang);
  });
  return element;
}

/** @param {string | undefined} author @param {string | undefined} words @param {Say} text */
function said(author, words, text) {
  const who = author === "agent" ? text("you") : author === "bot" ? text("author.bot") : "";
  return who ? `${who}: ${words}` : (words ?? "");
}

/** What a mail is about goes before its last words. @param {string | undefined} subject @param {string} words */
const subjected = (subject, words) => (subject ? h("span", {}, h("b", {class: "about-what"}, bare(subject) || subject), words ? ` ${words.startsWith(`${subject}\n`) ? words.slice(subject.length).trim() : words}` : "") : words);

/** The words that were looked for stand out. @param {string} snippet @param {string} query */
export function marked(snippet, query) {
  const words = query.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!words.length) return h("span", {}, snippet);
  const parts = snippet.split(new RegExp(`(${words.join("|")})`, "gi"));
  return h("span", {}, ...parts.map((part, index) => (index % 2 ? h("mark", {}, part) : part)));
}

