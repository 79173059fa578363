/** @import {Api} from "./api.js" */
/** @import {Keep} from "./keep.js" */
/** @import {Message} from "./shapes.js" */
import {Problem} from "./api.js";
import {newCid} from "./keep.js";

const FIRST_WAIT_MS = 1_000;
const WAIT_MAX_MS = 15_000;

/**
 * @typedef {{cid: string, at: string, text: string, problem?: {code: string, detail: string}}} Unsent
 *   A reply that the server has not confirmed. With a problem it is refused, and waits for its agent to decide.
 */

/**
 * One session's replies on their way out, kept in storage until the server has them. Each goes with its cid, so that sending it again is
 * harmless; one at a time, so that nothing changes their order. What can't be reached is tried again, what is refused is shown.
 */
export class Outbox {
  /** @type {Unsent[]} */ entries = [];
  isWaiting = false;
  #isUnderway = false;
  #attempt = 0;
  /** @type {number | undefined} */ #timer;

  /**
   * @param {Api} api @param {Keep} keep @param {string} sessionId
   * @param {{changed: () => void, sent: (message: Message) => void}} ears
   */
  constructor(api, keep, sessionId, ears) {
    this.api = api;
    this.keep = keep;
    this.sessionId = sessionId;
    this.ears = ears;
    this.prefix = `out/${sessionId}/`;
    this.entries = keep.keys(this.prefix).map((key) => keep.get(key)).filter((entry) => entry?.cid);
  }

  /** @param {string} text */
  put(text) {
    this.#save({cid: newCid(), at: new Date().toISOString(), text});
  }

  /** Once more, with the same cid: should it have arrived after all, nothing is said twice. @param {string} cid */
  retry(cid) {
    const entry = this.entries.find((one) => one.cid === cid);
    if (entry) this.#save({cid, at: entry.at, text: entry.text});
  }

  /** @param {string} cid */
  discard(cid) {
    this.keep.drop(this.prefix + cid);
    this.entries = this.entries.filter((entry) => entry.cid !== cid);
    this.ears.changed();
  }

  /** Sends the oldest that waits, at once. */
  pump() {
    clearTimeout(this.#timer);
    this.isWaiting = false;
    const next = this.entries.find((entry) => !entry.problem);
    if (next && !this.#isUnderway) this.#send(next);
  }

  /** @param {Unsent} entry */
  #save(entry) {
    this.entries = [...this.entries.filter((one) => one.cid !== entry.cid), entry].sort((a, b) => (a.cid < b.cid ? -1 : 1));
    this.keep.put(this.prefix + entry.cid, entry);
    this.pump();
    this.ears.changed();
  }

  /** @param {Unsent} entry */
  async #send(entry) {
    this.#isUnderway = true;
    try {
      const {message} = await this.api.post(`sessions/${this.sessionId}/reply`, {text: entry.text, cid: entry.cid});
      this.#attempt = 0;
      this.ears.sent(message);
      this.discard(entry.cid);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#failed(entry, error);
    } finally {
      this.#isUnderway = false;
    }
    if (!this.isWaiting) this.pump();
  }

  /** @param {Unsent} entry @param {Problem} problem */
  #failed(entry, problem) {
    if (problem.isPassing || problem.code === "login_required") {
      const wait = Math.max(1000 * problem.retryAfterS, Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** this.#attempt++));
      this.isWaiting = true;
      this.#timer = setTimeout(() => this.pump(), wait);
    } else {
      const refused = {...entry, problem: {code: problem.code, detail: problem.detail}};
      this.entries = this.entries.map((one) => (one.cid === entry.cid ? refused : one));
      this.keep.put(this.prefix + entry.cid, refused);
    }
    this.ears.changed();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#isUnderway = true; // nothing new is begun
  }
}
