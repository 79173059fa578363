/**
 * @typedef {typeof import("./en.js").default} Catalogue
 * @typedef {((key: keyof Catalogue, values?: Record<string, string | number>) => string) & {locale: string}} Say
 */

const VALUE_MAX_LENGTH = 20;

/**
 * The texts of one language, filled in by name; a very long name is cut, so that what is said of it can still be read.
 * @param {string} locale  one of zh-CN, zh-TW, en
 * @param {Catalogue} catalogue
 * @returns {Say}
 */
export function texts(locale, catalogue) {
  /** @type {(key: keyof Catalogue, values?: Record<string, string | number>) => string} */
  const say = (key, values = {}) => catalogue[key].replace(/\{(\w+)\}/g, (_, name) => cut([...String(values[name])]));
  return Object.assign(say, {locale});
}

/** @param {string[]} letters */
const cut = (letters) => (letters.length > VALUE_MAX_LENGTH ? [...letters.slice(0, VALUE_MAX_LENGTH - 1), "…"] : letters).join("");
