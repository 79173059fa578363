/** @import {Thing} from "../parts.js" */
import {h} from "/static/dom.js";
import {fill} from "../parts.js";

const BEYOND_COUNT = 12;
const NEAR_END_COUNT = 60;
const GUESS_PX = 58;

/**
 * A list of any length whose rows are of one height: only those near what is seen are built, and the rest is room. `ending` is called when
 * its end comes near.
 */
export class Rolling {
  /** @type {readonly (() => Thing)[]} */ #rows = [];
  #height = GUESS_PX;
  #isDue = false;

  /** @param {string} name @param {() => void} ending */
  constructor(name, ending) {
    this.ending = ending;
    this.list = h("ul", {class: "kb-rows", "aria-label": name});
    this.element = h("div", {class: "kb-scroll", onscroll: () => this.#later()}, this.list);
    this.watch = new ResizeObserver(() => this.#later());
    this.watch.observe(this.element);
  }

  stop() {
    this.watch.disconnect();
  }

  /** @param {readonly (() => Thing)[]} rows */
  show(rows) {
    this.#rows = rows;
    this.draw();
  }

  /** Brings a row into sight, wherever it is. @param {number} index */
  reveal(index) {
    const top = index * this.#height;
    const {scrollTop, clientHeight} = this.element;
    if (top < scrollTop || top + this.#height > scrollTop + clientHeight) this.element.scrollTop = Math.max(0, top - clientHeight / 2);
    this.draw();
  }

  #later() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => ((this.#isDue = false), this.draw()));
  }

  draw() {
    const {scrollTop, clientHeight} = this.element;
    const seen = Math.ceil((clientHeight || 800) / this.#height);
    const first = Math.max(0, Math.min(Math.floor(scrollTop / this.#height) - BEYOND_COUNT, this.#rows.length - seen));
    const last = Math.min(this.#rows.length, first + seen + 2 * BEYOND_COUNT);
    fill(this.list, this.#rows.slice(first, last).map((row, at) => this.#placed(row(), first + at)));
    this.list.style.setProperty("padding-block", `${first * this.#height}px ${(this.#rows.length - last) * this.#height}px`);
    this.#measure();
    if (last > this.#rows.length - NEAR_END_COUNT) this.ending();
  }

  /** @param {Thing} thing @param {number} index @returns {Thing} */
  #placed({key, sign, make}, index) {
    const count = this.#rows.length;
    const placed = () => {
      const element = make();
      element.setAttribute("aria-setsize", String(count));
      element.setAttribute("aria-posinset", String(index + 1));
      return element;
    };
    return {key, sign: `${sign}/${index}/${count}`, make: placed};
  }

  #measure() {
    const height = this.list.firstElementChild?.getBoundingClientRect().height ?? 0;
    if (height < 1 || Math.abs(height - this.#height) < 0.5) return;
    this.#height = height;
    this.#later();
  }
}
