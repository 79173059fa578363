/** @import {CallLine} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {clock, roundly, since, ticking} from "../moments.js";
import {named} from "../words.js";
import {SIGNS} from "./signs.js";

/** How a call stands, for the eye: its colour and its drawing. @type {Record<string, [string, string]>} */
const LOOKS = {
  up: ["good", SIGNS.phone], held: ["warn", SIGNS.held], ringing: ["accent", SIGNS.rings], talking: ["good", SIGNS.phone], missed: ["bad", SIGNS.over],
  calling: ["accent", SIGNS.rings], callback: ["warn", SIGNS.back], voicemail: ["warn", SIGNS.tape], away: ["warn", SIGNS.over], ended: ["", SIGNS.over],
};
/** How long a wish to call is given to begin: the word of it may get lost, and then it can be asked for again. */
const UNDER_WAY_S = 15;

/** Where a call stands, as people see it: one that we make, or were asked to make a moment ago, is `calling` until somebody answers. @param {CallLine} call */
export const standOf = ({stage, is_up: isUp, is_dialling: isDialling, asked_at: askedAt}) => (!isUp && (isDialling || (askedAt && since(askedAt) < UNDER_WAY_S)) ? "calling" : stage);

/** The stages whose own time counts; of the others, how long the caller has been on the line. */
const ITS_OWN = ["talking", "held", "ringing", "calling", "callback", "voicemail", "away", "ended"];
/** What is over, or waits for somebody to call: to the second it would only be restless. */
const ROUND = ["callback", "voicemail", "away"];

/** @param {CallLine} call */
export const toneOf = (call) => LOOKS[standOf(call)]?.[0] ?? "";

/** @param {CallLine} call */
export const signOf = (call) => LOOKS[standOf(call)]?.[1] ?? SIGNS.phone;

/** How long it has stood so, true from second to second; of a call that is over nothing. @param {CallLine} call @param {Say} text */
export function timeOf(call, text) {
  const {since: at, began_at: began} = call;
  const stage = standOf(call);
  if (stage === "ended") return "";
  const seconds = since(stage === "calling" && call.asked_at ? call.asked_at : ITS_OWN.includes(stage) ? at : began);
  return ROUND.includes(stage) ? roundly(seconds, text.language) : clock(seconds);
}

/** In a list: where the call stands and since when, in a word and a time. @param {Say} text @param {CallLine | null | undefined} call */
export function callMark(text, call) {
  if (!call) return null;
  const time = ticking(h("b", {}), () => timeOf(call, text));
  return h("span", {class: `call-mark ${toneOf(call)}`, title: whyOf(text, call) || null}, icon(signOf(call)), h("span", {}, named(text, "call.mark", standOf(call))), time);
}

/** What a caller is called by who has no name: the number, or that there is none. @param {Say} text @param {CallLine} call */
export const callerOf = (text, {number, shown}) => (number ? shown : text("call.withheld"));

/** What a list line is made anew for. @param {CallLine | null | undefined} call */
export const signOfCall = (call) => (call ? `${standOf(call)}@${call.since}` : "");

/** The stages that have a reason of their own: what else stands on record is how the one before ended. */
const REASONED = ["missed", "away", "ended"];
/** Whoever is to be called because it was we who lost them. */
const OURS = ["lost", "failed", "limit"];

/** Why it stands so, where there is a reason. @param {Say} text @param {CallLine} call */
export const whyOf = (text, {stage, why}) => (why && (REASONED.includes(stage) || (stage === "callback" && OURS.includes(why))) ? named(text, "call.why", why) : "");
