/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {h} from "/static/dom.js";
import {About} from "./about.js";
import {Bar} from "./bar.js";
import {registerDeeds} from "./deeds.js";
import {Keys} from "./keys.js";
import {Lists} from "./lists.js";
import {Middle} from "./middle.js";
import {Notices} from "./notify.js";
import {Pages} from "./pages.js";
import {Palette} from "./palette.js";
import {place} from "./place.js";
import {Search} from "./search.js";
import {showSettings} from "./settings.js";

/** The desk in one language: the bar, three panes or a page in their place, and what works them. */
export class Frame {
  /** @param {Desk} desk @param {Say} text @param {(language: string) => void} switchTo @param {() => void} logOut */
  constructor(desk, text, switchTo, logOut) {
    this.desk = desk;
    this.bar = new Bar(desk, text);
    this.lists = new Lists(desk, text);
    this.search = new Search(desk, text);
    this.middle = new Middle(desk, text);
    this.about = new About(desk, text);
    this.pages = new Pages(desk, text);
    this.notices = new Notices(desk, text);
    this.keys = new Keys(desk);
    this.panes = h("main", {class: "panes"}, this.lists.element, this.search.element, this.middle.element, this.about.element);
    this.element = h("div", {class: "app"}, this.bar.element, this.panes, this.pages.element);
    const speak = async (/** @type {string} */ language) => (await this.pages.mayLeave()) && switchTo(language);
    const settings = () => showSettings(desk, text, speak);
    const leave = async () => (await this.pages.mayLeave()) && logOut();
    this.forget = registerDeeds({desk, text, lists: this.lists, search: this.search, palette: new Palette(desk, text), root: this.element, settings, switchTo: speak, logOut: () => void leave()});
    this.keys.start();
  }

  /** @param {boolean} isAll  also the conversation and what is known of it, besides the lists */
  render(isAll) {
    const {kind, id, isAbout, page} = place();
    this.element.dataset.pane = !id ? "lists" : isAbout ? "about" : "middle";
    this.element.toggleAttribute("data-away", Boolean(page) || kind === "search"); // the lists are out of sight
    this.panes.hidden = Boolean(page);
    this.lists.element.hidden = kind === "search";
    this.search.show(kind === "search");
    this.pages.show(page);
    if (page) this.pages.render();
    for (const part of isAll ? [this.bar, this.lists, this.search, this.middle, this.about] : [this.bar, this.lists]) part.render();
    this.notices.render();
  }

  stop() {
    for (const part of [this.bar, this.search, this.middle, this.pages, this.notices, this.keys]) part.stop();
    /** @type {{stop?: () => void}} */ (this.about).stop?.();
    this.forget();
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  }
}
