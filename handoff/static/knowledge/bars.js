/** @import {Say} from "../words.js" */
/** @import {Candidate, Tried} from "./shapes.js" */
import {h} from "/static/dom.js";
import {percent} from "../parts.js";

/** What speaks for an entry, as people think of it. How long the question and how large the knowledge base is, is arithmetic only. */
const GROUPS = {
  meaning: ["meaning", "meaning_all"],
  letters: ["letters", "words_in_common", "gram", "word", "rare", "gram_all", "word_all", "asked_found", "stored_found"],
  trained: ["classified"],
  ahead: ["classified_gap", "meaning_gap", "letters_gap", "words_in_common_gap", "gram_gap", "word_gap", "rare_gap", "meaning_all_gap", "gram_all_gap", "word_all_gap"],
  unknown: ["unknown_words", "unknown_grams"],
};
/** Those that are what their group is called: the number alone says it. */
const NAMESAKES = ["meaning", "classified"];
const SHOWN_COUNT = 3;
/** What reads as nothing is left out. */
const SEEN_FROM = 0.005;
/** So many of the best are asked back about, and count together. */
const TOGETHER_COUNT = 3;

/** How sure the bot is of an entry, as a bar with the mark from which it answers. @param {Say} text @param {Candidate} candidate */
export function bar(text, {confidence, answers_from: from}) {
  const told = from === null ? "" : text(confidence >= from ? "knowledge.try.above" : "knowledge.try.below", {from: percent(from)});
  return measure(confidence, from, told);
}

/** How sure it is of the best three together, with the mark from which it asks back. @param {Say} text @param {Tried} tried */
export function together(text, {candidates, clarifies_from: from}) {
  if (from === null || candidates.length < 2 || candidates[0].is_exact) return null;
  const share = candidates.slice(0, TOGETHER_COUNT).reduce((sum, one) => sum + one.confidence, 0);
  const told = text(share >= from ? "knowledge.try.together_above" : "knowledge.try.together_below", {from: percent(from)});
  return h("div", {class: "kb-together"}, h("span", {class: "quiet"}, text("knowledge.try.together")), measure(share, from, told));
}

/** @param {number} given @param {number | null} from @param {string} told */
function measure(given, from, told) {
  const share = Math.min(1, Math.max(0, given));
  const fill = h("i", {class: from !== null && share >= from ? "enough" : ""});
  fill.style.setProperty("inline-size", `${share * 100}%`);
  return h("div", {class: "kb-sure", title: told || null}, h("span", {class: "kb-track", "aria-hidden": "true"}, fill, mark(from)), h("b", {}, percent(share)), h("span", {class: "hidden"}, told));
}

/** @param {number | null} at */
function mark(at) {
  if (at === null || at <= 0 || at > 1) return null;
  const made = h("em", {});
  made.style.setProperty("inset-inline-start", `${at * 100}%`);
  return made;
}

/** What speaks for an entry and against it, in words and in groups, the strongest first. @param {Say} text @param {Candidate} candidate */
export function features(text, {features: given, question}) {
  const groups = Object.entries(GROUPS).flatMap(([group, names]) => {
    const told = names.filter((name) => Math.abs(given[name] ?? 0) >= SEEN_FROM).sort((a, b) => Math.abs(given[b]) - Math.abs(given[a]));
    return told.length ? [h("dt", {}, text(`knowledge.features.${group}`)), h("dd", {}, ...told.slice(0, SHOWN_COUNT).map((name) => feature(text, name, given[name])))] : [];
  });
  if (!groups.length && !question) return null;
  return h("div", {class: "kb-features"}, question ? h("p", {class: "quiet"}, text("knowledge.try.nearest"), " ", h("q", {dir: "auto"}, question)) : null, groups.length ? h("dl", {}, ...groups) : null);
}

/** Where it is held against the next entry it says by how much it is ahead, or behind. @param {Say} text @param {string} name @param {number} value */
function feature(text, name, value) {
  const isGap = name.endsWith("_gap");
  const sign = value < 0 ? "−" : isGap ? "+" : "";
  const named = NAMESAKES.includes(name) ? "" : `${text(`knowledge.feature.${name.replace(/_gap$/, "")}`)} `;
  return h("span", {}, named, h("b", {}, sign, percent(Math.abs(value))));
}
