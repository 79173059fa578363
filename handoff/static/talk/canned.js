/** @import {Desk} from "../desk.js" */
import {Problem} from "../api.js";

const PAGE_COUNT = 200;
const PAGES_MAX = 20;

/**
 * @typedef {{id: string, shortcut: string, title: string, texts: Record<string, string>, folder: string, is_shared: boolean, is_mine: boolean,
 *            updated_at: string, updated_by: string, version: number}} CannedReply
 */

/** The canned replies that this agent may use: read when they are first wanted, and again whenever they have changed. */
export class Canned {
  /** @type {CannedReply[]} */ all = [];
  /** @type {Problem | null} */ problem = null;
  isRead = false;
  /** @type {Promise<void> | null} */ #reading = null;
  #isStale = true;
  /** Called when others than the reader have changed them, and the new ones are here. */
  onchange = () => {};

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.stop = desk.hear("replies", () => {
      this.#isStale = true;
      if (this.isRead) void this.read().then(() => this.onchange());
    });
    this.stopHello = desk.hear("hello", () => (this.#isStale = true));
  }

  /** Makes sure that they are here and new. @returns {Promise<void>} */
  read() {
    if (!this.#isStale) return this.#reading ?? Promise.resolve();
    this.#reading ??= this.#readAll()
      .finally(() => (this.#reading = null))
      .then(() => (this.#isStale && !this.problem ? this.read() : undefined)); // they changed while they were read
    return this.#reading;
  }

  async #readAll() {
    this.#isStale = false;
    try {
      /** @type {CannedReply[]} */ const found = [];
      let after = "";
      for (let page = 0; page < PAGES_MAX; page++) {
        const {items, next} = await this.desk.api.get(`replies?limit=${PAGE_COUNT}${after && `&after=${encodeURIComponent(after)}`}`);
        found.push(...items);
        if (!next) break;
        after = next;
      }
      [this.all, this.problem, this.isRead] = [found, null, true];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      [this.problem, this.#isStale] = [error, true];
    }
  }
}

/** @type {WeakMap<Desk, Canned>} */
const known = new WeakMap();

/** The one collection of a desk. @param {Desk} desk */
export function cannedOf(desk) {
  const canned = known.get(desk) ?? new Canned(desk);
  known.set(desk, canned);
  return canned;
}
