/** @import {Say} from "../words.js" */
/** @import {Finding} from "./shapes.js" */
import {h, icon} from "/static/dom.js";
import {languageOf} from "../about/facts.js";
import {ICONS} from "../admin/frame.js";
import {addressOfEntry} from "./route.js";

/** What is found is said in our own words where we have them, else in the checker's. @param {Say} text @param {Finding} finding */
export function wordsOf(text, {code, detail, message = "", values = {}}) {
  const tag = values.tag ? languageOf(text, values.tag) : "";
  const channel = values.channel && text.has(`channel.${values.channel}`) ? text(`channel.${values.channel}`) : (values.channel ?? "");
  return text.has(`knowledge.finding.${code}`) ? text(`knowledge.finding.${code}`, {...values, channel, tag}) : message || detail || code.replaceAll("_", " ");
}

/** @param {Finding} finding */
export const isBlocking = ({severity}) => severity === "error" || severity === "block";

/**
 * One thing that was found, with the way to the other entries that it is about.
 * @param {Say} text @param {Finding} finding @param {{own?: string, titleOf?: (id: string) => string, isWhole?: boolean}} [how]
 */
export function note(text, finding, {own = "", titleOf = (id) => id, isWhole = false} = {}) {
  const link = (/** @type {string} */ id) => h("a", {href: addressOfEntry(id), dir: "auto"}, titleOf(id));
  const [first, ...others] = finding.entries.filter((id) => id !== own);
  const isOurs = finding.entries.includes(own);
  const about = isWhole && finding.question && finding.question !== titleOf(finding.entries[0]) ? h("q", {dir: "auto"}, finding.question) : null;
  const words = h("span", {class: "kb-said"}, wordsOf(text, finding));
  const links = (isOurs ? finding.entries.filter((id) => id !== own) : others).map(link);
  const lead = [!isOurs && first ? link(first) : null, about].filter((node) => node !== null);
  return h("p", {class: `kb-note${isBlocking(finding) ? " bad" : ""}${finding.severity === "hint" ? " hint" : ""}`, "data-code": finding.code}, icon(ICONS.bad), h("span", {}, ...lead.flatMap((node) => [node, " · "]), words, ...links.flatMap((node) => [" ", node])));
}
