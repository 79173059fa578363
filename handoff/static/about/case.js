/** @import {Desk} from "../desk.js" */
/** @import {Case} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {momentOf} from "../moments.js";
import {button, chip} from "../parts.js";
import {newCid} from "../keep.js";
import {Heading} from "../mail/heading.js";
import {addressOf, go} from "../place.js";
import {ask} from "../talk/dialog.js";
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
  const isCounted = Boolean(desk.settings.channels?.find((it) => it.name === one.channel)?.is_counted);
  const isLetter = Boolean(desk.settings.channels?.find((it) => it.name === one.channel)?.letters);
  const isMailed = !isCounted && !isLetter && Boolean(one.email && desk.settings.channels?.some((it) => it.letters));
  const isAnsweredHere = (isCounted || isLetter || isMailed) && !isOver && desk.open?.isMine !== true;
  const isCallable = desk.open?.id === one.session_id && Boolean(desk.open.call?.back.may) && !isOver && (isMine || !one.agent_id);
  const call = async () => {
    try {
      const {session_id: id} = await desk.api.post(`cases/${one.id}/call`);
      desk.readLists();
      go(addressOf(id));
      desk.open?.read();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(text, error));
    }
  };
  const mailedTo = isMailed ? one.email ?? "" : "";
  const where = [one.email ? copied(text, text("who.email"), one.email) : null, one.phone ? copied(text, text("who.phone"), one.phone) : null].filter((address) => address !== null);
  return [
    h("p", {class: "case-head"}, copied(text, text("case.number"), one.number, h("b", {class: "code"}, one.number)), chip(named(text, "case.status", one.status), TONES[/** @type {"open"} */ (one.status)] ?? ""), holder ? h("span", {class: "quiet", dir: "auto"}, holder) : null),
    facts([
      [text("case.where"), where.length ? h("span", {}, ...where) : text(isCounted ? "case.here" : "case.nowhere")],
      [text("case.reason"), named(text, "failure", one.reason)],
      [text("case.opened"), momentOf(one.opened_at, text)],
    ]),
    !isOver && isMine ? comment : null,
    isOver ? null : h("div", {class: "buttons"}, isMine ? button(text("case.resolve"), () => act("resolve", {comment: comment.value.trim()}), {kind: "primary small", act: "resolve"}) : button(text("case.take"), () => act("take", {}), {kind: "small", act: "take"}), isCallable ? button(text("call.now"), () => call(), {kind: "small", act: "case-call"}) : null, isAnsweredHere ? button(text(isMailed || isLetter ? "case.reply_mail" : "case.reply"), () => write(desk, text, one, mailedTo, isLetter), {kind: "small", act: "case-reply"}) : null),
    said,
  ];
}

/** Asks what to write to a case's customer in the chat where they asked, or by mail, and goes to the conversation that it opens. @param {Desk} desk @param {Say} text @param {Case} one @param {string} mailedTo  "" in the chat, or in the mail's own thread @param {boolean} isLetter */
function write(desk, text, one, mailedTo, isLetter) {
  const cid = newCid();
  const heading = desk.open?.id === one.session_id && desk.open.letter && isLetter ? new Heading(text, desk.open, () => {}, () => {}) : null;
  heading?.render(true);
  if (heading) heading.summary.hidden = true;
  const words = h("textarea", {id: "case-reply", rows: 4, required: true, dir: "auto", "aria-label": text("case.reply.words")});
  const send = async (/** @type {Element} */ said) => {
    if (heading && !heading.copies.take()) return false; // what is no address says so
    try {
      const {session} = await desk.api.post(`cases/${one.id}/reply`, {text: words.value.trim(), cid, ...(heading && {letter: heading.value})});
      desk.readLists();
      go(addressOf(session.id));
      desk.open?.read();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(text, error));
      return false;
    }
  };
  ask(text, {
    title: text(mailedTo || isLetter ? "case.reply_mail" : "case.reply"), go: text("send"), kind: "wide", act: send,
    fields: [isLetter ? null : h("p", {class: "quiet"}, mailedTo ? text("case.reply_mail.hint", {email: mailedTo}) : text("case.reply.hint")), heading?.element ?? null, h("label", {for: words.id}, text("case.reply.words")), words],
  });
}

/** The customer's other cases that are still open. @param {Desk} desk @param {Say} text @param {{id: string, known: Case | null}[]} cases */
export function openCases(desk, text, cases) {
  const line = (/** @type {typeof cases[number]} */ {id, known}) => {
    if (!known) return h("li", {class: "quiet"}, h("span", {class: "code"}, id.slice(-6)), " ", text("case.elsewhere"));
    return h("li", {}, h("a", {class: "earlier-line", href: addressOf(known.session_id)}, h("span", {class: "words", dir: "auto"}, known.subject || known.number), h("span", {class: "quiet"}, [known.number, named(text, "case.status", known.status), desk.nameOf(known.agent_id)].filter(Boolean).join(" · "))));
  };
  return [h("ul", {}, ...cases.map(line))];
}
