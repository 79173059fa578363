/** @import {CannedReply} from "./canned.js" */

/** What a canned reply may leave open. */
export const VARIABLES = /** @type {const} */ (["customer", "agent", "company", "case", "date"]);
const OPEN = new RegExp(`\\{(?:${VARIABLES.join("|")})\\}`, "g");

/** Puts in what is known; the rest stays as it is, in its braces. @param {string} words @param {Partial<Record<string, string | null>>} known */
export const filled = (words, known) => words.replace(OPEN, (whole) => known[whole.slice(1, -1)] || whole);

/** The next place that is still open, from `at` on and then from the start. @param {string} words @param {number} at @returns {[number, number] | null} */
export function nextOpen(words, at) {
  const all = [...words.matchAll(OPEN)];
  const found = all.find(({index}) => index >= at) ?? all[0];
  return found ? [found.index, found.index + found[0].length] : null;
}

/**
 * A canned reply's words for this customer: their language, the same language elsewhere, else the first there is.
 * @param {CannedReply} reply @param {string} language @returns {{tag: string, words: string}}
 */
export function wordsFor({texts}, language) {
  const tags = Object.keys(texts);
  const wanted = language.toLowerCase();
  const [base] = wanted.split("-");
  const tag = tags.find((one) => one.toLowerCase() === wanted) ?? tags.find((one) => one.toLowerCase() === base) ?? tags.find((one) => one.toLowerCase().split("-")[0] === base) ?? tags[0] ?? "";
  return {tag, words: texts[tag] ?? ""};
}

/**
 * The replies that fit, best first: by shortcut, then title, then words. Several words must all be found.
 * @param {CannedReply[]} replies @param {string} query @param {string} language
 */
export function fitting(replies, query, language) {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  /** @param {CannedReply} reply */
  const rank = (reply) => {
    const [shortcut, title, body] = [reply.shortcut.toLowerCase(), reply.title.toLowerCase(), Object.values(reply.texts).join("\n").toLowerCase()];
    if (!wanted.every((one) => shortcut.includes(one) || title.includes(one) || body.includes(one))) return -1;
    const [first = ""] = wanted;
    const places = [shortcut === first, shortcut.startsWith(first), title.startsWith(first), title.includes(first), shortcut.includes(first), true];
    const own = language && Object.keys(reply.texts).some((tag) => tag.split("-")[0] === language.split("-")[0]) ? 0 : 0.5;
    return places.indexOf(true) + own;
  };
  const ranked = replies.map((reply) => ({reply, rank: rank(reply)})).filter((one) => one.rank >= 0);
  return ranked.sort((a, b) => a.rank - b.rank || (a.reply.shortcut < b.reply.shortcut ? -1 : 1)).map(({reply}) => reply);
}
