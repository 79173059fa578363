/** @import {Api} from "./api.js" */
/** @import {Agent, Case, Colleague, Last, Message, Offer, Session, Settings, Waiting} from "./shapes.js" */
/** @import {Frame} from "./shapes.js" */
import {Problem} from "./api.js";
import {Commands} from "./commands.js";
import {Conversation} from "./conversation.js";
import {Hearing} from "./hearing.js";
import {Keep} from "./keep.js";
import {Line} from "./line.js";
import {Meanwhile} from "./meanwhile.js";
import {until} from "./moments.js";
import {Outbox} from "./outbox.js";
import {Preferences} from "./preferences.js";
import {Reading} from "./reading.js";

const LAPSED_EVERY_MS = 2_000;

/** @typedef {{unread: number, last: Last | null, seq: number}} Tail  The end of a session: what its line in the list shows. */

/**
 * Everything that an agent's desk knows: `reading` reads it from the API, `hearing` keeps it true by the socket. Calls `changed` when there
 * is something to show.
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
  /** Why the lists could not be read. @type {Problem | null} */ problem = null;
  isLoaded = false;
  wasOnline = false;
  /** The agent walks through the lists by keyboard: what opens in the middle leaves them there. */
  isBrowsing = false;
  commands = new Commands();
  preferences = new Preferences("nobody");
  keep = new Keep("frontdesk.desk/nobody/");
  reading = new Reading(this);
  hearing = new Hearing(this);
  meanwhile = new Meanwhile(this);
  /** @type {Map<string, Outbox>} */ #outboxes = new Map();
  /** @type {number | undefined} */ #lapsing;

  /** @param {Api} api @param {{changed: (part?: "lists" | "all") => void, ended: () => void}} ears */
  constructor(api, ears) {
    this.api = api;
    this.changed = ears.changed;
    const frame = (/** @type {Frame} */ heard) => this.hearing.hear(heard);
    this.line = new Line({frame, turned: (isOnline) => this.#turned(isOnline), ended: ears.ended});
  }

  get isSupervisor() {
    return this.agent?.role === "supervisor" || this.agent?.role === "admin";
  }

  /** @param {Agent} agent */
  start(agent) {
    this.agent = agent;
    this.keep = new Keep(`frontdesk.desk/${agent.id}/`);
    this.preferences = new Preferences(agent.id);
    this.line.start();
    this.reading.start();
    this.#lapsing = setInterval(() => this.#dropLapsed(), LAPSED_EVERY_MS);
    for (const key of this.keep.keys("out/")) this.outbox(key.split("/")[1]).pump();
    this.reading.read();
  }

  stop() {
    this.line.stop();
    this.reading.stop();
    clearInterval(this.#lapsing);
    this.open?.stop();
    for (const outbox of this.#outboxes.values()) outbox.stop();
  }

  /**
   * Listens to the socket's frames of one type, such as `looking`, `replies`, `hours`, or `hello` for every new connection.
   * @param {string} type @param {(frame: Frame) => void} listener @returns {() => void} stops it
   */
  hear(type, listener) {
    return this.hearing.listen(type, listener);
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
    if ((this.open?.id ?? null) === id) return;
    this.open?.type(false);
    this.open?.stop();
    this.open = id ? new Conversation(this, id) : null;
    for (const [key, outbox] of this.#outboxes) if (key !== id && !outbox.entries.length) (outbox.stop(), this.#outboxes.delete(key));
    this.open?.read();
    this.changed();
  }

  /** Throws the Problem that comes of it. @param {string} status */
  async setStatus(status) {
    this.agent = (await this.api.post("status", {status})).agent;
    this.meanwhile.settled();
    this.changed();
  }

  /** @param {string | null} id @returns {string} */
  nameOf(id) {
    return (id && this.people.get(id)?.shown_name) || "";
  }

  /** Messages and offers that wait for this agent: the number in the title. */
  get waitingCount() {
    let count = this.offers.size;
    for (const id of this.sessions.keys()) count += this.tails.get(id)?.unread ?? 0;
    return count;
  }

  // ---- reading -------------------------------------------------------------------------------------------------------------------

  readLists() {
    return this.reading.read();
  }

  /** Reads everything that is shown: something was missed. */
  readAgain() {
    this.reading.read();
    this.open?.read();
  }

  /** The lists are read: the open conversation is, too, where they know more of it. @param {boolean} isWhole */
  wasRead(isWhole) {
    const {open} = this;
    const listed = open && (this.sessions.get(open.id) ?? this.others.find((one) => one.id === open.id));
    if (open?.session && (listed ? listed.version > open.session.version : isWhole)) open.read();
    if (isWhole) this.meanwhile.read();
  }

  /** The open conversation knows its session better than the list. @param {Session} session */
  note(session) {
    const known = this.sessions.get(session.id);
    if (known && known.version <= session.version) this.sessions.set(session.id, session);
    const tail = this.tails.get(session.id);
    if (tail && session.agent_read_seq >= tail.seq) tail.unread = 0;
    this.changed();
  }

  /** An offer whose time is over is none any more, whether we are told or not. */
  #dropLapsed() {
    if ([...this.offers.values()].some((offer) => until(offer.expires_at) === 0)) this.reading.soon("queue");
  }

  // ---- the line ------------------------------------------------------------------------------------------------------------------

  /** @param {boolean} isOnline */
  #turned(isOnline) {
    if (isOnline) {
      this.wasOnline = true;
      this.readAgain(); // what happened before the socket was there, it did not tell
      for (const outbox of this.#outboxes.values()) outbox.again();
    } else if (this.wasOnline) {
      this.meanwhile.began();
    }
    this.changed();
  }

  /** @param {string} id @param {Message} message */
  #sent(id, message) {
    if (this.open?.id === id) this.open.sent(message);
    this.reading.soon("mine");
  }
}
