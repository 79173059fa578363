/** @import {Desk} from "../desk.js" */
/** @import {AuditEvent} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {copier, short} from "../about/facts.js";
import {named} from "../words.js";

/** Everything that leaves an audit event, by what it is about. */
export const ACTIONS = {
  logins: ["login", "login_failed", "logout"],
  accounts: ["agent_added", "agent_changed", "agent_disabled", "agent_enabled", "password_set", "password_changed"],
  work: ["status", "agent_gone", "session_accepted", "session_rejected", "session_reply", "session_notice", "session_reached", "session_called", "message_withdrawn", "letter_saved", "identity_linked", "identity_unlinked", "session_note", "session_transferred", "session_returned", "session_held", "session_resumed", "session_closed", "session_requeued", "recordings_deleted", "case_taken", "case_answered", "case_called", "case_resolved"],
  settings: ["hours_changed", "hours_reset", "canned_reply_added", "canned_reply_changed", "canned_reply_dropped"],
  knowledge: ["knowledge_drafted", "knowledge_dropped", "knowledge_discarded", "knowledge_question_added", "knowledge_labelled", "knowledge_published", "knowledge_restored", "knowledge_failed"],
  system: ["dead_letter_asked", "dead_letter_replayed", "dead_letter_dropped"],
};
/** Where the words of a code stand that is not called after what it is. */
const FAMILIES = /** @type {Record<string, string[]>} */ ({reason: ["close", "failure"]});
const VALUE_MAX = 80;

/** One event: when, who, what to what, and what else is known of it. @param {Desk} desk @param {Say} text @param {AuditEvent} event */
export function line(desk, text, event) {
  const {at, action, subject, detail} = event;
  const time = new Date(at).toLocaleTimeString(text.language, {hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false});
  const details = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== ""); // what was not given is nothing to tell
  return h(
    "li",
    {class: "audit-line"},
    h("time", {datetime: at, title: at}, time),
    h("div", {class: "audit-words"}, h("p", {}, h("b", {dir: "auto"}, actorOf(desk, text, event)), " ", h("span", {}, named(text, "audit", action)), subjectOf(desk, event)), details.length ? h("ul", {class: "details"}, ...details.map(([key, value]) => h("li", {}, h("span", {class: "quiet"}, named(text, "detail", key)), " ", h("span", {dir: "auto"}, valueOf(desk, text, key, value))))) : null),
    copier(text, text("audit.id"), () => `${at} ${event.actor} ${action} ${subject} ${JSON.stringify(detail ?? {})}`),
  );
}

/** @param {Desk} desk @param {Say} text @param {AuditEvent} event */
function actorOf(desk, text, {actor, actor_name: name}) {
  return name || desk.nameOf(actor) || (text.has(`actor.${actor}`) ? text(`actor.${actor}`) : short(actor));
}

/** What it was done to, where that is not the person who did it. @param {Desk} desk @param {AuditEvent} event */
function subjectOf(desk, {subject, actor, subject_name: known}) {
  if (!subject || subject === actor) return null;
  const name = known || desk.nameOf(subject);
  return name ? h("span", {class: "subject", dir: "auto"}, ` ${name}`) : h("span", {class: "subject code", title: subject}, ` ${short(subject.replace(/^(hours\/|name:)/, ""))}`);
}

/** A value as people read it: what was and what is, a name in an id's place, a list as a list. @param {Desk} desk @param {Say} text @param {string} key @param {unknown} value @returns {string} */
function valueOf(desk, text, key, value) {
  if (value === null || value === undefined || value === "") return "—";
  if (Array.isArray(value)) return value.length ? cut(value.map((one) => valueOf(desk, text, key, one)).join(text("list.and"))) : "—";
  if (typeof value === "object") {
    const {from, to, ...rest} = /** @type {Record<string, unknown>} */ (value);
    if (!Object.keys(rest).length && (from !== undefined || to !== undefined)) return `${valueOf(desk, text, key, from)} → ${valueOf(desk, text, key, to)}`;
    return cut(Object.entries(value).map(([name, one]) => `${named(text, "detail", name)} ${valueOf(desk, text, name, one)}`).join(text("list.and")));
  }
  if (typeof value === "boolean") return text(value ? "yes" : "no");
  const words = String(value);
  const family = [key, ...(FAMILIES[key] ?? [])].find((one) => text.has(`${one}.${words}`));
  if (family) return text(`${family}.${words}`);
  return desk.nameOf(words) || cut(words);
}

/** @param {string} words */
const cut = (words) => (words.length > VALUE_MAX ? `${words.slice(0, VALUE_MAX)}…` : words);
