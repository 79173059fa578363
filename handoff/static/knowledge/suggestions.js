/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Entry, Suggestion} from "./shapes.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {empty, failed, ICONS, loading} from "../admin/frame.js";
import {Problem} from "../api.js";
import {button, chip} from "../parts.js";
import {addressOf} from "../place.js";
import {named} from "../words.js";
import {addressOfEntry, addressOfView} from "./route.js";

const DAYS = [7, 30, 90];
const SHOWN_QUESTIONS = 4;

/** @typedef {{begin: (start: Partial<Entry>) => void, add: (entry: string, questions: string[], session: string | null) => Promise<string>}} Ears */

/** What customers asked and the bot could not answer, grouped: each a new entry or another question of one, in one click. */
export class Suggestions {
  /** @param {Desk} desk @param {Say} text @param {Library} library @param {Ears} ears */
  constructor(desk, text, library, ears) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.ears = ears;
    this.days = h("select", {"aria-label": text("knowledge.suggestions.days"), onchange: () => void this.open()}, ...DAYS.map((days) => h("option", {value: days, selected: days === 30}, text("knowledge.suggestions.last", {days}))));
    this.body = h("div", {class: "kb-view-body"}, loading(text, 3));
    const back = h("a", {class: "button bare kb-back", href: addressOfView(""), "aria-label": text("knowledge.back"), title: text("knowledge.back")}, icon(ICONS.back));
    this.element = h("article", {class: "kb-view", "aria-label": text("knowledge.suggestions")}, h("header", {class: "kb-head"}, back, h("div", {class: "kb-title"}, h("h2", {}, text("knowledge.suggestions"))), this.days), this.body);
  }

  async open() {
    const {text} = this;
    attribute(this.body, "aria-busy", "true");
    try {
      const found = await this.library.suggestions(Number(this.days.value));
      const lead = h("p", {class: "quiet"}, text("knowledge.suggestions.lead"));
      this.body.replaceChildren(...(found.length ? [lead, h("ol", {class: "kb-suggestions"}, ...found.map((one) => this.#group(one)))] : [empty(text("knowledge.suggestions.none"), null, ICONS.good)]));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.body.replaceChildren(failed(text, error, () => void this.open()));
    } finally {
      attribute(this.body, "aria-busy", null);
    }
  }

  again() {}

  /** @param {Suggestion} group */
  #group({question, questions, count, sessions, reasons, answers, near}) {
    const {text, library} = this;
    const said = h("p", {class: "quiet", role: "status"});
    const taken = async () => {
      if (!near) return;
      attribute(acts, "hidden", true);
      say(said, await this.ears.add(near.entry, questions, sessions[0] ?? null));
    };
    const start = {questions: [...new Set([question, ...questions])], ...(answers.length && {answer: {[languageIn(question)]: answers[0].text}})};
    const isVariant = near?.is_variant ?? false;
    const begin = button(text("knowledge.suggestions.begin"), () => this.ears.begin(start), {kind: isVariant ? "small" : "small primary", act: "begin"});
    const add = near ? button(text("knowledge.suggestions.add", {title: near.title}), () => void taken(), {kind: isVariant ? "small primary" : "small", act: "add"}) : null;
    const acts = h("div", {class: "buttons"}, ...(isVariant ? [add, begin] : [begin, add]));
    const why = Object.entries(reasons).sort((a, b) => b[1] - a[1]).slice(0, 2).map(([reason]) => named(text, "reason", reason)).join(" · ");
    const others = questions.filter((one) => one !== question).slice(0, SHOWN_QUESTIONS);
    return h(
      "li",
      {},
      h("p", {class: "kb-asked"}, h("b", {dir: "auto"}, question), chip(text("knowledge.suggestions.count", {count}), count >= 5 ? "warn" : ""), why ? h("span", {class: "quiet"}, why) : null, sessions.length ? h("a", {class: "kb-from", href: addressOf(sessions[0])}, text("knowledge.suggestions.talk")) : null),
      others.length ? h("ul", {class: "kb-plain"}, ...others.map((one) => h("li", {dir: "auto"}, one))) : null,
      answers.length ? h("blockquote", {dir: "auto"}, h("span", {class: "quiet"}, text("knowledge.suggestions.answer"), " "), answers[0].text) : null,
      near ? h("p", {class: "quiet"}, text("knowledge.suggestions.near"), " ", h("a", {href: addressOfEntry(near.entry), dir: "auto"}, near.title)) : null,
      library.standing.can.edit ? acts : null,
      said,
    );
  }
}

/** Which of the two an agent's words will be in, to begin with. @param {string} words */
const languageIn = (words) => (/\p{Script=Han}/u.test(words) ? "zh" : "en");
