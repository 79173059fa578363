/** @import {Message} from "./frames.js" */

/**
 * The transcript as far as it is known without a gap. Pure.
 *
 * `seq` counts the conversation's messages without gaps, so the transcript can be shown to be complete: everything from its first
 * message to `last` is here, and nothing is missing once `last` has reached `known`, the highest seq that anybody has named.
 */
export class Log {
  /** @type {Map<number, Message>} */ #early = new Map();

  /** @param {Message[]} messages */
  constructor(messages = []) {
    this.messages = messages;
    this.known = messages.at(-1)?.seq ?? 0;
    /** What lies before the transcript's first message; unknown until the server has shown where it begins. */
    this.floor = messages.length ? messages[0].seq - 1 : -1;
  }

  /** The last seq of the unbroken run. */
  get last() {
    return this.messages.at(-1)?.seq ?? Math.max(0, this.floor);
  }

  get isWhole() {
    return this.last >= this.known;
  }

  /** A message is here whose predecessor is not. */
  get hasGap() {
    return this.#early.size > 0;
  }

  /** Somebody named this seq, so it exists. @param {number} seq */
  expect(seq) {
    this.known = Math.max(this.known, seq);
    if (seq === 0 && this.floor < 0) this.floor = 0;
  }

  /**
   * Takes one message; returns those that now follow without a gap: none for a repeat, or for one that came too early.
   * @param {Message} message
   * @param {boolean} isReplayed  sent in order by the server, so that the first one may begin the transcript
   */
  add(message, isReplayed = true) {
    this.expect(message.seq);
    if (this.floor < 0 && isReplayed) this.floor = message.seq - 1;
    /** @type {Message[]} */
    const fresh = [];
    if (message.seq > this.last && !this.#early.has(message.seq)) this.#early.set(message.seq, message);
    for (let next; this.floor >= 0 && (next = this.#early.get(this.last + 1)); ) {
      this.#early.delete(next.seq);
      this.messages.push(next);
      fresh.push(next);
    }
    return fresh;
  }
}
