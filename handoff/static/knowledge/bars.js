/** @import {Say} from "../words.js" */
/** @import {Candidate, Tried} from "./shapes.js" */
import {h} from "/static/dom.js";
import {percent} from "../parts.js";

/** What people can make something of; the rest is arithmetic between candidates. */
const TOLD = ["meaning", "classified", "gram", "word", "rare", "letters", "words_in_common"];
const AGAINST = "unknown_words";
const SHOWN_COUNT = 5;

/**
 * How sure the bot is of an entry, as a bar with the marks from which it asks back and from which it answers.
 * @param {Say} text @param {Candidate} candidate @param {Tried} tried
 */
export function bar(text, candidate, tried) {
  const share = Math.min(1, Math.max(0, candidate.confidence));
  const answers = candidate.answer_from ?? tried.answer_from;
  const fill = h("i", {class: answers !== null && share >= answers ? "enough" : ""});
  fill.style.setProperty("inline-size", `${share * 100}%`);
  const marks = [mark("clarify", tried.clarify_from), mark("answer", answers)].filter((one) => one !== null);
  const told = answers === null ? "" : text(share >= answers ? "knowledge.try.above" : "knowledge.try.below", {from: percent(answers)});
  return h("div", {class: "kb-sure"}, h("span", {class: "kb-track", "aria-hidden": "true"}, fill, ...marks), h("b", {title: told}, percent(share)), h("span", {class: "hidden"}, told));
}

/** @param {string} name @param {number | null} at */
function mark(name, at) {
  if (at === null || at <= 0 || at > 1) return null;
  const made = h("em", {class: name});
  made.style.setProperty("inset-inline-start", `${at * 100}%`);
  return made;
}

/** What speaks for an entry, the strongest first, in words. @param {Say} text @param {Candidate} candidate */
export function features(text, {features: given, question}) {
  const isTold = (/** @type {string} */ name) => (given[name] ?? 0) >= 0.005;
  const told = [...TOLD.filter(isTold).sort((a, b) => given[b] - given[a]).slice(0, SHOWN_COUNT), ...[AGAINST].filter(isTold)];
  if (!told.length && !question) return null;
  const lines = told.map((name) => h("li", {}, h("span", {}, text(`knowledge.feature.${name}`)), h("b", {}, given[name].toFixed(2))));
  return h("div", {class: "kb-features"}, question ? h("p", {class: "quiet"}, text("knowledge.try.nearest"), " ", h("q", {dir: "auto"}, question)) : null, h("ul", {}, ...lines));
}
