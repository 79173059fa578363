/** @import {Message, Note} from "../shapes.js" */
/** @import {Row} from "./roll.js" */
/** @import {Bubbles, Stand} from "./bubbles.js" */
/** @import {Fate} from "./fates.js" */

const GROUP_MS = 5 * 60_000;

/**
 * A message, a note or a day of the conversation as a row: its place is `order`, a note stands behind the message after which it was written.
 * @typedef {Row & {order: number, day: string, speaker: string, atMs: number, stand: Stand, isLatest?: boolean,
 *         message?: Message, note?: Note}} Line
 */

/**
 * Turns messages and notes into lines: who speaks begins a group, a new day gets its own line, and what is known is taken up again.
 */
export class Story {
  /** @type {Map<string, Line>} */ known = new Map();

  /** @param {Bubbles} bubbles @param {(message: Message) => Fate} fateOf */
  constructor(bubbles, fateOf) {
    this.bubbles = bubbles;
    this.fateOf = fateOf;
  }

  clear() {
    this.known.clear();
  }

  /** @param {Message} message */
  keyOf = (message) => (message.cid && message.author === "agent" ? message.cid : `#${message.seq}`);

  /** Lines of these, in order, without days. @param {Message[]} messages @param {Note[]} notes @returns {Line[]} */
  lines(messages, notes) {
    const lines = [...messages.map((message) => this.#ofMessage(message)), ...notes.map((note) => this.#ofNote(note))];
    return notes.length ? lines.sort((a, b) => a.order - b.order || a.atMs - b.atMs) : lines;
  }

  /**
   * The same with their days, grouped; `before` is the line that stands above them, if any.
   * @param {Line[]} lines @param {Line | null} before @returns {Line[]}
   */
  told(lines, before) {
    const told = [];
    let above = before;
    for (const line of lines) {
      if (line.day !== above?.day) told.push(this.#ofDay(line));
      this.join(above, line);
      told.push(line);
      above = line;
    }
    return told;
  }

  /** Sets how two neighbours stand together. @param {Line | null} above @param {Line | null} below */
  join(above, below) {
    const isOne = Boolean(above && below && above.speaker && above.speaker === below.speaker && above.day === below.day && below.atMs - above.atMs < GROUP_MS);
    if (above) this.#stands(above, {...above.stand, last: !isOne});
    if (below) this.#stands(below, {...below.stand, first: !isOne});
  }

  /** @param {Line} line @param {Stand} stand */
  #stands(line, stand) {
    if (line.stand.first === stand.first && line.stand.last === stand.last) return;
    line.stand = stand;
    if (line.element) this.bubbles.stand(line.element, stand);
  }

  /** @param {Message} message @returns {Line} */
  #ofMessage(message) {
    const speaker = message.author === "system" ? "" : `${message.author}/${message.agent_id ?? ""}/${message.name ?? ""}`;
    /** @type {Line} */
    const line = {
      key: this.keyOf(message), order: message.seq, day: new Date(message.at).toDateString(), speaker, atMs: Date.parse(message.at), stand: {first: true, last: true},
      element: null, message,
      make: () => {
        const said = /** @type {Message} */ (line.message);
        const made = this.bubbles.message(said, line.stand, this.fateOf(said));
        if (line.isLatest) made.classList.add("latest");
        return made;
      },
    };
    this.known.set(line.key, line);
    return line;
  }

  /** @param {Note} note @returns {Line} */
  #ofNote(note) {
    /** @type {Line} */
    const line = {
      key: `note/${note.id}`, order: note.after_seq + 0.5, day: new Date(note.at).toDateString(), speaker: "", atMs: Date.parse(note.at), stand: {first: true, last: true},
      element: null, note, make: () => this.bubbles.note(note, line.stand),
    };
    this.known.set(line.key, line);
    return line;
  }

  /** @param {Line} line @returns {Line} */
  #ofDay(line) {
    const at = (line.message ?? line.note)?.at ?? "";
    /** @type {Line} */
    const day = {key: `day/${line.day}`, order: line.order - 0.1, day: line.day, speaker: "", atMs: line.atMs, stand: {first: true, last: true}, element: null, make: () => this.bubbles.day(at)};
    this.known.set(day.key, day);
    return day;
  }
}
