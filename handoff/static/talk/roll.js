import {attribute, h} from "/static/dom.js";

const CHUNK_ROWS = 20;
/** What may stay built: a thousand rows or more, so that the browser's own search finds words in any usual conversation. */
const KEPT_CHUNKS = 50;
const ROW_GUESS_PX = 56;
/** How far beyond the visible part things are built beforehand, in heights of it. */
const AHEAD = 1.5;

/**
 * One line of the roll. What it shows is made by `make`, once it is near; `element` is that, as long as it is kept.
 * @typedef {{key: string, make: () => HTMLElement, element: HTMLElement | null}} Row
 */
/** @typedef {{element: HTMLElement, rows: Row[], height: number, isBuilt: boolean}} Chunk */

/**
 * A long roll of rows inside a scroller, of which only the part around the visible one is built.
 *
 * Rows stand in chunks of twenty. A chunk far away is an empty box of the height that it had, one near but out of sight is skipped by the
 * browser (`content-visibility`). Whatever changes above what is in sight, what is in sight stays where it is, to the pixel: this roll
 * sees to that itself, because browsers don't at the very top, and one of them never does.
 */
export class Roll {
  /** @type {Chunk[]} */ chunks = [];
  /** @type {WeakMap<Element, Chunk>} */ #chunkOf = new WeakMap();
  #isPlanned = false;
  #view = 0;

  /** @param {HTMLElement} scroller @param {string} label */
  constructor(scroller, label) {
    this.scroller = scroller;
    this.element = h("div", {class: "log", role: "log", "aria-label": label, "aria-live": "off"});
    this.sizes = new ResizeObserver((entries) => this.#resized(entries));
    this.sizes.observe(scroller);
  }

  stop() {
    this.sizes.disconnect();
    this.clear();
  }

  clear() {
    for (const {element} of this.chunks) this.sizes.unobserve(element);
    this.chunks = [];
    this.element.replaceChildren();
  }

  /** Adds rows at the end. @param {Row[]} rows */
  append(rows) {
    let last = this.chunks[this.chunks.length - 1];
    for (const row of rows) {
      if (!last || last.rows.length >= CHUNK_ROWS) {
        last = this.#chunk([]);
        last.isBuilt = true;
        this.chunks.push(last);
        this.element.append(last.element);
        this.#skip(last);
      }
      last.rows.push(row);
      if (last.isBuilt) last.element.append((row.element ??= row.make()));
      else last.height += ROW_GUESS_PX;
    }
    this.plan();
  }

  /** Adds many rows at the end without making them yet. @param {Row[]} rows */
  lay(rows) {
    for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
      const chunk = this.#chunk(rows.slice(at, at + CHUNK_ROWS));
      this.chunks.push(chunk);
      this.element.append(chunk.element);
    }
  }

  /** Adds rows at the start; what is in sight stays there. @param {Row[]} rows */
  prepend(rows) {
    this.keep(() => {
      for (let end = rows.length; end > 0; end -= CHUNK_ROWS) {
        const chunk = this.#chunk(rows.slice(Math.max(0, end - CHUNK_ROWS), end));
        this.chunks.unshift(chunk);
        this.element.prepend(chunk.element);
      }
    });
    this.plan();
  }

  /** Makes a row anew where it stands. @param {Row} row */
  remake(row) {
    if (!row.element) return;
    const made = row.make();
    row.element.replaceWith(made);
    row.element = made;
  }

  /** @param {Row} row */
  remove(row) {
    const chunk = this.chunks.find(({rows}) => rows.includes(row));
    if (!chunk) return;
    chunk.rows.splice(chunk.rows.indexOf(row), 1);
    row.element?.remove();
    row.element = null;
  }

  /** Shows a row, in the middle of what is visible. @param {Row} row */
  reveal(row) {
    const chunk = this.chunks.find(({rows}) => rows.includes(row));
    if (!chunk) return;
    this.#build(chunk);
    row.element?.scrollIntoView({block: "center"});
    this.plan();
  }

  /** Does something to what lies above; what is in sight stays there. @param {() => void} act */
  keep(act) {
    const anchor = this.#anchor();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    act();
    if (!anchor?.isConnected) return;
    const moved = anchor.getBoundingClientRect().top - before;
    if (moved) this.scroller.scrollTop += moved;
  }

