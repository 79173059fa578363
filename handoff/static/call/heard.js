/** @import {FileRef, Message, Part} from "../shapes.js" */
/** @import {Around} from "../talk/pieces.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {percent} from "../parts.js";
import {named} from "../words.js";
import {DRAWINGS} from "../talk/drawings.js";
import {SIGNS} from "./signs.js";

/** From these on a recognizer is fairly, or very, sure. */
const [FAIR, SURE] = [0.5, 0.8];
/** What is missing less than that was heard to its end. */
const WHOLE = 0.98;

/** @param {number} confidence */
export const levelOf = (confidence) => (confidence >= SURE ? "high" : confidence >= FAIR ? "medium" : "low");

/** What a recognizer made of somebody's words: the words, how sure it was, and the sound where it was kept. @param {Extract<Part, {type: "spoken"}>} part @param {Message} message @param {Around} around */
export function spoken(part, message, around) {
  const {text} = around;
  const isBeside = message.parts.some((one) => one.type === "file" && one.file.id === part.audio?.id); // a voicemail is played once
  const level = levelOf(part.confidence);
  const words = part.text ? h("p", {dir: "auto"}, part.text) : h("p", {class: "quiet"}, text("call.not_understood"));
  return h(
    "div",
    {class: "spoken", "data-level": level},
    words,
    h("p", {class: "spoken-sure", title: text("call.sure_say")}, icon(level === "low" ? DRAWINGS.warn : SIGNS.voice), h("span", {}, text("call.sure", {level: named(text, "call.level", level), percent: percent(part.confidence)}))),
    part.audio && !isBeside ? player(text, part.audio, around.sessionId, text("call.audio")) : null,
  );
}

/** Keys that were pressed, as they look on a phone. What nobody is to read is said to be there, and no more. @param {Extract<Part, {type: "keyed"}>} part @param {Say} text */
export function keyed({keys, is_secret: isSecret}, text) {
  if (isSecret) return h("p", {class: "keyed masked"}, icon(DRAWINGS.shut), h("span", {}, text("call.masked")));
  return h("p", {class: "keyed"}, h("span", {class: "hidden"}, text("call.keyed", {keys: [...keys].join(" ")})), ...caps(keys));
}

/** What was picked by a key: the key, and what it stood for. @param {Extract<Part, {type: "pick"}>} part @param {Say} text @param {string} words */
export function pressed({keys = ""}, text, words) {
  return h("p", {class: "keyed", dir: "auto"}, h("span", {class: "hidden"}, text("call.keyed", {keys: [...keys].join(" ")})), ...caps(keys), h("span", {}, words));
}

/** @param {string} keys */
const caps = (keys) => [...keys].map((key) => h("kbd", {"aria-hidden": "true"}, key));

/** Plays a file of the session where the browser can; else it can be saved. One that is kept no more says so. @param {Say} text @param {FileRef} file @param {string} sessionId @param {string} name */
export function player(text, file, sessionId, name) {
  const href = `/desk/api/files/${encodeURIComponent(file.id)}?session=${encodeURIComponent(sessionId)}`;
  const gone = h("span", {class: "quiet", role: "status"});
  const sound = h("audio", {controls: true, preload: "none", src: href, "aria-label": name, onerror: () => (sound.remove(), (gone.textContent = text("call.gone")))});
  return h("div", {class: "player"}, sound, gone);
}

/** How much of what was said the caller has heard; "" where that is all of it, or not known. @param {Say} text @param {Message} message */
export function heardTo(text, {author, why}) {
  const {heard} = why;
  if (!heard || author === "customer" || !(heard.of_ms > 0)) return "";
  const share = Math.min(1, Math.max(0, heard.ms / heard.of_ms));
  if (share >= WHOLE) return "";
  return share < 0.01 ? text("call.heard_none") : text("call.heard", {percent: percent(share)});
}
