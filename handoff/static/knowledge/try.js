/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
/** @import {Library} from "./library.js" */
/** @import {Candidate, Tried} from "./shapes.js" */
import {attribute, h, say} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {languageOf} from "../about/facts.js";
import {ICONS} from "../admin/frame.js";
import {Problem} from "../api.js";
import {button, chip, percent} from "../parts.js";
import {named, queueOf, trouble} from "../words.js";
import {bar, features, together} from "./bars.js";
import {addressOfEntry} from "./route.js";

const TEXT_MAX = 4_000;
const SHOWN_COUNT = 5;
const BAD = ["high", "urgent"];
/** How long the bot of the drafts is waited for, and how often it is asked for. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 900;
const TONES = {answer: "accent", clarify: "warn", handoff: "bad", chitchat: ""};

/** @typedef {{add: (entry: string, words: string, isNot: boolean) => Promise<string>, begin: (words: string) => void}} Ears
 *   `add` says what came of it, in words; `begin` starts a new entry with this question. */

/** Asks the bot as a customer would, and says why it answers as it does; what it should have known can be taught right there. */
export class Try {
  #asked = 0;
  #words = "";
  /** What came of teaching this question, by entry: the bot is asked again after it, and what was said stays. @type {Map<string, string>} */ #taught = new Map();
  /** @type {number | undefined} */ #timer;