  /** What is visible and made: the first chunk of those. */
  #anchor() {
    const [top, bottom] = this.#span(0);
    let y = this.element.offsetTop;
    for (const chunk of this.chunks) {
      if (chunk.isBuilt && y + chunk.height > top && y < bottom) return chunk.element;
      y += chunk.height;
    }
    return null;
  }

  /** @param {Row[]} rows @returns {Chunk} */
  #chunk(rows) {
    const element = h("div", {class: "chunk"});
    const chunk = {element, rows, height: rows.length * ROW_GUESS_PX, isBuilt: false};
    element.style.setProperty("block-size", `${chunk.height}px`);
    this.#chunkOf.set(element, chunk);
    this.sizes.observe(element);
    return chunk;
  }

  /** @param {Chunk} chunk */
  #build(chunk) {
    if (chunk.isBuilt) return;
    chunk.isBuilt = true;
    chunk.element.append(...chunk.rows.map((row) => (row.element = row.make())));
    chunk.element.style.removeProperty("block-size");
    chunk.height = chunk.element.offsetHeight; // not skipped yet: this is its real height
    this.#skip(chunk);
  }

  /** From now on the browser leaves it out while it is out of sight. @param {Chunk} chunk */
  #skip(chunk) {
    if (chunk.height) chunk.element.style.setProperty("contain-intrinsic-block-size", `auto ${chunk.height}px`);
    attribute(chunk.element, "data-skips", true);
  }

  /** @param {Chunk} chunk */
  #fold(chunk) {
    chunk.isBuilt = false;
    chunk.element.style.setProperty("block-size", `${chunk.height}px`);
    chunk.element.removeAttribute("data-skips");
    chunk.element.replaceChildren();
    for (const row of chunk.rows) row.element = null;
  }

  /** @param {ResizeObserverEntry[]} entries */
  #resized(entries) {
    for (const {target, borderBoxSize} of entries) {
      const chunk = this.#chunkOf.get(target);
      if (chunk) chunk.height = borderBoxSize[0].blockSize;
      else this.#view = borderBoxSize[0].blockSize;
    }
    this.plan();
  }

  /** From where to where, in the scroller's content. @param {number} ahead */
  #span(ahead) {
    const {scrollTop} = this.scroller;
    const view = this.#view || this.scroller.clientHeight;
    return [scrollTop - view * ahead, scrollTop + view * (1 + ahead)];
  }

  /** Builds what is in sight at once, what is near soon, and lets go of what is far. */
  settle() {
    for (const chunk of this.#within(0)) if (!chunk.isBuilt) this.keep(() => this.#build(chunk));
    this.plan();
  }

  /** @param {number} ahead @returns {Chunk[]} */
  #within(ahead) {
    const [top, bottom] = this.#span(ahead);
    const found = [];
    let y = this.element.offsetTop;
    for (const chunk of this.chunks) {
      if (y + chunk.height >= top && y <= bottom) found.push(chunk);
      y += chunk.height;
      if (y > bottom) break;
    }
    return found;
  }

  /** One chunk to a frame, so that no frame is late for it. */
  plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(() => {
      this.#isPlanned = false;
      const near = this.#within(AHEAD);
      const next = near.findLast((chunk) => !chunk.isBuilt);
      if (next) this.keep(() => this.#build(next));
      else this.#letGo(near);
      if (next) this.plan();
    });
  }

  /** @param {Chunk[]} near */
  #letGo(near) {
    const built = this.chunks.filter((chunk) => chunk.isBuilt);
    const middle = this.chunks.indexOf(near[0]);
    if (built.length <= KEPT_CHUNKS || middle < 0) return;
    const far = (/** @type {Chunk} */ chunk) => Math.abs(this.chunks.indexOf(chunk) - middle);
    const isHeld = (/** @type {Chunk} */ {element}) => element.contains(document.activeElement) || Boolean(getSelection()?.containsNode(element, true) && !getSelection()?.isCollapsed);
    const [farthest] = built.filter((chunk) => !near.includes(chunk) && !isHeld(chunk)).sort((a, b) => far(b) - far(a));
    if (farthest) (this.#fold(farthest), built.length - 1 > KEPT_CHUNKS && this.plan());
  }
}
