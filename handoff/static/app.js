/** @import {Agent} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h, say} from "/static/dom.js";
import {Api, Problem} from "./api.js";
import {Desk} from "./desk.js";
import {forgetAsked} from "./early.js";
import {Frame} from "./frame.js";
import {Login} from "./login.js";
import {place} from "./place.js";
import {choose, preferred, trouble, words} from "./words.js";

const AGAIN_MS = 3_000;

/** The page: the login form, or the desk in its frame. */
export class App {
  api = new Api();
  /** @type {Desk | null} */ desk = null;
  /** @type {Frame | null} */ #frame = null;
  /** @type {Say} */ text = /** @type {any} */ (null);
  /** What is to be drawn at the end of this task. @type {"" | "lists" | "all"} */ #due = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.api.onended = () => this.#ended();
    this.api.onchanged = () => location.reload(); // what was not sent is kept
    addEventListener("hashchange", () => this.#moved());
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, () => this.desk && (this.desk.isBrowsing = false), {capture: true, passive: true});
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
    if (this.desk) return this.#build(this.desk);
    this.#askToLogIn();
    /** @type {HTMLElement | null} */ (document.querySelector("select.language"))?.focus();
  };

  /** @param {string} [notice] */
  #askToLogIn(notice = "") {
    const {api, text} = this;
    remember(false);
    forgetAsked();
    document.title = text("title");
    const login = new Login(api, text, notice, this.switchTo, ({csrf, agent}) => this.#welcome(csrf, agent));
    this.root.replaceChildren(login.element);
    login.focus();
  }

  /** @param {string} csrf @param {Agent} agent */
  #welcome(csrf, agent) {
    remember(true);
    this.api.csrf = csrf;
    this.desk = new Desk(this.api, {changed: (part) => this.#later(part), ended: () => this.#ended()});
    this.desk.start(agent);
    this.#build(this.desk);
    this.#moved();
  }

  /** @param {Desk} desk */
  #build(desk) {
    this.#frame?.stop();
    this.#frame = new Frame(desk, this.text, this.switchTo, () => this.#logOut());
    this.root.replaceChildren(this.#frame.element);
    this.#draw(desk, true);
  }

  /** Drawing waits for the end of the task: many changes are one picture. @param {"lists" | "all"} [part] */
  #later(part = "all") {
    const isDue = this.#due !== "";
    if (this.#due !== "all") this.#due = part;
    if (isDue) return;
    queueMicrotask(() => {
      const isAll = this.#due === "all";
      this.#due = "";
      if (this.desk) this.#draw(this.desk, isAll);
    });
  }

  /** @param {Desk} desk @param {boolean} isAll */
  #draw(desk, isAll) {
    this.#frame?.render(isAll);
    const count = desk.waitingCount;
    say(/** @type {Element} */ (document.querySelector("title")), (count ? `(${count}) ` : "") + this.text("title"));
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
    this.#frame?.stop();
    [this.desk, this.#frame] = [null, null];
    this.#askToLogIn(notice);
  }
}

/** What the page shows in its first moment, before anybody has answered: the desk's outline, or none. @param {boolean} isIn */
function remember(isIn) {
  try {
    if (isIn) localStorage.setItem("frontdesk.desk.in", "1");
    else localStorage.removeItem("frontdesk.desk.in");
  } catch {
    // then there is no outline
  }
}
