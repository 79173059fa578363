/**
 * How well words match what is looked for, and where: every letter of the query stands in the words, in its order, though others may stand
 * between. Letters that follow each other and beginnings of words count more. Each Chinese character is a word of its own, so 转接 is found by
 * 转 as by 接. Null: they don't match.
 * @param {string} query @param {string} words @returns {{score: number, at: number[]} | null}
 */
export function match(query, words) {
  const wanted = [...query.toLowerCase()].filter((character) => character.trim());
  const given = [...words.toLowerCase()];
  if (!wanted.length) return {score: 0, at: []};
  /** @type {{score: number, at: number[]} | null} */
  let best = null;
  // The first letter may stand in several places: the best reading of all counts, not the first.
  for (let start = given.indexOf(wanted[0]); start >= 0; start = given.indexOf(wanted[0], start + 1)) {
    const found = from(start, wanted, given);
    if (!found) break;
    if (!best || found.score > best.score) best = found;
  }
  return best;
}

/** @param {number} start @param {string[]} wanted @param {string[]} given */
function from(start, wanted, given) {
  const at = [start];
  let score = isBeginning(given, start) ? 8 : 1;
  for (const letter of wanted.slice(1)) {
    const before = at[at.length - 1];
    const next = given.indexOf(letter, before + 1);
    if (next < 0) return null;
    at.push(next);
    score += next === before + 1 ? 6 : isBeginning(given, next) ? 5 : 1 - Math.min(0.9, (next - before) / 20);
  }
  return {score: score / wanted.length - given.length / 500, at};
}

/** @param {string[]} given @param {number} at */
const isBeginning = (given, at) => at === 0 || !/[\p{L}\p{N}]/u.test(given[at - 1]) || /\p{Script=Han}/u.test(given[at]);
