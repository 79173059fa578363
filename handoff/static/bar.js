/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {Banners} from "./banners.js";
import {Problem} from "./api.js";
import {shownKeys} from "./keys.js";
import {pagesOf} from "./pages.js";
import {ICONS} from "./parts.js";
import {adminOf, HOME, place} from "./place.js";
import {LANGUAGES, named} from "./words.js";

/** The top of the desk: whose it is, what can be done, where they stand, and whether what is shown is true. */
export class Bar {
  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.text = text;
    this.brand = h("strong", {class: "name"});
    this.status = h("select", {class: "status", "aria-label": text("status"), onchange: () => this.#choose()});
    this.dot = h("i", {class: "dot", "aria-hidden": "true"});
    this.banners = new Banners(desk, text);
    this.menu = new Menu(desk, text);
    this.element = h(
      "header",
      {class: "bar"},
      h(
        "div",
        {class: "row"},
        h("h1", {class: "hidden"}, text("desk")),
        h("a", {class: "brand", href: HOME}, h("img", {src: "/desk/static/mark.svg", alt: "", width: 22, height: 22}), this.brand, h("span", {class: "sub"}, text("desk"))),
        commander(desk, text),
        h("div", {class: "end"}, h("label", {class: "pick"}, this.dot, this.status), this.menu.opener, this.menu.element),
      ),
      this.banners.element,
    );
  }

  render() {
    const {desk, text} = this;
    say(this.brand, desk.settings.name);
    const status = desk.agent?.status ?? "offline";
    const codes = desk.settings.statuses.length ? desk.settings.statuses : [status];
    if (this.status.options.length !== codes.length) {
      this.status.replaceChildren(...codes.map((code) => h("option", {value: code}, named(text, "status", code))));
    }
    if (this.status !== document.activeElement || this.status.value !== status) this.status.value = status;
    attribute(this.dot, "data-status", status);
    this.menu.render();
    this.banners.render();
  }

  stop() {
    this.banners.stop();
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

/** Looks like a field to search in, and opens the palette: whatever one looks for here, one finds there. @param {Desk} desk @param {Say} text */
function commander(desk, text) {
  return h(
    "button",
    {type: "button", class: "commander", "aria-keyshortcuts": "Control+K", title: text("palette"), onclick: () => desk.commands.run("view.palette")},
    icon(ICONS.search),
    h("span", {}, text("palette.hint")),
    ...shownKeys("mod+k"),
  );
}

/** Behind the agent's own name: the pages that their role opens, their preferences, the way out. */
class Menu {
  /** @param {Desk} desk @param {Say} text */
  constructor(desk, text) {
    this.desk = desk;
    this.who = h("span", {class: "who", dir: "auto"});
    this.initial = h("span", {class: "initial", "aria-hidden": "true"});
    this.opener = h("button", {type: "button", class: "button bare self", popovertarget: "menu", title: text("menu")}, this.initial, this.who);
    const run = (/** @type {string} */ id) => () => (this.element.hidePopover(), desk.commands.run(id));
    const links = pagesOf(desk.agent).map((page) => h("a", {class: "entry", href: adminOf(page), "data-page": page, onclick: () => this.element.hidePopover()}, text(`menu.${page}`)));
    const entry = (/** @type {string} */ id, /** @type {string} */ words, /** @type {string} */ keys = "") =>
      h("button", {type: "button", class: "entry", onclick: run(id)}, h("span", {}, words), ...(keys ? shownKeys(keys) : []));
    this.role = h("p", {class: "quiet"}, text(`role.${desk.agent?.role ?? "agent"}`));
    this.name = h("p", {class: "who", dir: "auto"});
    this.element = h(
      "nav",
      {id: "menu", class: "menu", popover: "auto", "aria-label": text("menu"), onbeforetoggle: () => say(this.name, desk.agent?.shown_name ?? "")},
      h("div", {class: "whose"}, this.name, this.role),
      h("div", {class: "entries"}, ...links),
      h("div", {class: "entries"}, entry("view.settings", text("settings"), "g ,"), entry("view.keys", text("keys"), "?"), entry("account.logout", text("logout"))),
    );
  }

  render() {
    const shown = this.desk.agent?.shown_name ?? "";
    say(this.who, shown);
    say(this.initial, initial(shown));
    const {page} = place();
    for (const link of this.element.querySelectorAll("[data-page]")) attribute(link, "aria-current", link.getAttribute("data-page") === page ? "page" : null);
  }
}

/** @param {Say} text @param {(language: string) => void} switchTo */
export function languageChoice(text, switchTo) {
  const select = h("select", {class: "language", "aria-label": text("language"), onchange: () => switchTo(select.value)});
  for (const [tag, name] of Object.entries(LANGUAGES)) select.append(h("option", {value: tag, lang: tag, selected: tag === text.language}, name));
  return select;
}

/** What stands for a name in a circle: the first letter of one in letters, else its last sign ("坐席 07" and "坐席 08" begin alike). @param {string} name */
function initial(name) {
  const signs = [...name.trim()];
  return (/^\p{Script=Latin}+$/u.test(signs.join("")) ? signs[0].toUpperCase() : signs.at(-1)) ?? "·";
}
