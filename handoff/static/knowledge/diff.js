/** @import {Say} from "../words.js" */
/** @import {Entry} from "./shapes.js" */
import {h} from "/static/dom.js";
import {languageOf} from "../about/facts.js";
import {named} from "../words.js";

/** A comparison of more than that is shown as all gone and all new: it would not be read anyway. */
const LINES_MAX = 400;

/** @typedef {{sign: "same" | "gone" | "new", words: string}} Step */

/**
 * What becomes of lines: kept, gone, new, by the longest common part.
 * @param {readonly string[]} before @param {readonly string[]} after @returns {Step[]}
 */
export function steps(before, after) {
  if (before.length > LINES_MAX || after.length > LINES_MAX) return [...before.map((words) => step("gone", words)), ...after.map((words) => step("new", words))];
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  /** @type {Step[]} */ const found = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      found.push(step("same", before[i++]));
      j++;
    } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) found.push(step("gone", before[i++]));
    else found.push(step("new", after[j++]));
  }
  return [...found, ...before.slice(i).map((words) => step("gone", words)), ...after.slice(j).map((words) => step("new", words))];
}

/** @param {Step["sign"]} sign @param {string} words @returns {Step} */
const step = (sign, words) => ({sign, words});

/** @typedef {{name: string, lines: string[]}} Field */

/** An entry as fields of lines, in the agent's words. @param {Say} text @param {Entry | null} entry @returns {Field[]} */
export function fieldsOf(text, entry) {
  if (!entry) return [];
  const answers = (/** @type {Record<string, string> | undefined} */ texts, /** @type {string} */ channel) =>
    Object.entries(texts ?? {}).map(([tag, words]) => ({name: [text("knowledge.answer"), channel, languageOf(text, tag)].filter(Boolean).join(" · "), lines: words.split("\n")}));
  const {valid, handoff, action} = entry;
  return [
    {name: text("knowledge.questions"), lines: entry.questions},
    ...answers(entry.answer, ""),
    ...Object.entries(entry.answer_on ?? {}).flatMap(([channel, texts]) => answers(texts, named(text, "channel", channel))),
    {name: text("knowledge.category"), lines: one(entry.category)},
    {name: text("knowledge.tags"), lines: entry.tags?.length ? [entry.tags.join(", ")] : []},
    {name: text("knowledge.urgency"), lines: entry.urgency && entry.urgency !== "normal" ? [text(`knowledge.urgency.${entry.urgency}`)] : []},
    {name: text("knowledge.risk"), lines: entry.risk && entry.risk !== "normal" ? [text(`knowledge.risk.${entry.risk}`)] : []},
    {name: text("knowledge.valid"), lines: valid?.from || valid?.to ? [`${valid.from ?? ""} – ${valid.to ?? ""}`] : []},
    {name: text("knowledge.not_questions"), lines: entry.not_questions ?? []},
    {name: text("knowledge.handoff"), lines: handoff ? [[handoff.queue, named(text, "reason", handoff.reason)].filter(Boolean).join(" · ")] : []},
    {name: text("knowledge.action"), lines: action ? JSON.stringify(action, null, 2).split("\n") : []},
  ];
}

/** @param {string | null | undefined} words */
const one = (words) => (words ? [words] : []);

/** What differs between two entries, field by field; empty where nothing does. @param {Say} text @param {Entry | null} before @param {Entry | null} after */
export function differences(text, before, after) {
  const old = new Map(fieldsOf(text, before).map(({name, lines}) => [name, lines]));
  const young = new Map(fieldsOf(text, after).map(({name, lines}) => [name, lines]));
  return [...new Set([...old.keys(), ...young.keys()])]
    .map((name) => ({name, before: old.get(name) ?? [], after: young.get(name) ?? []}))
    .filter((field) => field.before.join("\n") !== field.after.join("\n"));
}

/** The same, to be looked at. @param {Say} text @param {Entry | null} before @param {Entry | null} after */
export function difference(text, before, after) {
  const fields = differences(text, before, after);
  if (!fields.length) return h("p", {class: "quiet"}, text("knowledge.diff.same"));
  return h("dl", {class: "kb-diff"}, ...fields.flatMap((field) => [h("dt", {}, field.name), h("dd", {}, ...steps(field.before, field.after).map((one) => line(text, one)))]));
}

/** @param {Say} text @param {Step} step */
function line(text, {sign, words}) {
  if (sign === "same") return h("p", {dir: "auto"}, words);
  const made = h(sign === "new" ? "ins" : "del", {dir: "auto"}, h("span", {class: "hidden"}, text(`knowledge.diff.${sign}`)), words || " ");
  return h("p", {}, made);
}
