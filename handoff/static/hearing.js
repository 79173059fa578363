/** @import {Desk, Tail} from "./desk.js" */
/** @import {Frame, Message, Session} from "./shapes.js" */
import {now, setClock, until} from "./moments.js";

/** What is told once and never repeated: whoever shows it reads it again wherever something may have been missed. */
const TOLD_ONCE = ["replies", "hours", "knowledge"];

/** What each frame of the socket changes at the desk. What it can't be sure of is read again. */
export class Hearing {
  /** @type {Map<string, Set<(frame: Frame) => void>>} */ #listeners = new Map();

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** @param {string} type @param {(frame: Frame) => void} listener @returns {() => void} stops it */
  listen(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @param {Frame} frame */
  hear(frame) {
    const {desk} = this;
    const drawn = this.#take(frame);
    for (const listener of this.#listeners.get(frame.type) ?? []) listener(frame);
    if (frame.type === "hello" || frame.type === "resync") for (const type of TOLD_ONCE) for (const listener of this.#listeners.get(type) ?? []) listener({...frame, type});
    if (drawn) desk.changed(drawn);
  }

  /** @param {Frame} frame @returns {"" | "lists" | "all"} what is to be drawn */
  #take(frame) {
    const {desk} = this;
    switch (frame.type) {
      case "hello":
        setClock(frame.at);
        desk.agent = frame.agent;
        return "all";
      case "me":
        desk.agent = frame.agent;
        return "all";
      case "pong":
        setClock(frame.at);
        if (frame.sessions) this.#prove(frame);
        return "";
      case "offer":
        if (until(frame.expires_at) > 0) desk.offers.set(frame.session_id, /** @type {any} */ (frame));
        desk.reading.overtake("queue");
        return "all";
      case "offer_over":
        desk.offers.delete(frame.session_id);
        if (desk.open?.id === frame.session_id) desk.open?.read();
        desk.reading.overtake("queue");
        return "all";
      case "session":
      case "message":
        return this.#session(frame);
      case "presence":
        desk.people.set(frame.agent.id, {...desk.people.get(frame.agent.id), ...frame.agent});
        if (desk.agent && frame.agent.id === desk.agent.id) desk.agent = {...desk.agent, status: frame.agent.status};
        return "all";
      case "typing":
        if (desk.open?.id !== frame.session_id) return "";
        desk.open?.hearTyping(frame.on);
        return "all";
      case "queue":
      case "case":
        desk.reading.soon(frame.type === "queue" ? "queue" : "cases");
        if (desk.open?.session && !desk.open.isMine) desk.open.read();
        return "";
      case "resync":
        desk.readAgain();
        return "";
      default:
        return "";
    }
  }

  /** @param {Frame} frame @returns {"lists" | "all"} */
  #session(frame) {
    const {desk} = this;
    const isOpen = desk.open?.id === frame.session_id;
    if (isOpen) desk.open?.hear(frame);
    const known = desk.sessions.get(frame.session_id) ?? desk.others.find((one) => one.id === frame.session_id);
    const step = known && told(known, desk.tails.get(known.id), frame);
    if (!step) this.#readAbout(frame, known);
    else this.#put(step.session, step.tail);
    return isOpen ? "all" : "lists";
  }

  /**
   * The server says how everything of mine stands: what differs from what is shown was changed by a frame that got lost.
   * @param {Frame} frame
   */
  #prove({sessions, is_all: isAll, queue_mark: mark}) {
    const {desk} = this;
    const {open} = desk;
    if (!desk.isLoaded) return;
    const isDifferent = Object.entries(sessions).some(([id, version]) => id !== open?.id && (desk.sessions.get(id)?.version ?? 0) < version);
    const isGone = isAll && [...desk.sessions.keys()].some((id) => !(id in sessions));
    if (isDifferent || isGone) desk.reading.soon("mine");
    if (mark && mark !== desk.reading.queueMark) desk.reading.soon("queue");
    if (open?.session && sessions[open.id] > open.session.version) {
      desk.reading.soon("mine"); // its line in the list has missed the same
      open.read();
    }
  }

  /** @param {Session} session @param {Tail} tail */
  #put(session, tail) {
    const {desk} = this;
    desk.tails.set(session.id, tail);
    if (desk.sessions.has(session.id)) desk.sessions.set(session.id, session);
    else desk.others = desk.others.map((one) => (one.id === session.id ? session : one));
  }

  /** It can't be told from the frame alone how the session stands. @param {Frame} frame @param {Session | undefined} known */
  #readAbout(frame, known) {
    const {desk} = this;
    if (known && frame.version <= known.version) return;
    if (frame.agent_id === desk.agent?.id || desk.sessions.has(frame.session_id)) desk.reading.soon("mine");
    if (desk.isSupervisor) desk.reading.soon("others");
  }
}

/**
 * A session as it stands after a frame that follows what is known without a gap; null where one was missed.
 * @param {Session} session @param {Tail | undefined} tail @param {Frame} frame
 * @returns {{session: Session, tail: Tail} | null}
 */
export function told(session, tail, frame) {
  const messages = /** @type {Message[]} */ (frame.messages ?? []);
  if (!tail || session.call || frame.agent_id !== session.agent_id || frame.state === "closed") return null; // how a call stands, no frame tells
  if (!messages.length) return quiet(session, tail, frame);
  if (messages[0].seq !== tail.seq + 1 || frame.version > session.version + 1) return null; // a step between may have been a read mark
  const last = messages[messages.length - 1];
  const read = Math.max(session.agent_read_seq, messages.findLast((message) => message.author === "agent")?.seq ?? 0);
  const spoke = messages.findLast((message) => message.author === "customer")?.at ?? session.last_customer_at;
  const isNewState = frame.state !== session.state;
  const unread = messages.filter((message) => message.author === "customer" && message.seq > read).length;
  return {
    session: {
      ...session, seq: last.seq, state: frame.state, version: Math.max(frame.version, session.version), last_customer_at: spoke,
      agent_read_seq: read, window: spoke === session.last_customer_at ? session.window : null, state_since: isNewState ? last.at : session.state_since,
    },
    tail: {unread: (read > session.agent_read_seq ? 0 : tail.unread) + unread, last, seq: last.seq},
  };
}

/** Nothing was said, something else has changed by one step: a read mark, a hold. @param {Session} session @param {Tail} tail @param {Frame} frame */
function quiet(session, tail, frame) {
  if (frame.version !== session.version + 1 || (frame.seq ?? tail.seq) > tail.seq) return null;
  const stateSince = frame.state === session.state ? session.state_since : new Date(now()).toISOString();
  return {session: {...session, version: frame.version, state: frame.state, state_since: stateSince}, tail};
}
