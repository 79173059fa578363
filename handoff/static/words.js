/** @import {Problem} from "./api.js" */
import {asked, textsOf} from "./early.js";

export {choose, preferred} from "./early.js";

/**
 * @typedef {((key: string, values?: Record<string, string | number>) => string) & {language: string, has: (key: string) => boolean}} Say
 *   The page's words in one language: `text("send")` is the catalogue's `desk.send`.
 */

export const LANGUAGES = {"zh-CN": "简体中文", "zh-TW": "繁體中文", en: "English"};

/** @param {string} language @returns {Promise<Say>} */
export async function words(language) {
  const response = (await asked(textsOf(language))) ?? (await fetch(`/desk/api/${textsOf(language)}`, {signal: AbortSignal.timeout(15_000)}));
  /** @type {{language: string, texts: Record<string, string>}} */
  const {language: given, texts} = await response.json();
  /** @param {string} key @param {Record<string, string | number>} [values] */
  const say = (key, values = {}) => (texts[`desk.${key}`] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  return Object.assign(say, {language: given, has: (/** @type {string} */ key) => `desk.${key}` in texts});
}

/**
 * One of a closed set, in words; a code that this page does not know is shown as it is.
 * @param {Say} text @param {string} family @param {string | null | undefined} code
 */
export function named(text, family, code) {
  if (!code) return "";
  return text.has(`${family}.${code}`) ? text(`${family}.${code}`) : code.replaceAll("_", " ");
}

/** A queue, as people call it: the one that is there without being configured has no title of its own. @param {Say} text @param {import("./desk.js").Desk} desk @param {string} name */
export function queueOf(text, desk, name) {
  const title = desk.settings.queues.find((one) => one.name === name)?.title ?? name;
  return title === "default" ? text("queue.default") : title;
}

/** What stands for a file that is still on its way. */
const ARRIVING = /^\[(image|voice|video|file)\]$/gm;

/** What marks words in markdown, which a line does without: bold words, and where a link goes. */
const MARKS = /\*\*([^*\n]{1,200})\*\*|\[([^[\]\n]{1,200})\]\(https?:[^()\s]{1,500}\)/g;

/** A message in one line, as lists and screen readers have it: the server's signs for what is arriving in the reader's words. @param {Say} text @param {string} [words] */
export const shortly = (text, words = "") => words.replace(ARRIVING, (_, kind) => `[${text(`arriving.${kind}`)}]`).replace(MARKS, "$1$2");

/** Codes that say too little by themselves: the server's own words stand behind ours. */
const WIDE = ["conflict", "forbidden", "not_found"];

/** A problem's own words, where they are codes that the page has words for. @param {Say} text @param {Record<string, string | number>} params */
const said = (text, params) => ({...params, ...(params.state && {state: named(text, "state", String(params.state))})});

/** What went wrong, in words, with the server's own where ours do not say it all. @param {Say} text @param {Problem} problem */
export function trouble(text, problem) {
  const ours = text.has(`error.${problem.code}`) ? text(`error.${problem.code}`, {seconds: problem.retryAfterS, ...said(text, problem.params)}) : text("error.other");
  const isSaid = !problem.detail || (text.has(`error.${problem.code}`) && !WIDE.includes(problem.code));
  return isSaid ? ours : text("error.detail", {ours, detail: problem.detail});
}
