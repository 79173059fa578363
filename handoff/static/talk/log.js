/** @import {Message, Part} from "../shapes.js" */

/**
 * The messages of one conversation in order, and which of them are new or have changed since somebody last took note. Five thousand of
 * them cost nothing as long as nothing happens to them.
 */
export class Log {
  /** In order, without doubles. @type {Message[]} */ all = [];
  /** Rises when what was held is not to be relied on any more. */
  generation = 0;
  /** @type {Map<number, Message>} */ #bySeq = new Map();
  /** @type {Set<number>} */ #touched = new Set();
  /** @type {Set<string>} */ #cids = new Set();

  /** The seq of the newest, or 0. */
  get last() {
    return this.all[this.all.length - 1]?.seq ?? 0;
  }

  /** The seq of the oldest held, or 0. */
  get first() {
    return this.all[0]?.seq ?? 0;
  }

  /** @param {number} seq */
  get(seq) {
    return this.#bySeq.get(seq);
  }

  /** Whether it holds what was sent from here under this id. @param {string} cid */
  hasCid(cid) {
    return this.#cids.has(cid);
  }

  /** @param {Message[]} messages */
  put(messages) {
    let isOrdered = true;
    for (const message of messages) {
      const known = this.#bySeq.get(message.seq);
      if (known && isSame(known, message)) continue;
      if (known?.trouble && !message.trouble && known.status === message.status) message.trouble = known.trouble; // not every reader is told
      this.#touched.add(message.seq);
      this.#bySeq.set(message.seq, message);
      if (message.cid && message.author === "agent") this.#cids.add(message.cid);
      if (known) this.all[this.#at(message.seq)] = message;
      else {
        isOrdered &&= message.seq > this.last;
        this.all.push(message);
      }
    }
    if (!isOrdered) this.all.sort((a, b) => a.seq - b.seq);
  }

  clear() {
    this.all = [];
    this.#bySeq.clear();
    this.#touched.clear();
    this.#cids.clear();
    this.generation++;
  }

  /** What has been touched since this was last asked, in order. */
  take() {
    const touched = [...this.#touched].sort((a, b) => a - b);
    this.#touched.clear();
    return touched;
  }

  /** Where a seq that is held stands. @param {number} seq */
  #at(seq) {
    let [low, high] = [0, this.all.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether a message reads as it did: on record its fate changes, and a file that was on its way arrives. @param {Message} a @param {Message} b */
const isSame = (a, b) => a.status === b.status && a.id === b.id && a.why?.heard?.ms === b.why?.heard?.ms && (!b.trouble || (a.trouble?.code === b.trouble.code && a.trouble.until === b.trouble.until)) && a.parts.length === b.parts.length && a.parts.every((part, index) => isSamePart(part, b.parts[index]));

/** @param {Part} a @param {Part} b */
const isSamePart = (a, b) => a.type === b.type && (a.type !== "arriving" || b.type !== "arriving" || a.failure === b.failure);
