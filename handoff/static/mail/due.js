/** @import {Session} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon} from "/static/dom.js";
import {now, spanOf, ticking} from "../moments.js";
import {DRAWINGS} from "../talk/drawings.js";

const SOON_S = 3_600;

/** Seconds until an answer is due; negative: it is late. @param {string} at */
export const leftUntil = (at) => (new Date(at).getTime() - now()) / 1000;

/** How near it is, in words that change at most once for each list line. @param {string | null | undefined} at */
export const stageOf = (at) => (!at ? "" : leftUntil(at) < 0 ? "late" : leftUntil(at) < SOON_S ? "soon" : "calm");

/** Until when somebody should have answered, always true to the second; that it is late is said, not only shown. @param {Say} text @param {string} at */
export function due(text, at) {
  const clock = h("span", {});
  const made = h("span", {class: "due", title: text("mail.due_at", {at: new Date(at).toLocaleString(text.language, {month: "short", day: "numeric", hour: "2-digit", minute: "2-digit"})})}, icon(DRAWINGS.clock), clock);
  ticking(clock, () => {
    const left = leftUntil(at);
    attribute(made, "data-stage", stageOf(at));
    const time = spanOf(Math.abs(left), text.language);
    return text(left < 0 ? "mail.late" : "mail.due", {time});
  });
  return made;
}

/** Who is due first comes first; what nobody is promised comes behind, as it was. @param {Session[]} sessions */
export function dueFirst(sessions) {
  const at = (/** @type {Session} */ {due_at: due}) => (due ? Date.parse(due) : Infinity);
  return sessions.map((session, place) => ({session, place})).sort((a, b) => (at(a.session) === at(b.session) ? a.place - b.place : at(a.session) - at(b.session))).map(({session}) => session);
}
