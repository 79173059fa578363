/** @import {Say} from "../words.js" */
import {ask} from "./frame.js";

/**
 * Keeps unsaved changes from being lost: whoever leaves, by a link, by "back", by closing the tab, is asked first.
 *
 * An address can't be refused, only put back. `popstate` comes in the very moment in which it changes, before the page has looked at it
 * (`hashchange` comes later): so the page never sees a move that was not allowed.
 */
export class Guard {
  #isPassing = false;
  #isAsking = false;
  #at = location.href;
  /** @type {() => boolean} */ isDirty = () => false;

  /** @param {Say} text */
  constructor(text) {
    this.text = text;
    addEventListener("popstate", this.#moved);
    addEventListener("beforeunload", this.#leaving);
  }

  stop() {
    removeEventListener("popstate", this.#moved);
    removeEventListener("beforeunload", this.#leaving);
  }

  /** Goes where nothing has to be asked. @param {() => void} move */
  pass(move) {
    this.#isPassing = true;
    move();
  }

  /** Whether what is not saved may be lost: asked for what no address tells of, such as another language or the way out. @returns {Promise<boolean>} */
  async mayLeave() {
    if (!this.isDirty()) return true;
    if (this.#isAsking) return false;
    this.#isAsking = true;
    const {text} = this;
    const isLeaving = await ask(text, {title: text("unsaved.title"), words: text("unsaved.words"), act: text("unsaved.leave"), tone: "danger"});
    this.#isAsking = false;
    return isLeaving;
  }

  #moved = async () => {
    const isFree = this.#isPassing || !this.isDirty();
    this.#isPassing = false;
    if (isFree) return void (this.#at = location.href);
    const wanted = location.hash;
    history.replaceState(null, "", this.#at);
    if (await this.mayLeave()) this.pass(() => (location.hash = wanted));
  };

  /** @param {BeforeUnloadEvent} event */
  #leaving = (event) => {
    if (this.isDirty()) event.preventDefault();
  };
}
