/** @import {Say} from "../words.js" */
/** @import {Candidate, Tried} from "./shapes.js" */
import {h} from "/static/dom.js";
import {percent} from "../parts.js";

const SHOWN_FEATURES = 6;

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

/** What speaks for an entry, the strongest first, in words where we have them. @param {Say} text @param {Candidate} candidate */
export function features(text, {features: given, question}) {
  const all = Object.entries(given).filter(([, value]) => typeof value === "number" && Math.abs(value) >= 0.005);
  const shown = all.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, SHOWN_FEATURES);
  if (!shown.length && !question) return null;
  const lines = shown.map(([name, value]) => h("li", {}, h("span", {}, text.has(`knowledge.feature.${name}`) ? text(`knowledge.feature.${name}`) : name.replaceAll("_", " ")), h("b", {}, value.toFixed(2))));
  return h("div", {class: "kb-features"}, question ? h("p", {class: "quiet"}, text("knowledge.try.nearest"), " ", h("q", {dir: "auto"}, question)) : null, h("ul", {}, ...lines));
}
