/** @import {Desk} from "./desk.js" */
/** @import {Colleague, Offer, Session} from "./shapes.js" */
import {Problem} from "./api.js";

const SOON_MS = 120;
/** A floor where something changes all the time is read once in this time, not after every change. */
const LEAST_MS = 1_000;
/** Signals may be lost without anybody noticing: then this is how long it takes. */
const EVERY_MS = 30_000;
const PAGE_COUNT = 100;
const OWN_PAGES_MAX = 10;

/** @typedef {"people" | "queue" | "mine" | "others" | "cases"} Part  One of the lists, each read by itself. */
/** @type {Part[]} */
export const ALL = ["people", "queue", "mine", "others", "cases"];

/** Reads a desk's lists: each when something in it has changed, all of them every half minute and after every gap. */
export class Reading {
  /** How many pages of a list are wanted. @type {Record<string, number>} */ #pages = {queue: 1, others: 1, cases: 1};
  /** Which of them go on. @type {Record<string, boolean>} */ #hasMore = {};
  /** @type {Set<Part>} */ #due = new Set();
  /** @type {number | undefined} */ #timer;
  /** @type {number | undefined} */ #watch;
  /** Lists of which a frame has told since they were asked for: what then comes is older than what is known. @type {Set<Part>} */ #overtaken = new Set();
  #isReading = false;
  #begunAt = 0;
  /** When all of it was last read, by this computer's clock. */
  wholeAt = 0;
  /** How the queue stood that was read; the socket's beat says the same word as long as it stands so. */
  queueMark = "";

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  start() {
    this.#watch = setInterval(() => this.read(), EVERY_MS);
    document.addEventListener("visibilitychange", this.#shown);
  }

  stop() {
    clearInterval(this.#watch);
    document.removeEventListener("visibilitychange", this.#shown);
    clearTimeout(this.#timer);
    this.#due.clear();
  }

  /** In the background timers come late: who looks again sees what is. */
  #shown = () => {
    if (!document.hidden && Date.now() - this.wholeAt > EVERY_MS) this.read();
  };

  /** Reads these lists again, soon: many calls are one reading. @param {...Part} parts */
  soon(...parts) {
    for (const part of parts) this.#due.add(part);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.read(...this.#due), Math.max(SOON_MS, this.#begunAt + LEAST_MS - Date.now()));
  }

  /** A frame has changed this list: an answer that is on its way is older. @param {Part} part */
  overtake(part) {
    this.#overtaken.add(part);
    this.soon(part);
  }

  /** Reads these lists, or all of them, now. @param {...Part} parts */
  async read(...parts) {
    const wanted = new Set(parts.length ? parts : ALL);
    if (this.#isReading) return void wanted.forEach((part) => this.#due.add(part));
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const part of wanted) this.#due.delete(part);
    this.#isReading = true;
    this.#overtaken.clear();
    this.#begunAt = Date.now();
    const {desk} = this;
    try {
      await this.#readThese(wanted);
      if (wanted.size === ALL.length) this.wholeAt = this.#begunAt;
      if (!desk.isLoaded && wanted.size === ALL.length) desk.isLoaded = true;
      desk.problem = null;
      desk.wasRead(wanted.size === ALL.length);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      desk.problem = error;
      for (const part of wanted) this.#due.add(part);
    } finally {
      this.#isReading = false;
    }
    desk.changed(desk.open ? "all" : "lists");
    if (this.#due.size && !desk.problem) this.soon();
  }

  /** Whether a list goes on behind what is shown. @param {string} part */
  hasMore(part) {
    return Boolean(this.#hasMore[part]);
  }

  /** Shows another page of it. @param {Part} part */
  more(part) {
    this.#pages[part] += 1;
    return this.read(part);
  }

  /** @param {Set<Part>} parts */
  async #readThese(parts) {
    const {desk} = this;
    const has = (/** @type {Part} */ part) => parts.has(part);
    const [settings, people, queue, mine, others, cases] = await Promise.all([
      desk.isLoaded ? null : desk.api.get("settings"),
      has("people") ? this.#all("people", "agents", 5) : null,
      has("queue") ? this.#all("queue", "queue", this.#pages.queue) : null,
      has("mine") ? this.#all("mine", "sessions", OWN_PAGES_MAX) : null,
      has("others") && desk.isSupervisor ? this.#all("others", "sessions?scope=all", this.#pages.others) : null,
      has("cases") ? this.#all("cases", "cases", this.#pages.cases) : null,
    ]);
    if (settings) desk.settings = settings;
    if (people) desk.people = new Map(people.items.map((/** @type {Colleague} */ one) => [one.id, one]));
    if (queue && !this.#overtaken.has("queue")) this.#takeQueue(queue);
    if (mine) this.#takeMine(mine.items);
    if (others) this.#takeOthers(others.items);
    if (cases) desk.cases = cases.items;
  }

  /** @param {string} name @param {string} path @param {number} pages @returns {Promise<any>} the first answer, with the items of all */
  async #all(name, path, pages) {
    const first = await this.#page(path, "");
    let {next} = first;
    for (let page = 1; next && page < pages; page++) {
      const further = await this.#page(path, next);
      first.items.push(...further.items);
      next = further.next;
    }
    this.#hasMore[name] = Boolean(next);
    return first;
  }

  /** @param {string} path @param {string} after @returns {Promise<any>} */
  #page(path, after) {
    const query = `limit=${PAGE_COUNT}${after && `&after=${encodeURIComponent(after)}`}`;
    return this.desk.api.get(`${path}${path.includes("?") ? "&" : "?"}${query}`);
  }

  /** @param {any} queue */
  #takeQueue(queue) {
    const {desk} = this;
    [desk.queue, desk.queueTotal, this.queueMark] = [queue.items, queue.total, queue.mark ?? ""];
    desk.offers = new Map(queue.offers.map((/** @type {Offer} */ offer) => [offer.session_id, offer]));
  }

  /** @param {Session[]} items  What a frame told meanwhile is newer than what was asked before it. */
  #takeMine(items) {
    const {desk} = this;
    const before = desk.sessions;
    desk.sessions = new Map(items.map((session) => [session.id, newest(session, before.get(session.id))]));
    for (const session of items) this.#takeTail(session);
    for (const id of desk.tails.keys()) if (!desk.sessions.has(id) && !desk.others.some((one) => one.id === id)) desk.tails.delete(id);
  }

  /** @param {Session[]} items */
  #takeOthers(items) {
    const {desk} = this;
    desk.others = items.filter((session) => session.agent_id !== desk.agent?.id);
    for (const session of desk.others) this.#takeTail(session);
  }

  /** @param {Session} session */
  #takeTail(session) {
    const {tails} = this.desk;
    const known = tails.get(session.id);
    if (known && known.seq > session.seq) return;
    tails.set(session.id, {unread: session.unread ?? 0, last: session.last ?? null, seq: session.seq});
  }
}

/** @param {Session} read @param {Session | undefined} known */
const newest = (read, known) => (known && known.version > read.version ? known : read);
