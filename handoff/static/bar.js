/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {ticking} from "./moments.js";
import {button, ICONS} from "./parts.js";
import {pagesOf} from "./pages.js";
import {adminOf} from "./place.js";
import {LANGUAGES, named, trouble} from "./words.js";

/** The top of the desk: whose it is, where they stand, and whether the server is there. */
export class Bar {
  /** @param {Desk} desk @param {Say} text @param {(language: string) => void} switchTo @param {() => void} logOut */
  constructor(desk, text, switchTo, logOut) {
    this.desk = desk;
    this.text = text;
    this.brand = h("strong", {class: "name"});
    this.status = h("select", {class: "status", "aria-label": text("status"), onchange: () => this.#choose()});
    this.dot = h("i", {class: "dot", "aria-hidden": "true"});
    this.who = h("span", {class: "who"});
    this.wrong = h("p", {class: "banner bad", role: "alert", hidden: true});
    this.lost = h("span", {});
    this.banner = h(
      "div",
      {class: "banner warn", role: "status", hidden: true},
      this.lost,
      ticking(h("span", {class: "left"}), () => this.#next()),
      button(text("line.again"), () => desk.line.again(), {kind: "small"}),
    );
    this.element = h(
      "header",
      {class: "bar"},
      h(
        "div",
        {class: "row"},
        h("h1", {class: "hidden"}, text("desk")),
        h("a", {class: "brand", href: "#/"}, h("img", {src: "/desk/static/mark.svg", alt: "", width: 24, height: 24}), this.brand, h("span", {class: "sub"}, text("desk"))),
        h("div", {class: "self"}, h("label", {class: "pick"}, this.dot, this.status), this.who),
        languageChoice(text, switchTo),
        ...menu(desk, text),
        button(text("logout"), logOut, {drawing: ICONS.leave, isBare: true}),
      ),
      this.banner,
      this.wrong,
    );
  }

  render() {
    const {desk, text} = this;
    say(this.brand, desk.settings.name);
    say(this.who, desk.agent?.shown_name ?? "");
    const status = desk.agent?.status ?? "offline";
    const codes = desk.settings.statuses.length ? desk.settings.statuses : [status];
    if (this.status.options.length !== codes.length) {
      this.status.replaceChildren(...codes.map((code) => h("option", {value: code}, named(text, "status", code))));
    }
    if (this.status !== document.activeElement || this.status.value !== status) this.status.value = status;
    attribute(this.dot, "data-status", status);
    this.#lines();
  }

  #lines() {
    const {line, wasOnline, problem} = this.desk;
    const isLost = wasOnline && !line.isOnline;
    this.banner.hidden = !isLost;
    say(this.lost, isLost ? this.text(line.nextAt ? "line.lost" : "line.trying") : "");
    this.wrong.hidden = !problem || isLost;
    if (problem) say(this.wrong, trouble(this.text, problem));
  }

  #next() {
    const {nextAt} = this.desk.line;
    const left = Math.ceil((nextAt - Date.now()) / 1000);
    return nextAt && left > 0 ? this.text("line.next", {seconds: left}) : "";
  }

  async #choose() {
    try {
      await this.desk.setStatus(this.status.value);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.desk.problem = error;
      this.desk.changed();
    }
  }
}

/** The pages that this agent's role opens, behind a button. @param {Desk} desk @param {Say} text */
function menu(desk, text) {
  const links = pagesOf(desk.agent).map((page) => h("a", {class: "entry", href: adminOf(page), onclick: () => list.hidePopover()}, text(`menu.${page}`)));
  const list = h("nav", {id: "menu", class: "menu", popover: "auto", "aria-label": text("menu")}, ...links);
  const opener = button(text("menu"), () => {}, {drawing: ICONS.menu, isBare: true});
  opener.setAttribute("popovertarget", "menu");
  return [opener, list];
}

/** @param {Say} text @param {(language: string) => void} switchTo */
export function languageChoice(text, switchTo) {
  const select = h("select", {class: "language", "aria-label": text("language"), onchange: () => switchTo(select.value)});
  for (const [tag, name] of Object.entries(LANGUAGES)) select.append(h("option", {value: tag, lang: tag, selected: tag === text.language}, name));
  return select;
}
