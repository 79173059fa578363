/** @import {Desk} from "../desk.js" */
/** @import {Conversation} from "../conversation.js" */
/** @import {Earlier, Rating, Trace} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {typeOf} from "../called.js";
import {bare} from "../mail/kind.js";
import {clock, momentOf, timeOf} from "../moments.js";
import {channelSign, percent} from "../parts.js";
import {named} from "../words.js";
import {peek} from "./peek.js";

const LINES_MAX = 40;

/** The customer's sessions before this one; each can be read without leaving this one. @param {Desk} desk @param {Say} text @param {Earlier[]} earlier */
export function past(desk, text, earlier) {
  const line = (/** @type {Earlier} */ one) => {
    const {title, more} = endOf(text, one);
    return h("li", {}, h("button", {type: "button", class: "earlier-line", "aria-haspopup": "dialog", onclick: () => peek(desk, text, one)}, h("span", {class: "words", dir: "auto"}, title), h("span", {class: "quiet"}, channelSign(text, typeOf(desk, one.channel)), more)));
  };
  return [h("ul", {}, ...earlier.map(line))];
}

/** What an earlier session came to: in a few words, and when. @param {Say} text @param {Earlier} one */
export function endOf(text, one) {
  const summary = text.has(`disposition.${one.summary}`) ? text(`disposition.${one.summary}`) : one.summary;
  const ending = named(text, "close", one.close_reason);
  const more = [momentOf(one.opened_at, text), summary && ending !== summary ? ending : "", one.score ? text("about.score", {score: one.score}) : ""];
  return {title: summary || bare(one.subject) || one.subject || ending || text("wish.none"), more: more.filter(Boolean).join(" · ")};
}

/** How this session was rated. @param {Say} text @param {Rating} rating */
export function rated(text, {score, comment, at}) {
  const stars = "★".repeat(Math.max(0, Math.min(5, score))) + "☆".repeat(Math.max(0, 5 - score));
  return [
    h("p", {class: "stars"}, h("span", {"aria-hidden": "true"}, stars), h("span", {class: "hidden"}, text("about.score", {score})), h("time", {class: "quiet", datetime: at}, momentOf(at, text))),
    comment ? h("p", {class: "rating-words", dir: "auto"}, comment) : null,
  ];
}

/** How it came to this desk. @param {Desk} desk @param {Say} text @param {Trace[]} trace */
export function route(desk, text, trace) {
  const line = (/** @type {Trace} */ one) => {
    const because = reasons(text, one.why);
    return h("li", {}, h("time", {datetime: one.at}, timeOf(one.at, text)), h("span", {}, one.what === "call_stage" ? named(text, "call.stage", one.why.stage) : named(text, "trace", one.what), one.agent_id ? ` ${desk.nameOf(one.agent_id)}` : "", because ? h("span", {class: "quiet"}, ` ${because}`) : null));
  };
  return [h("ol", {class: "line-of-time"}, ...trace.slice(-LINES_MAX).map(line))];
}

/** @param {Say} text @param {Record<string, any>} why */
function reasons(text, why) {
  const parts = [
    why.rule && named(text, "rule", String(why.rule)),
    why.reason && (text.has(`wait.${why.reason}`) ? text(`wait.${why.reason}`) : named(text, "reason", String(why.reason))),
    typeof why.call === "string" && why.why && named(text, "call.why", String(why.why)),
    why.failure && named(text, "failure", String(why.failure)),
    typeof why.load === "number" && text("trace.load", {percent: percent(why.load)}),
    typeof why.waited_s === "number" && text("trace.waited", {time: clock(why.waited_s)}),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** How long it stood where. @param {Say} text @param {Conversation} open */
export function times(text, {intervals, session}) {
  const line = (/** @type {typeof intervals[number]} */ one) =>
    h("li", {}, h("time", {datetime: one.started_at}, timeOf(one.started_at, text)), h("span", {}, named(text, "state", one.state)), h("span", {class: "sure"}, clock((new Date(one.ended_at).getTime() - new Date(one.started_at).getTime()) / 1000)));
  const last = session && session.state !== "closed" ? h("li", {}, h("time", {datetime: session.state_since}, timeOf(session.state_since, text)), h("span", {}, named(text, "state", session.state)), h("span", {class: "sure"}, text("times.now"))) : null;
  return [h("ol", {class: "line-of-time"}, ...intervals.slice(-LINES_MAX).map(line), last)];
}
