/**
 * @typedef {typeof import("./en.js").default} Catalogue
 * @typedef {((key: keyof Catalogue, values?: Record<string, string | number>) => string) & {locale: string}} Say
 */

/**
 * The texts of one language, filled in by name. Only that language's catalogue is fetched.
 * @param {string} locale  one of zh-CN, zh-TW, en
 * @returns {Promise<Say>}
 */
export async function texts(locale) {
  /** @type {{default: Catalogue}} */
  const {default: catalogue} = await import(`./${locale}.js`);
  /** @type {(key: keyof Catalogue, values?: Record<string, string | number>) => string} */
  const say = (key, values = {}) => catalogue[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  return Object.assign(say, {locale});
}
