/** @import {Desk} from "./desk.js" */
/** @import {Packet, Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {named} from "./words.js";

const TAG_CHARS = 4;
/** The kinds of ids whose end stands for a name: their channels tell none. */
const NAMELESS = ["openid", "wecom_user"];
/** Of these the whole is what people know somebody by. */
const NAMED_WHOLE = ["email", "phone"];

/** What a session's customer is called: by name, else by the channel and the end of their id there. @param {Desk} desk @param {Say} text @param {Session} session */
export const customerOf = (desk, text, session) => session.customer_name || tagged(text, typeOf(desk, session.channel), session.customer_tag) || text(session.call && !session.call.number ? "call.withheld" : "customer");

/** The same of an offer, whose packet has the customer's card. @param {Say} text @param {Packet} packet */
export function customerIn(text, {customer, channel_type: type}) {
  const id = customer.identities?.find(({kind}) => NAMELESS.includes(kind) || NAMED_WHOLE.includes(kind));
  return customer.name || tagged(text, type, id && (NAMED_WHOLE.includes(id.kind) ? id.value : id.value.slice(-TAG_CHARS))) || named(text, "channel", type);
}

/** `微信用户·k3Xq`. @param {Say} text @param {string} type @param {string | null | undefined} tag */
export const tagged = (text, type, tag) => (tag && text.has(`customer.${type}`) ? text(`customer.${type}`, {tag}) : "");

/** The kind of a channel, by its name. @param {Desk} desk @param {string} channel */
export const typeOf = (desk, channel) => desk.settings.channels?.find((one) => one.name === channel)?.type ?? "";
