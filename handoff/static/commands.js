/**
 * @typedef {{id: string, title: string | (() => string), group?: string, words?: string, note?: string | (() => string), keys?: string | string[],
 *            when?: () => boolean, run: () => void}} Command
 *   Something that can be done at the desk. `group` is a heading of the palette (`desk.group.<group>`); `words` are found too, but not shown
 *   ("*": its source has found it, whatever its title says); `note` stands behind the title; `keys` is how the keyboard does it (see
 *   `keys.js`); without `when` it can always be done.
 * @typedef {{id: string, group: string, find: (query: string, signal: AbortSignal) => Command[] | Promise<Command[]>}} Source
 *   Commands that depend on what is looked for, such as sessions, search results or canned replies.
 */

/** Everything that can be done, under ids of its own. The palette lists it, the keyboard does it. */
export class Commands {
  /** @type {Map<string, Command>} */ #known = new Map();
  /** @type {Map<string, Source>} */ #sources = new Map();

  /**
   * Adds commands; one with a known id takes its place for as long as it is there.
   * @param {...Command} commands @returns {() => void} takes them away again
   */
  register(...commands) {
    const before = commands.map(({id}) => this.#known.get(id));
    for (const command of commands) this.#known.set(command.id, command);
    return () => {
      commands.forEach((command, index) => {
        if (this.#known.get(command.id) !== command) return;
        const earlier = before[index];
        if (earlier) this.#known.set(command.id, earlier);
        else this.#known.delete(command.id);
      });
    };
  }

  /** @param {Source} source @returns {() => void} takes it away again */
  source(source) {
    this.#sources.set(source.id, source);
    return () => this.#sources.get(source.id) === source && this.#sources.delete(source.id);
  }

  get sources() {
    return [...this.#sources.values()];
  }

  /** All there are, also those that can't be done now. */
  get known() {
    return [...this.#known.values()];
  }

  /** What can be done now. */
  get all() {
    return [...this.#known.values()].filter((command) => command.when?.() ?? true);
  }

  /** Does it, where it can be done. @param {string} id @returns {boolean} whether it could */
  run(id) {
    const command = this.#known.get(id);
    if (!command || command.when?.() === false) return false;
    command.run();
    return true;
  }
}

/** @param {Command} command */
export const titleOf = ({title}) => (typeof title === "function" ? title() : title);

/** @param {Command} command */
export const noteOf = ({note}) => (typeof note === "function" ? note() : (note ?? ""));

/** @param {Command} command */
export const keysOf = ({keys}) => (keys === undefined ? [] : [keys].flat());
