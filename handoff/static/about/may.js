/** @import {Conversation} from "../conversation.js" */
/** @import {ChannelFacts, Packet, Window} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {clock, momentOf, now, since, ticking} from "../moments.js";
import {named} from "../words.js";
import {bytes, facts} from "./facts.js";

const KNOWN = ["page", "reply_until", "replies_left", "window", "call"];
const LONG_AGO_S = 24 * 3600;

/** What may be sent on this channel, whether its arrival is told, and whether the customer is still there. @param {Say} text @param {Conversation} open @param {ChannelFacts | null} channel @param {Packet | null} packet */
export function may(text, open, channel, packet) {
  const constraints = packet?.constraints ?? {};
  const rest = Object.entries(constraints).filter(([key]) => !KNOWN.includes(key));
  return [
    h("ul", {class: "may-list"}, ...limits(text, channel, packet?.channel_type ?? channel?.type ?? "").map((words) => h("li", {}, words)), window_(text, constraints)),
    presence(text, open, channel),
    rest.length ? facts(rest.map(([key, value]) => [key.replaceAll("_", " "), String(value)])) : null,
  ];
}

/** @param {Say} text @param {ChannelFacts | null} channel @param {string} type */
function limits(text, channel, type) {
  const lines = [[text.has(`may.${type}`) ? named(text, "may", type) : text("may.text"), channel?.text_max_bytes && !channel.calls ? text("may.text_max", {size: bytes(channel.text_max_bytes)}) : ""].filter(Boolean).join(gap(text))];
  if (!channel || channel.calls) return lines;
  const files = channel.file_max_bytes && channel.file_types?.length;
  lines.push(files ? text("may.files", {size: bytes(channel.file_max_bytes ?? 0), types: kindsOf(channel.file_types ?? []).map((kind) => named(text, "kind", kind)).join(text("may.and"))}) : text("may.no_files"));
  const told = channel.read_marks ? text("may.read") : text("may.no_read");
  lines.push(channel.markdown ? told : told + gap(text) + text("may.plain"));
  return lines;
}

/** What stands between two sentences. @param {Say} text */
const gap = (text) => (text.language.startsWith("zh") ? "" : " ");

/** `image/png`, `image/gif`, `application/pdf`: image, document. @param {readonly string[]} types */
function kindsOf(types) {
  const kinds = types.map((type) => (/^(image|audio|video)\//.exec(type)?.[1] ?? "document"));
  return ["image", "document", "audio", "video"].filter((kind) => kinds.includes(kind));
}

/** Until when, or how often, the channel lets us answer. @param {Say} text @param {Record<string, unknown>} constraints */
function window_(text, {reply_until: until, replies_left: left, window}) {
  if (window) return then(text, /** @type {Window} */ (window));
  const parts = [typeof until === "string" ? text(new Date(until).getTime() > now() ? "may.until" : "may.over", {at: momentOf(until, text)}) : "", typeof left === "number" ? text("may.left", {count: left}) : ""].filter(Boolean);
  return parts.length ? h("li", {class: "window"}, parts.join(" · ")) : null;
}

/** How much the channel let out when the session was handed over; what it lets out now stands above the composer. @param {Say} text @param {Window} window */
function then(text, {left, until, why}) {
  const words = left && until ? text("may.then", {count: left, at: momentOf(until, text)}) : text("may.then_shut", {why: text.has(`window.why.${why}`) ? text(`window.why.${why}`) : text("window.why.other")});
  return h("li", {}, words);
}

/** Whether they are still there: when they spoke and, where the channel tells, whether they have seen our last words. @param {Say} text @param {Conversation} open @param {ChannelFacts | null} channel */
function presence(text, open, channel) {
  const {session} = open;
  if (!session) return null;
  if (session.state === "closed") return h("p", {class: "there"}, h("i", {class: "dot"}), text("there.closed"));
  const at = session.last_customer_at;
  const spoke = () => (!at ? "" : since(at) < LONG_AGO_S ? text(channel?.calls ? "call.spoke" : "there.spoke", {time: clock(since(at))}) : text(channel?.calls ? "call.spoke_at" : "there.spoke_at", {at: momentOf(at, text)}));
  const said = lastSaid(open);
  const isSeen = said > 0 && session.customer_read_seq >= said;
  const read = said && channel?.read_marks !== false && !channel?.calls ? text(isSeen ? "there.read" : "there.unread") : "";
  return h("p", {class: "there"}, h("i", {class: `dot${isSeen ? " on" : ""}`}), ticking(h("span", {}), spoke), read ? h("span", {class: "quiet"}, read) : null);
}

/** The seq of the last thing that was said to the customer; 0: nothing. @param {Conversation} open */
export const lastSaid = (open) => open.log.findLast((message) => message.author !== "customer")?.seq ?? 0;
