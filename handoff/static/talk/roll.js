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
  #width = 0;
  /** What stood at the top of the view when it last moved, and where. @type {{element: Element | null, bottom: number}} */
  #held = {element: null, bottom: 0};

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
    this.#held = {element: null, bottom: 0};
    this.element.replaceChildren();
  }

  /** Adds rows at the end. @param {Row[]} rows */
  append(rows) {
    let last = this.chunks[this.chunks.length - 1];
    for (const row of rows) {
      if (!last || last.rows.length >= CHUNK_ROWS) {
        last = this.#chunk([]);
        last.isBuilt = true;
        last.element.style.removeProperty("block-size");
        this.chunks.push(last);
        this.element.append(last.element);
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

  /** @param {Row} row */
  remove(row) {
    const chunk = this.chunks.find(({rows}) => rows.includes(row));
    if (!chunk) return;
    chunk.rows.splice(chunk.rows.indexOf(row), 1);
    row.element?.remove();
    row.element = null;
    if (!chunk.rows.length) this.#drop(chunk);
    else if (chunk.isBuilt) this.#measure(chunk);
  }

  /** @param {Chunk} chunk */
  #drop(chunk) {
    this.sizes.unobserve(chunk.element);
    chunk.element.remove();
    this.chunks.splice(this.chunks.indexOf(chunk), 1);
  }

  /** Something in the first chunk has changed its height, perhaps out of sight. */
  remeasureFirst() {
    const [first] = this.chunks.filter((chunk) => chunk.isBuilt);
    if (first) this.#measure(first);
  }

  /** Does something to what lies above; what is in sight stays there. @param {() => void} act */
  keep(act) {
    const anchor = this.#anchor();
    const before = anchor?.getBoundingClientRect().bottom ?? 0;
    act();
    if (!anchor?.isConnected) return;
    const moved = anchor.getBoundingClientRect().bottom - before;
    if (moved) this.scroller.scrollTop += moved;
  }

  /** The first row that is visible and made, days aside: those come and go. */
  #anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    for (const chunk of this.#within(0)) {
      for (const {element, key} of chunk.isBuilt ? chunk.rows : []) {
        if (element && !key.startsWith("day/") && element.getBoundingClientRect().bottom > top) return element;
      }
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
    this.#measure(chunk);
  }

  /** Notes a chunk's real height, to a fraction of a pixel; from now on the browser leaves it out while it is out of sight. @param {Chunk} chunk */
  #measure(chunk) {
    chunk.element.removeAttribute("data-skips");
    this.#sized(chunk, chunk.element.getBoundingClientRect().height);
    attribute(chunk.element, "data-skips", true);
  }

  /** @param {Chunk} chunk @param {number} height */
  #sized(chunk, height) {
    chunk.height = height;
    if (chunk.isBuilt) chunk.element.style.setProperty("contain-intrinsic-block-size", `${height}px`);
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
      const [{blockSize, inlineSize}] = borderBoxSize;
      if (chunk) this.#sized(chunk, blockSize);
      else if (this.#width && this.#width !== inlineSize) this.#rewrapped();
      if (!chunk) [this.#view, this.#width] = [blockSize, inlineSize];
    }
    this.plan();
  }

  /** The lines are broken anew: every height is another, and what was in sight is looked for again. */
  #rewrapped() {
    const {element, bottom} = this.#held;
    for (const chunk of this.chunks) if (chunk.isBuilt) this.#measure(chunk);
    if (element?.isConnected) this.scroller.scrollTop += element.getBoundingClientRect().bottom - bottom;
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
    const element = this.#anchor();
    this.#held = {element, bottom: element?.getBoundingClientRect().bottom ?? 0};
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
