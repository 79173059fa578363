/** @import {Api} from "./api.js" */
/** @import {Agent, Case, Colleague, Frame, Message, Offer, Session, Settings, Waiting} from "./shapes.js" */
import {Problem} from "./api.js";
import {Commands} from "./commands.js";
import {Conversation} from "./conversation.js";
import {Keep} from "./keep.js";
import {Line} from "./line.js";
import {setClock, until} from "./moments.js";
import {Outbox} from "./outbox.js";
import {Preferences} from "./preferences.js";

const LISTS_AFTER_MS = 120;
const TAIL_COUNT = 50;
/** Signals may be lost without anybody noticing: then this is how long it takes. */
const LISTS_EVERY_MS = 30_000;
const LAPSED_EVERY_MS = 2_000;

/** @typedef {{unread: number, last: Message | null, seq: number}} Tail  The end of a session of mine: what its line in the list shows. */

/**
 * Everything that an agent's desk knows, read from the API and kept true by the socket. Calls `changed` when there is something to show.
 */
export class Desk {
  /** @type {Agent | null} */ agent = null;
  /** @type {Settings} */ settings = {name: "Frontdesk", queues: [], dispositions: [], languages: [], statuses: []};
  /** @type {Waiting[]} */ queue = [];
  queueTotal = 0;
  /** @type {Map<string, Offer>} */ offers = new Map();
  /** @type {Map<string, Session>} */ sessions = new Map();
  /** @type {Session[]} */ others = [];
  /** @type {Map<string, Tail>} */ tails = new Map();
  /** @type {Case[]} */ cases = [];
  /** Everybody of the desk, by id. @type {Map<string, Colleague>} */ people = new Map();
  /** @type {Conversation | null} */ open = null;
  /** @type {Problem | null} */ problem = null;
  isLoaded = false;
  wasOnline = false;
  /** @type {Map<string, Outbox>} */ #outboxes = new Map();
  /** @type {number | undefined} */ #timer;
  /** @type {number[]} */ #watches = [];
  #isReading = false;
  #isStale = false;
  /** @type {Map<string, Set<(frame: Frame) => void>>} */ #listeners = new Map();
  keep = new Keep("frontdesk.desk/nobody/");
  preferences = new Preferences("nobody");
  commands = new Commands();

