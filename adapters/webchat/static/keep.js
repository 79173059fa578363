/** @import {Config, Entry, Message, Survey} from "./frames.js" */

/**
 * @typedef {{token?: string, link?: string, messages: Message[], read: number, config?: Config, survey?: Survey | null,
 *            at: number}} Saved
 */

const MESSAGES_MAX_COUNT = 200;
const EMPTY = {messages: [], read: 0, at: 0};
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let lastMs = 0;

/**
 * What this browser remembers of one site's conversation, in first-party storage.
 *
 * One item holds the conversation, and every unsent message is an item of its own, so that two tabs never overwrite each other's.
 * Where storage is forbidden or full, everything still works until the page is left.
 */
export class Keep {
  /** @param {string} prefix  of the storage keys; the loader knows it too. */
  constructor(prefix) {
    this.prefix = prefix;
    /** @type {Saved} */
    this.saved = {...EMPTY, ...parsed(read(prefix))};
  }

  /** @param {Partial<Saved>} patch */
  save(patch) {
    if (!("token" in patch) && this.newerToken) return void Object.assign(this.saved, patch); // what we keep is of the past
    Object.assign(this.saved, patch, {at: Date.now()});
    const messages = this.saved.messages.slice(-MESSAGES_MAX_COUNT);
    const stored = parsed(read(this.prefix));
    // Another tab may be ahead of this one in the same conversation: its transcript is the better one to find after a reload.
    const isBehind = stored?.token === this.saved.token && (stored?.messages.at(-1)?.seq ?? 0) > (messages.at(-1)?.seq ?? 0);
    const value = {...this.saved, messages: isBehind ? stored?.messages : messages};
    if (!write(this.prefix, JSON.stringify(value))) write(this.prefix, JSON.stringify({...value, messages: []}));
  }

  /** The unsent messages, oldest first. */
  entries() {
    /** @type {Entry[]} */
    const found = [];
    for (const key of keys()) if (key.startsWith(this.#entry(""))) found.push(parsed(read(key)));
    return found.filter(Boolean).sort((a, b) => (a.cid < b.cid ? -1 : 1));
  }

  /** @param {Entry} entry */
  put(entry) {
    write(this.#entry(entry.cid), JSON.stringify(entry));
  }

  /** @param {string} cid */
  drop(cid) {
    attempt(() => localStorage.removeItem(this.#entry(cid)));
  }

  /**
   * Calls back when another tab changes or drops an unsent message, and when it has shown messages; the claim that it has been given is
   * ours too. Returns what stops it.
   * @param {(cid: string, entry: Entry | null) => void} changed
   * @param {() => void} shown
   */
  watch(changed, shown) {
    /** @param {StorageEvent} event */
    const heard = ({key, newValue}) => {
      const value = parsed(newValue);
      if (key?.startsWith(this.#entry(""))) changed(key.slice(this.#entry("").length), value);
      if (key !== this.prefix || value?.token !== this.saved.token) return;
      this.saved.link = value.link;
      if (value.read <= this.saved.read) return;
      this.saved.read = value.read;
      shown();
    };
    addEventListener("storage", heard);
    return () => removeEventListener("storage", heard);
  }

  /** The token that another tab has kept since ours, because its visitor has logged in, for one. */
  get newerToken() {
    const token = parsed(read(this.prefix))?.token;
    return token !== this.saved.token ? token : undefined;
  }

  /** Whether this site may make a sound. */
  get isLoud() {
    return Boolean(read(`${this.prefix}/sound`));
  }

  set isLoud(isLoud) {
    write(`${this.prefix}/sound`, isLoud ? "1" : "");
  }

  /** Forgets the conversation, not the unsent messages. */
  forget() {
    this.saved = {...EMPTY, messages: []};
    attempt(() => localStorage.removeItem(this.prefix));
  }

  /** @param {string} cid */
  #entry(cid) {
    return `${this.prefix}/out/${cid}`;
  }
}

/** @template T @param {() => T} act @returns {T | undefined} */
function attempt(act) {
  try {
    return act();
  } catch {
    return undefined; // storage is forbidden or full
  }
}

/** @param {string} key */
const read = (key) => attempt(() => localStorage.getItem(key));
const keys = () => attempt(() => Object.keys(localStorage)) ?? [];

/** @param {string} key @param {string} value */
const write = (key, value) => attempt(() => (localStorage.setItem(key, value), true)) ?? false;

/** @param {string | null | undefined} json @returns {any} */
const parsed = (json) => attempt(() => JSON.parse(json || "null"));

/**
 * A fresh ULID. Those of one page sort in the order they were made, even inside one millisecond and when the clock is set back.
 */
export function ulid() {
  lastMs = Math.max(Date.now(), lastMs + 1);
  let time = "";
  for (let rest = lastMs, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32] + time;
  const random = crypto.getRandomValues(new Uint8Array(16));
  return time + Array.from(random, (byte) => ALPHABET[byte % 32]).join("");
}
