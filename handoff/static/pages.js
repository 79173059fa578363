/** @import {Desk} from "./desk.js" */
/** @import {Agent} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h} from "/static/dom.js";
import {button} from "./parts.js";
import {HOME} from "./place.js";

/** @typedef {{element: HTMLElement, render?: () => void, stop?: () => void, guard?: {mayLeave: () => Promise<boolean>}}} AdminPage
 *   What `open(desk, text)` of `admin/PAGE.js` gives. */

/** The pages beside the desk, and the least role that opens each; the server checks it again. */
export const PAGES = /** @type {const} */ ({knowledge: "agent", replies: "agent", hours: "supervisor", health: "supervisor", agents: "admin", audit: "admin"});
const RANKS = ["agent", "supervisor", "admin"];

/** @param {Agent | null} agent @returns {(keyof typeof PAGES)[]} */
export function pagesOf(agent) {
  const rank = RANKS.indexOf(agent?.role ?? "agent");
  return /** @type {(keyof typeof PAGES)[]} */ (Object.keys(PAGES)).filter((page) => RANKS.indexOf(PAGES[page]) <= rank);
}

/** Where an admin page stands: fetched when it is first opened, in the place of the three panes. */
export class Pages {
  /** @type {{name: string, page: AdminPage | null} | null} */ #shown = null;

  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.element = h("main", {class: "page", hidden: true});
  }

  /** Shows this page; none for "". @param {string} name */
  show(name) {
    if ((this.#shown?.name ?? "") === name) return;
    this.stop();
    this.element.hidden = !name;
    if (name) this.#open(name);
  }

  render() {
    this.#shown?.page?.render?.();
  }

  /** Whether nothing unsaved would be lost, or whoever would lose it says that it may. @returns {Promise<boolean>} */
  async mayLeave() {
    return this.#shown?.page?.guard?.mayLeave() ?? true;
  }

  stop() {
    this.#shown?.page?.stop?.();
    this.#shown = null;
    this.element.replaceChildren();
  }

  /** @param {string} name */
  async #open(name) {
    const shown = (this.#shown = {name, page: /** @type {AdminPage | null} */ (null)});
    this.element.replaceChildren(h("p", {class: "alone", role: "status"}, this.text("loading")));
    if (!pagesOf(this.desk.agent).includes(/** @type {any} */ (name))) return this.#say(this.text("page.none"));
    try {
      const isKnowledge = name === "knowledge";
      const [module] = await Promise.all([isKnowledge ? import("./knowledge/page.js") : import(`./admin/${name}.js`), styles("admin/admin.css"), isKnowledge && styles("knowledge/knowledge.css")]);
      if (this.#shown !== shown) return; // meanwhile they went elsewhere
      shown.page = module.open(this.desk, this.text);
      this.element.replaceChildren(/** @type {AdminPage} */ (shown.page).element);
      shown.page?.render?.();
    } catch (error) {
      console.warn(error);
      if (this.#shown === shown) this.#say(this.text("page.failed"), button(this.text("retry"), () => (this.stop(), this.show(name))));
    }
  }

  /** @param {string} words @param {Node} [more] */
  #say(words, more) {
    const way = h("div", {class: "buttons"}, h("a", {class: "button", href: HOME}, this.text("page.back")), more ?? null);
    this.element.replaceChildren(h("div", {class: "nothing", role: "alert"}, h("p", {}, words), way));
  }
}

/** A style sheet of this page, once. @param {string} path @returns {Promise<void>} */
export function styles(path) {
  const href = new URL(path, import.meta.url).pathname;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    document.head.append(h("link", {rel: "stylesheet", href, onload: resolve, onerror: () => reject(new Error(`${path} did not come`))}));
  });
}