  /** @param {Desk} desk @param {Say} text @param {Library} library @param {Ears} ears */
  constructor(desk, text, library, ears) {
    this.desk = desk;
    this.text = text;
    this.library = library;
    this.ears = ears;
    const option = (/** @type {string} */ value, /** @type {string} */ words) => h("option", {value}, words);
    const again = () => this.#words && void this.ask(this.#words);
    this.field = h("textarea", {rows: 2, maxlength: TEXT_MAX, dir: "auto", placeholder: text("knowledge.try.hint"), "aria-label": text("knowledge.try.field"), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event)});
    this.language = h("select", {"aria-label": text("knowledge.try.language"), onchange: again}, option("", text("knowledge.try.any_language")), ...desk.settings.languages.map((tag) => option(tag, languageOf(text, tag))));
    const channels = [...new Set((desk.settings.channels ?? []).map((one) => one.type))];
    this.channel = h("select", {"aria-label": text("knowledge.answer.channel"), hidden: channels.length < 2, onchange: again}, ...channels.map((one) => option(one, text.has(`channel.${one}`) ? text(`channel.${one}`) : one)));
    this.against = h("div", {class: "segments", role: "group", "aria-label": text("knowledge.try.against")}, ...["draft", "live"].map((name) => h("button", {type: "button", "data-against": name, "aria-pressed": String(name === "draft"), onclick: () => (this.#against(name), again())}, text(`knowledge.try.${name}`))));
    this.go = button(text("knowledge.try.go"), () => {}, {kind: "primary small", type: "submit", act: "try"});
    this.said = h("p", {class: "wrong", role: "alert"});
    this.result = h("div", {class: "kb-result", "aria-live": "polite"});
    const shut = button(text("knowledge.try.close"), () => this.close(), {drawing: ICONS.close, isBare: true, act: "close-try"});
    const form = h("form", {onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void this.ask(this.field.value))}, this.field, h("div", {class: "kb-how"}, this.against, this.language, this.channel, this.go), this.said);
    this.element = h("aside", {class: "kb-try", "aria-label": text("knowledge.try")}, h("header", {class: "kb-head"}, h("h2", {}, text("knowledge.try")), shut), form, this.result);
    this.result.replaceChildren(h("p", {class: "quiet kb-lead"}, text("knowledge.try.lead")));
  }

  get isDraft() {
    return this.against.querySelector("[aria-pressed=true]")?.getAttribute("data-against") === "draft";
  }

  /** Where it stands over the page, it is opened and shut. */
  open() {
    this.element.toggleAttribute("data-open", true);
    this.field.focus();
  }

  close() {
    this.element.toggleAttribute("data-open", false);
    this.element.dispatchEvent(new Event("shut"));
  }

  /** @param {string} name */
  #against(name) {
    for (const one of this.against.children) attribute(one, "aria-pressed", String(one.getAttribute("data-against") === name));
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void this.ask(this.field.value);
  }

  /** @param {string} given @param {number} [until] */
  async ask(given, until = Date.now() + PATIENCE_MS) {
    clearTimeout(this.#timer);
    const words = given.trim();
    if (!words) return this.field.focus();
    const asked = ++this.#asked;
    if (words !== this.#words) this.#taught.clear();
    this.#words = words;
    if (this.field.value !== given) this.field.value = given;
    say(this.said, "");
    attribute(this.element, "aria-busy", "true");
    try {
      const tried = await this.library.try(words, {...(this.language.value && {language: this.language.value}), ...(this.channel.value && {channel: this.channel.value}), draft: this.isDraft});
      if (asked !== this.#asked) return;
      if (tried) this.#show(tried, words);
      else this.#prepare(given, until);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (asked === this.#asked) say(this.said, trouble(this.text, error));
    } finally {
      if (asked === this.#asked) attribute(this.element, "aria-busy", null);
    }
  }

  /** The bot that is asked is being made: asked again in a moment. @param {string} given @param {number} until */
  #prepare(given, until) {
    if (Date.now() > until) return say(this.said, this.text("knowledge.try.building"));
    this.result.replaceChildren(h("p", {class: "quiet kb-lead"}, this.text("knowledge.try.preparing")), h("div", {class: "progress"}, h("i", {})));
    this.#timer = setTimeout(() => void this.ask(given, until), AGAIN_MS);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asked++;
  }

  /** The same question again: what it is held against has changed. */
  again() {
    if (this.#words && this.isDraft) void this.ask(this.#words);
  }

  /** @param {Tried} tried @param {string} words */
  #show(tried, words) {
    const {text} = this;
    const list = tried.candidates.slice(0, SHOWN_COUNT).map((one, place) => this.#candidate(one, tried, words, place ? one.guards : []));
    const begin = this.library.standing.can.edit ? button(text("knowledge.try.begin"), () => this.ears.begin(words), {kind: "small", drawing: ICONS.plus, act: "begin"}) : null;
    this.result.replaceChildren(
      this.#verdict(tried),
      this.#reads(tried),
      ...this.#guards(tried),
      h("section", {}, h("h3", {}, text("knowledge.try.candidates")), list.length ? h("ol", {class: "kb-candidates"}, ...list) : h("p", {class: "quiet"}, text("knowledge.try.no_candidates")), together(text, tried), begin),
      ...this.#why(tried),
    );
  }

  /** @param {Tried} tried */
  #verdict({decision, confidence, reason, queue, trigger, lookup}) {
    const {text} = this;
    const tone = TONES[/** @type {"answer"} */ (decision)] ?? "";
    const more = [reason ? named(text, "reason", reason) : "", queue ? queueOf(text, this.desk, queue) : ""].filter(Boolean).join(" · ");
    return h("p", {class: "kb-verdict", "data-decision": decision}, chip(text(`knowledge.decision.${decision}`), tone), confidence ? h("b", {}, percent(confidence)) : null, more ? h("span", {class: "quiet"}, more) : null, trigger && !more && decision === "handoff" ? h("span", {class: "quiet", dir: "auto"}, trigger) : null, lookup ? h("span", {class: "quiet", dir: "auto"}, text("knowledge.try.lookup", {name: lookup})) : null);
  }

  /** @param {Tried} tried */
  #reads({said, choices, decision, language}) {
    const {text} = this;
    if (!said && !choices.length) return h("p", {class: "quiet"}, text(decision === "handoff" ? "knowledge.try.silent" : "knowledge.try.nothing"));
    const bubble = h("div", {class: "bubble", dir: "auto", lang: language || null}, said ? h("div", {class: "md"}, markdown(said)) : null, choices.length ? h("ul", {class: "choices"}, ...choices.map((one) => h("li", {dir: "auto"}, one))) : null);
    return h("section", {class: "said bot last kb-reads"}, h("h3", {}, text("knowledge.try.reads")), bubble);
  }

  /** @param {Candidate} candidate @param {Tried} tried @param {string} words @param {string[]} guards those that aren't told above */
  #candidate(candidate, tried, words, guards) {
    const {text, library} = this;
    const why = features(text, candidate);
    const known = this.#taught.get(candidate.entry) ?? "";
    const told = h("span", {class: "quiet", role: "status"}, known);
    const teach = async (/** @type {boolean} */ isNot) => {
      attribute(acts, "hidden", true);
      const said = await this.ears.add(candidate.entry, words, isNot);
      this.#taught.set(candidate.entry, said);
      say(told, said);
      this.again();
    };
    const acts = h("span", {class: "buttons", hidden: Boolean(known)}, button(text("knowledge.try.add"), () => void teach(false), {kind: "small", act: "add"}), button(text("knowledge.try.not"), () => void teach(true), {kind: "small", act: "not"}));
    return h(
      "li",
      {class: candidate.entry === tried.entry && tried.decision === "answer" ? "chosen" : ""},
      h("a", {href: addressOfEntry(candidate.entry), dir: "auto"}, candidate.title),
      bar(text, candidate),
      ...guards.map((one) => h("p", {class: "quiet kb-guard"}, this.#guard(one))),
      why ? h("details", {}, h("summary", {}, text("knowledge.try.why")), why) : null,
      library.standing.can.edit ? h("div", {class: "kb-teach"}, acts, told) : null,
    );
  }

  /** @param {string} title @param {string[]} lines */
  #listed = (title, lines) => (lines.length ? [h("section", {}, h("h3", {}, title), h("ul", {class: "kb-plain"}, ...lines.map((one) => h("li", {dir: "auto"}, one))))] : []);

  /** @param {string} name */
  #guard = (name) => (this.text.has(`knowledge.guard.${name}`) ? this.text(`knowledge.guard.${name}`) : name);

  /** What kept it from answering. @param {Tried} tried */
  #guards = ({guards}) => this.#listed(this.text("knowledge.try.guards"), guards.map(this.#guard));

  /** @param {Tried} tried */
  #why({segments, triage, is_exact: isExact, read_as: readAs, answers_from: answers, clarifies_from: clarifies, candidates}) {
    const {text} = this;
    const facts = [
      isExact ? text("knowledge.try.exact") : "",
      readAs ? text("knowledge.try.read_as", {words: readAs}) : "",
      answers !== null && !isExact ? text("knowledge.try.answers_from", {from: percent(answers)}) : "",
      clarifies !== null && candidates.length && !isExact ? text("knowledge.try.clarifies_from", {from: percent(clarifies)}) : "",
    ].filter(Boolean);
    const sort = triage ? [named(text, "matter", triage.kind), triage.area, BAD.includes(triage.urgency) ? named(text, "urgency", triage.urgency) : ""].filter(Boolean) : [];
    return [
      ...this.#listed(text("knowledge.try.segments"), segments.length > 1 ? segments : []),
      ...this.#listed(text("knowledge.try.triage"), sort.length ? [sort.join(" · ")] : []),
      ...(facts.length ? [h("p", {class: "quiet kb-marks"}, facts.join(" · "))] : []),
    ];
  }
}
