/** Small things that outlive a reload: drafts and unsent replies of one agent. Where storage is forbidden they live as long as the page. */
export class Keep {
  /** @type {Map<string, string>} */ #memory = new Map();

  /** @param {string} prefix */
  constructor(prefix) {
    this.prefix = prefix;
  }

  /** @param {string} key @returns {any} what was put there, or null */
  get(key) {
    const raw = this.#memory.get(key) ?? this.#try((storage) => storage.getItem(this.prefix + key)) ?? null;
    try {
      return raw === null ? null : JSON.parse(raw);
    } catch {
      return null; // not written by us
    }
  }

  /** @param {string} key @param {unknown} value */
  put(key, value) {
    const raw = JSON.stringify(value);
    const isKept = this.#try((storage) => (storage.setItem(this.prefix + key, raw), true));
    if (isKept) this.#memory.delete(key);
    else this.#memory.set(key, raw);
  }

  /** @param {string} key */
  drop(key) {
    this.#memory.delete(key);
    this.#try((storage) => storage.removeItem(this.prefix + key));
  }

  /** @param {string} start @returns {string[]} the keys that begin so, in their order */
  keys(start) {
    const stored = this.#try((storage) => Object.keys(storage)) ?? [];
    const ours = stored.filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
    return [...new Set([...ours, ...this.#memory.keys()])].filter((key) => key.startsWith(start)).sort();
  }

  /** Forgets everything: the next person at this computer has no business with it. */
  clear() {
    for (const key of this.keys("")) this.drop(key);
  }

  /** @template T @param {(storage: Storage) => T} act @returns {T | undefined} */
  #try(act) {
    try {
      return act(localStorage);
    } catch {
      return undefined; // forbidden, or full
    }
  }
}

/** An id that nobody guesses and that sorts by its time. @returns {string} */
export function newCid() {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return Date.now().toString(36).padStart(9, "0") + [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