  /** @param {Api} api @param {{changed: (part?: "lists" | "all") => void, ended: () => void}} ears */
  constructor(api, ears) {
    this.api = api;
    this.changed = ears.changed;
    this.line = new Line({frame: (frame) => this.#hear(frame), turned: (isOnline) => this.#turned(isOnline), ended: ears.ended});
  }

  get isSupervisor() {
    return this.agent?.role === "supervisor" || this.agent?.role === "admin";
  }

  /** @param {Agent} agent */
  async start(agent) {
    this.agent = agent;
    this.keep = new Keep(`frontdesk.desk/${agent.id}/`);
    this.preferences = new Preferences(agent.id);
    this.line.start();
    for (const key of this.keep.keys("out/")) this.outbox(key.split("/")[1]).pump();
    this.#watches = [setInterval(() => this.readLists(), LISTS_EVERY_MS), setInterval(() => this.#dropLapsed(), LAPSED_EVERY_MS)];
    await this.readLists();
  }

  stop() {
    this.line.stop();
    clearTimeout(this.#timer);
    for (const watch of this.#watches) clearInterval(watch);
    this.open?.stop();
    for (const outbox of this.#outboxes.values()) outbox.stop();
  }

  /**
   * Listens to the socket's frames of one type, such as `looking`, `replies`, `hours`, or `hello` for every new connection.
   * @param {string} type @param {(frame: Frame) => void} listener @returns {() => void} stops it
   */
  hear(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Sends a frame if the socket is there; what must arrive goes by the API. @param {object} frame @returns {boolean} whether it was */
  tell(frame) {
    return this.line.send(frame);
  }

  /** @param {string} id @returns {Outbox} */
  outbox(id) {
    let outbox = this.#outboxes.get(id);
    if (!outbox) {
      outbox = new Outbox(this.api, this.keep, id, {changed: () => this.changed(), sent: (message) => this.#sent(id, message)});
      this.#outboxes.set(id, outbox);
    }
    return outbox;
  }

  /** Shows this session in the middle, or none. @param {string | null} id */
  choose(id) {
    if (this.open?.id === id) return;
    this.open?.type(false);
    this.open?.stop();
    this.open = id ? new Conversation(this, id) : null;
    this.open?.read();
    this.changed();
  }

  /** @param {string} status */
  async setStatus(status) {
    this.agent = (await this.api.post("status", {status})).agent;
    this.changed();
  }

  /** An offer whose time is over is none any more, whether we are told or not. */
  #dropLapsed() {
    if ([...this.offers.values()].some((offer) => until(offer.expires_at) === 0)) this.readListsSoon();
  }

  /** @param {string | null} id @returns {string} */
  nameOf(id) {
    return (id && this.people.get(id)?.shown_name) || "";
  }

  // ---- reading -------------------------------------------------------------------------------------------------------------------

  /** Reads the lists again, soon: many calls are one reading. */
  readListsSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.readLists(), LISTS_AFTER_MS);
  }

  async readLists() {
    if (this.#isReading) return void (this.#isStale = true);
    [this.#isReading, this.#isStale] = [true, false];
    try {
      await this.#readAll();
      [this.problem, this.isLoaded] = [null, true];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    } finally {
      this.#isReading = false;
    }
    this.changed();
    if (this.#isStale) this.readListsSoon();
  }

  async #readAll() {
    const [settings, people, queue, sessions, cases, others] = await Promise.all([
      this.isLoaded ? this.settings : this.api.get("settings"),
      this.api.get("agents?limit=200"),
      this.api.get("queue?limit=100"),
      this.api.get("sessions?limit=100"),
      this.api.get("cases?limit=50"),
      this.isSupervisor ? this.api.get("sessions?scope=all&limit=100") : {items: []},
    ]);
    this.settings = settings;
    this.people = new Map(people.items.map((/** @type {Colleague} */ one) => [one.id, one]));
    [this.queue, this.queueTotal] = [queue.items, queue.total];
    this.offers = new Map(queue.offers.map((/** @type {Offer} */ offer) => [offer.session_id, offer]));
    this.sessions = new Map(sessions.items.map((/** @type {Session} */ session) => [session.id, session]));
    this.cases = cases.items;
    this.others = others.items.filter((/** @type {Session} */ session) => session.agent_id !== this.agent?.id);
    const {open} = this;
    if (open?.session && (this.sessions.get(open.id)?.version ?? 0) > open.session.version) open.read();
    await Promise.all([...this.sessions.values()].map((session) => this.#readTail(session)));
  }

  /** @param {Session} session */
  async #readTail(session) {
    const known = this.tails.get(session.id);
    if (known && known.seq === session.seq) return void this.#count(session, known);
    const after = Math.max(session.first_seq - 1, Math.min(session.agent_read_seq, session.seq - 1));
    const {items} = await this.api.get(`sessions/${session.id}/messages?after=${after}&limit=${TAIL_COUNT}`);
    const tail = {unread: 0, last: items[items.length - 1] ?? null, seq: session.seq, messages: items};
    this.tails.set(session.id, tail);
    this.#count(session, tail);
  }

  /** @param {Session} session @param {Tail & {messages?: Message[]}} tail */
  #count(session, tail) {
    const messages = (tail.messages ?? []).filter((message) => message.seq > session.agent_read_seq);
    tail.messages = messages;
    tail.unread = messages.filter((message) => message.author === "customer").length;
  }

  /** The open conversation knows its session better than the list. @param {Session} session */
  note(session) {
    const known = this.sessions.get(session.id);
    if (known && known.version <= session.version) this.sessions.set(session.id, session);
    const tail = this.tails.get(session.id);
    if (tail) this.#count(session, tail);
    this.changed();
  }

  // ---- the socket ----------------------------------------------------------------------------------------------------------------

  /** @param {boolean} isOnline */
  #turned(isOnline) {
    if (isOnline) {
      this.wasOnline = true;
      this.readLists(); // what happened before the socket was there, it did not tell
      this.open?.read();
      for (const outbox of this.#outboxes.values()) outbox.pump();
    }
    this.changed();
  }

  /** @param {Frame} frame */
  #hear(frame) {
    if (frame.at && (frame.type === "hello" || frame.type === "pong")) setClock(frame.at);
    switch (frame.type) {
      case "hello":
        this.agent = frame.agent;
        break;
      case "offer":
        if (until(frame.expires_at) > 0) this.offers.set(frame.session_id, /** @type {any} */ (frame));
        this.readListsSoon();
        break;
      case "offer_over":
        this.offers.delete(frame.session_id);
        if (this.open?.id === frame.session_id) this.open?.read();
        this.readListsSoon();
        break;
      case "session":
      case "message":
        this.#hearSession(frame);
        break;
      case "presence":
        this.people.set(frame.agent.id, {...this.people.get(frame.agent.id), ...frame.agent});
        if (this.agent && frame.agent.id === this.agent.id) this.agent = {...this.agent, status: frame.agent.status};
        break;
      case "typing":
        if (this.open?.id === frame.session_id) this.open?.hearTyping(frame.on);
        break;
      case "queue":
      case "case":
        this.readListsSoon();
        if (this.open?.session && !this.open.isMine) this.open.read();
        break;
      case "resync":
        this.readLists();
        this.open?.read();
    }
    for (const listener of this.#listeners.get(frame.type) ?? []) listener(frame);
    if (frame.type !== "pong") this.changed();
  }

  /** @param {Frame} frame */
  #hearSession(frame) {
    if (this.open?.id === frame.session_id) this.open?.hear(frame);
    const session = this.sessions.get(frame.session_id);
    const tail = /** @type {(Tail & {messages?: Message[]}) | undefined} */ (this.tails.get(frame.session_id));
    const messages = /** @type {Message[]} */ (frame.messages ?? []);
    const isNext = session && tail && frame.agent_id === session.agent_id && messages.length > 0 && messages[0].seq === tail.seq + 1;
    if (!isNext) return this.readListsSoon();
    tail.messages = [...(tail.messages ?? []), ...messages];
    tail.last = messages[messages.length - 1];
    tail.seq = tail.last.seq;
    const read = tail.last.author === "agent" ? tail.seq : session.agent_read_seq;
    const spoke = messages.findLast((message) => message.author === "customer")?.at ?? session.last_customer_at;
    const now = {...session, seq: tail.seq, state: frame.state, version: Math.max(frame.version, session.version), last_customer_at: spoke, agent_read_seq: Math.max(read, session.agent_read_seq)};
    this.sessions.set(session.id, now);
    this.#count(now, tail);
  }

  /** @param {string} id @param {Message} message */
  #sent(id, message) {
    if (this.open?.id === id) this.open.sent(message);
    this.readListsSoon();
  }
}
