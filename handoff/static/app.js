/** @import {Agent} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h, say} from "/static/dom.js";
import {About} from "./about.js";
import {Api, Problem} from "./api.js";
import {Bar} from "./bar.js";
import {Desk} from "./desk.js";
import {Lists} from "./lists.js";
import {Login} from "./login.js";
import {Middle} from "./middle.js";
import {Pages} from "./pages.js";
import {place} from "./place.js";
import {choose, preferred, trouble, words} from "./words.js";

const AGAIN_MS = 3_000;

/** The page: the login form, or the desk with its panes. Where it stands is in the address: `#/session/ID`, `#/session/ID/about`. */
export class App {
  api = new Api();
  /** @type {Desk | null} */ desk = null;
  /** @type {((isAll: boolean) => void) | null} */ #render = null;
  /** @type {Say} */ text = /** @type {any} */ (null);
  #stop = () => {};
  /** What is to be drawn at the end of this task. @type {"" | "lists" | "all"} */ #due = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.api.onended = () => this.#ended();
    this.api.onchanged = () => location.reload(); // what was not sent is kept
    addEventListener("hashchange", () => this.#moved());
  }

  async start() {
    try {
      await this.#speak(preferred());
    } catch {
      return void setTimeout(() => this.start(), AGAIN_MS); // the server is not there: without it there are no words to say so
    }
    await this.#enter();
  }

  async #enter() {
    try {
      const {csrf, agent} = await this.api.get("me");
      this.#welcome(csrf, agent);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "login_required") return void this.#askToLogIn();
      this.root.replaceChildren(h("p", {class: "alone", role: "alert"}, trouble(this.text, error)));
      setTimeout(() => this.#enter(), AGAIN_MS);
    }
  }

  /** @param {string} language */
  async #speak(language) {
    this.text = await words(language);
    document.documentElement.lang = this.text.language;
  }

  /** @param {string} language */
  switchTo = async (language) => {
    choose(language);
    await this.#speak(language);
    if (this.desk) this.#build(this.desk);
    else this.#askToLogIn();
    /** @type {HTMLElement | null} */ (document.querySelector("select.language"))?.focus();
  };

  /** @param {string} [notice] */
  #askToLogIn(notice = "") {
    const {api, text} = this;
    document.title = text("title");
    const login = new Login(api, text, notice, this.switchTo, ({csrf, agent}) => this.#welcome(csrf, agent));
    this.root.replaceChildren(login.element);
    login.focus();
  }

  /** @param {string} csrf @param {Agent} agent */
  #welcome(csrf, agent) {
    this.api.csrf = csrf;
    this.desk = new Desk(this.api, {changed: (part) => this.#later(part), ended: () => this.#ended()});
    this.desk.start(agent);
    this.#build(this.desk);
    this.#moved();
  }

  /** @param {Desk} desk */
  #build(desk) {
    const {text} = this;
    this.#stop();
    const bar = new Bar(desk, text, this.switchTo, () => this.#logOut());
    const lists = new Lists(desk, text);
    const middle = new Middle(desk, text);
    const about = new About(desk, text);
    const panes = h("main", {class: "panes"}, lists.element, middle.element, about.element);
    const pages = new Pages(desk, text);
    const app = h("div", {class: "app"}, bar.element, panes, pages.element);
    this.#stop = () => pages.stop();
    this.#render = (isAll) => {
      const {id, isAbout, page} = place();
      panes.hidden = Boolean(page);
      pages.show(page);
      if (page) pages.render();
      app.dataset.pane = !id ? "lists" : isAbout ? "about" : "middle";
      for (const part of isAll ? [bar, lists, middle, about] : [bar, lists]) part.render();
      const waiting = desk.offers.size + [...desk.tails].reduce((sum, [key, tail]) => sum + (desk.sessions.has(key) ? tail.unread : 0), 0);
      say(/** @type {Element} */ (document.querySelector("title")), (waiting ? `(${waiting}) ` : "") + text("title"));
    };
    this.root.replaceChildren(app);
    this.#render(true);
  }

  /** Drawing waits for the end of the task: many changes are one picture. @param {"lists" | "all"} [part] */
  #later(part = "all") {
    const isDue = this.#due !== "";
    if (this.#due !== "all") this.#due = part;
    if (isDue) return;
    queueMicrotask(() => {
      const isAll = this.#due === "all";
      this.#due = "";
      this.#render?.(isAll);
    });
  }

  #moved() {
    this.desk?.choose(place().id);
    this.#later();
  }

  async #logOut() {
    await this.api.post("logout").catch(() => {}); // a login that can't be ended from here ends by itself
    this.desk?.keep.clear();
    this.#ended("");
  }

  /** @param {string} [notice] */
  #ended(notice = this.text("login.ended")) {
    if (!this.desk) return;
    this.desk.stop();
    this.#stop();
    [this.desk, this.#render] = [null, null];
    this.#askToLogIn(notice);
  }
}
