/**
 * What the page asks first, asked in its first moment, while the other modules are still on their way: who is logged in, and the words.
 * Imports nothing, so that nothing is waited for.
 */

const CHOSEN = "frontdesk.desk.language";
/** @type {Map<string, Promise<Response | null>>} */
const questions = new Map();

/** An answer that was asked for early, once; undefined where it was not. @param {string} path @returns {Promise<Response | null> | undefined} */
export function asked(path) {
  const answer = questions.get(path);
  questions.delete(path);
  return answer;
}

/** Nobody is logged in: what was answered to that is nothing for whoever logs in next. */
export const forgetAsked = () => questions.clear();

/** @param {string} path */
function ask(path) {
  questions.set(path, fetch(`/desk/api/${path}`, {signal: AbortSignal.timeout(15_000)}).catch(() => null));
}

/** @param {string} key */
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is forbidden
  }
}

/** @returns {string} the language chosen here before, or the browser's */
export function preferred() {
  const wanted = [kept(CHOSEN), ...navigator.languages].filter((tag) => tag !== null);
  for (const tag of wanted) {
    if (/^zh-(TW|HK|MO|Hant)/i.test(tag)) return "zh-TW";
    if (/^zh/i.test(tag)) return "zh-CN";
    if (/^en/i.test(tag)) return "en";
  }
  return wanted[0] ?? "zh-CN";
}

/** @param {string} language */
export function choose(language) {
  try {
    localStorage.setItem(CHOSEN, language);
  } catch {
    // then it holds until the reload
  }
}

/** @param {string} language */
export const textsOf = (language) => `texts?lang=${encodeURIComponent(language)}`;

Object.assign(document.documentElement.dataset, {theme: kept("frontdesk.desk.theme") ?? "auto", density: kept("frontdesk.desk.density") ?? "cozy"});
document.documentElement.lang = preferred();
ask("me");
ask(textsOf(preferred()));
if (kept("frontdesk.desk.in")) {
  document.documentElement.dataset.in = "";
  for (const path of ["settings", "queue?limit=100", "sessions?limit=100", "agents?limit=100", "cases?limit=100"]) ask(path);
}
