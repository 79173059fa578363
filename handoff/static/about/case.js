/** @import {Desk} from "../desk.js" */
/** @import {Case} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {momentOf} from "../moments.js";
import {button, chip} from "../parts.js";
import {addressOf} from "../place.js";
import {named, trouble} from "../words.js";
import {copied, facts} from "./facts.js";

const TONES = {open: "warn", in_progress: "accent"};
const COMMENT_MAX = 2000;

/** A case: where it stands, where to answer, and what its agent may do with it. @param {Desk} desk @param {Say} text @param {Case} one */
export function caseOf(desk, text, one) {
  const said = h("p", {class: "wrong", role: "alert"});
  const comment = h("textarea", {rows: 2, maxlength: COMMENT_MAX, "aria-label": text("case.comment"), placeholder: text("case.comment")});
  const act = async (/** @type {string} */ action, /** @type {object} */ body) => {
    try {
      await desk.api.post(`cases/${one.id}/${action}`, body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return say(said, trouble(text, error));
    }
    desk.readLists();
    desk.open?.read();
  };
  const isOver = one.status === "resolved";
  const isMine = one.agent_id === desk.agent?.id;
  const holder = isMine ? text("you") : desk.nameOf(one.agent_id);
  const where = [one.email ? copied(text, text("who.email"), one.email) : null, one.phone ? copied(text, text("who.phone"), one.phone) : null].filter((address) => address !== null);
  return [
    h("p", {class: "case-head"}, copied(text, text("case.number"), one.number, h("b", {class: "code"}, one.number)), chip(named(text, "case.status", one.status), TONES[/** @type {"open"} */ (one.status)] ?? ""), holder ? h("span", {class: "quiet", dir: "auto"}, holder) : null),
    facts([
      [text("case.where"), where.length ? h("span", {}, ...where) : text("case.nowhere")],
      [text("case.reason"), named(text, "failure", one.reason)],
      [text("case.opened"), momentOf(one.opened_at, text)],
    ]),
    !isOver && isMine ? comment : null,
    isOver ? null : h("div", {class: "buttons"}, isMine ? button(text("case.resolve"), () => act("resolve", {comment: comment.value.trim()}), {kind: "primary small", act: "resolve"}) : button(text("case.take"), () => act("take", {}), {kind: "small", act: "take"})),
    said,
  ];
}

/** The customer's other cases that are still open. @param {Desk} desk @param {Say} text @param {{id: string, known: Case | null}[]} cases */
export function openCases(desk, text, cases) {
  const line = (/** @type {typeof cases[number]} */ {id, known}) => {
    if (!known) return h("li", {class: "quiet"}, h("span", {class: "code"}, id.slice(-6)), " ", text("case.elsewhere"));
    return h("li", {}, h("a", {class: "earlier-line", href: addressOf(known.session_id)}, h("span", {class: "words", dir: "auto"}, known.subject || known.number), h("span", {class: "quiet"}, [known.number, named(text, "case.status", known.status), desk.nameOf(known.agent_id)].filter(Boolean).join(" · "))));
  };
  return [h("ul", {}, ...cases.map(line))];
}
