/** @import {Entry} from "./shapes.js" */

const ID_MAX = 48;

/**
 * An entry with only the keys that say something, in the order of a knowledge file: two that mean the same are the same as JSON. Keys that
 * this page does not know stay what they are.
 * @param {Partial<Entry> & {id: string, questions: string[]}} entry @returns {Entry}
 */
export function lean({id, questions, answer, answer_on: on, tags, category, urgency, valid, risk, not_questions: not, handoff, action, ...rest}) {
  return {
    id,
    questions,
    ...(filled(answer) && {answer}),
    ...(filled(on) && {answer_on: on}),
    ...(tags?.length && {tags}),
    ...(category && {category}),
    ...(urgency && urgency !== "normal" && {urgency}),
    ...(valid && (valid.from || valid.to) && {valid: {...(valid.from && {from: valid.from}), ...(valid.to && {to: valid.to})}}),
    ...(risk && risk !== "normal" && {risk}),
    ...(not?.length && {not_questions: not}),
    ...(handoff && {handoff}),
    ...(action && {action}),
    ...rest,
  };
}

/** @param {object | undefined} value */
const filled = (value) => Boolean(value && Object.keys(value).length);

/**
 * A name for a new entry that nobody has to think of: from the words of its title where they are Latin, else from the moment.
 * @param {string} title
 */
export function nameFor(title) {
  const words = title.toLowerCase().normalize("NFKD").match(/[a-z0-9]+/g)?.join("-").slice(0, ID_MAX).replace(/-$/, "") ?? "";
  const moment = Date.now().toString(36);
  return words.length >= 6 ? `${words}-${moment.slice(-4)}` : `entry-${moment}`;
}
