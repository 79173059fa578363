/** @typedef {typeof DEFAULTS} Chosen */

/** What an agent may choose for themself; kept in this browser, for each agent, also when they log out. */
export const DEFAULTS = {
  /** "auto" | "light" | "dark" */ theme: "auto",
  /** "cozy" | "compact" */ density: "cozy",
  /** A tone while an offer stands. */ sound: false,
  /** Of the browser, for offers. */ notifications: false,
  /** Whether a notification may say what the customer wrote. */ isWishNotified: false,
  /** Single keys, outside of text fields (WCAG 2.2, 2.1.4). */ shortcuts: true,
};

const THEME = "frontdesk.desk.theme";
const DENSITY = "frontdesk.desk.density";

/** The choices of one agent. */
export class Preferences {
  /** @type {Chosen} */ #chosen = {...DEFAULTS};
  /** @type {Set<(name: keyof Chosen) => void>} */ #listeners = new Set();

  /** @param {string} agentId */
  constructor(agentId) {
    this.key = `frontdesk.desk.preferences/${agentId}`;
    const kept = read(this.key);
    for (const name of /** @type {(keyof Chosen)[]} */ (Object.keys(DEFAULTS))) {
      if (typeof kept?.[name] === typeof DEFAULTS[name]) /** @type {any} */ (this.#chosen)[name] = kept[name];
    }
    this.#wear();
  }

  /** @template {keyof Chosen} N @param {N} name @returns {Chosen[N]} */
  get(name) {
    return this.#chosen[name];
  }

  /** @template {keyof Chosen} N @param {N} name @param {Chosen[N]} value */
  set(name, value) {
    if (this.#chosen[name] === value) return;
    this.#chosen[name] = value;
    write(this.key, this.#chosen);
    this.#wear();
    for (const listener of this.#listeners) listener(name);
  }

  /** @param {(name: keyof Chosen) => void} listener @returns {() => void} stops it */
  hear(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The page looks as chosen, and does so from its first moment on the next time: `early.js` reads these two. */
  #wear() {
    const {theme, density} = this.#chosen;
    write(THEME, theme);
    write(DENSITY, density);
    Object.assign(document.documentElement.dataset, {theme, density});
  }
}

/** @param {string} key */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // storage is forbidden, or this was not written by us
  }
}

/** @param {string} key @param {unknown} value */
function write(key, value) {
  try {
    localStorage.setItem(key, typeof value === "string" ? value : JSON.stringify(value));
  } catch {
    // then it holds until the reload
  }
}
