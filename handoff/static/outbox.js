/** @import {Api} from "./api.js" */
/** @import {Keep} from "./keep.js" */
/** @import {FileRef, Message} from "./shapes.js" */
/** @typedef {{subject: string, cc: string[]}} LetterSent  What heads a mail. */
import {Problem} from "./api.js";
import {newCid} from "./keep.js";

const FIRST_WAIT_MS = 1_000;
const WAIT_MAX_MS = 15_000;
/** What another tab of the same agent has put here is its own to send; when it has not by then, that tab is gone. */
const ADOPTED_AFTER_MS = 30_000;

/**
 * @typedef {{cid: string, at: string, text: string, files?: FileRef[], letter?: LetterSent, problem?: {code: string, detail: string, params?: Record<string, any>}}} Unsent
 *   A reply that the server has not confirmed; its files are there already. With a problem it is refused, and waits for its agent to decide.
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
  /** Of another tab: its cid, and when it becomes ours. @type {Map<string, number>} */ #others = new Map();

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
    this.entries = this.#stored();
    addEventListener("storage", this.#elsewhere);
  }

  /** @param {string} text @param {FileRef[]} [files] @param {LetterSent} [letter] by mail */
  put(text, files = [], letter) {
    this.#save({cid: newCid(), at: new Date().toISOString(), text, ...(files.length && {files}), ...(letter && {letter})});
  }

  /** Once more, with the same cid: should it have arrived after all, nothing is said twice. @param {string} cid */
  retry(cid) {
    const entry = this.entries.find((one) => one.cid === cid);
    if (entry) this.#save({...entry, problem: undefined});
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
    const next = this.entries.find((entry) => !entry.problem && this.#isOurs(entry));
    if (next && !this.#isUnderway) this.#send(next);
  }

  /** The server is there again: what waited longer and longer for it waits no more. */
  again() {
    this.#attempt = 0;
    this.pump();
  }

  #stored() {
    return this.keep.keys(this.prefix).map((key) => /** @type {Unsent} */ (this.keep.get(key))).filter((entry) => entry?.cid);
  }

  /** Another tab has put something in, or has sent it. @param {StorageEvent} event */
  #elsewhere = (event) => {
    if (event.key !== null && !event.key.startsWith(this.keep.prefix + this.prefix)) return;
    const known = new Set(this.entries.map(({cid}) => cid));
    this.entries = this.#stored();
    for (const {cid} of this.entries) if (!known.has(cid)) this.#others.set(cid, Date.now() + ADOPTED_AFTER_MS);
    if (this.entries.some((entry) => !this.#isOurs(entry))) setTimeout(() => this.pump(), ADOPTED_AFTER_MS + 1_000);
    this.ears.changed();
  };

  /** @param {Unsent} entry */
  #isOurs = ({cid}) => (this.#others.get(cid) ?? 0) < Date.now();

  /** @param {Unsent} entry */
  #save(entry) {
    this.#others.delete(entry.cid);
    this.entries = [...this.entries.filter((one) => one.cid !== entry.cid), entry].sort((a, b) => (a.cid < b.cid ? -1 : 1));
    this.keep.put(this.prefix + entry.cid, entry);
    this.pump();
    this.ears.changed();
  }

  /** @param {Unsent} entry */
  async #send({cid, text, files, letter}) {
    this.#isUnderway = true;
    try {
      const body = {cid, ...(text && {text}), ...(files?.length && {files: files.map(({id}) => id)}), ...(letter && {letter})};
      const {message} = await this.api.post(`sessions/${this.sessionId}/reply`, body);
      this.#attempt = 0;
      this.ears.sent(message);
      this.discard(cid);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#failed(cid, error);
    } finally {
      this.#isUnderway = false;
    }
    if (!this.isWaiting) this.pump();
  }

  /** @param {string} cid @param {Problem} problem */
  #failed(cid, problem) {
    // The customer wrote at the same moment, again and again; the same reply with the same cid goes through a moment later.
    const isStale = problem.code === "stale";
    if (problem.isPassing || isStale || problem.code === "login_required") {
      const wait = Math.max(1000 * problem.retryAfterS, isStale ? FIRST_WAIT_MS : Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** this.#attempt++));
      this.isWaiting = true;
      this.#timer = setTimeout(() => this.pump(), wait);
    } else {
      const {code, detail, params} = problem;
      this.entries = this.entries.map((one) => (one.cid === cid ? {...one, problem: {code, detail, params}} : one));
      const refused = this.entries.find((one) => one.cid === cid);
      if (refused) this.keep.put(this.prefix + cid, refused);
    }
    this.ears.changed();
  }

  stop() {
    clearTimeout(this.#timer);
    removeEventListener("storage", this.#elsewhere);
    this.#isUnderway = true; // nothing new is begun
  }
}
