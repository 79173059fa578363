/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {button} from "../parts.js";

/** @typedef {{name: string, theirs: string, mine: string}} Difference */

/**
 * Somebody else has saved meanwhile: theirs and mine beside each other, and which is to stay.
 * @param {Say} text @param {{who: string, when: string, differences: Difference[], take: () => void, keep: () => void}} what
 */
export function conflict(text, {who, when, differences, take, keep}) {
  const rows = differences.map(({name, theirs, mine}) => h("tr", {}, h("th", {scope: "row"}, name), h("td", {dir: "auto"}, theirs || "—"), h("td", {dir: "auto"}, mine || "—")));
  const table = h("table", {}, h("thead", {}, h("tr", {}, h("td", {}), h("th", {scope: "col"}, text("stale.theirs")), h("th", {scope: "col"}, text("stale.mine")))), h("tbody", {}, ...rows));
  return h(
    "div",
    {class: "conflict", role: "alert", tabindex: -1},
    h("p", {}, h("b", {}, text("stale.title")), " ", who ? text("stale.by", {name: who, at: when}) : ""),
    rows.length ? h("div", {class: "conflict-table", tabindex: 0, role: "region", "aria-label": text("stale.title")}, table) : h("p", {}, text("stale.same")),
    h("div", {class: "buttons"}, button(text("stale.take"), take, {kind: "small", act: "take-theirs"}), button(text("stale.keep"), keep, {kind: "small primary", act: "keep-mine"})),
  );
}

/** What differs between two values, field by field, in words. @template V @param {V} theirs @param {V} mine @param {{name: string, words: (value: V) => string}[]} fields @returns {Difference[]} */
export function differences(theirs, mine, fields) {
  const all = fields.map(({name, words}) => ({name, theirs: words(theirs), mine: words(mine)}));
  return all.filter((one) => one.theirs !== one.mine);
}
