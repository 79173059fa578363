/** @import {Conversation} from "../conversation.js" */
/** @import {Customer, FilledForm} from "../shapes.js" */
/** @import {Fact} from "./facts.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {customerOf} from "../called.js";
import {momentOf} from "../moments.js";
import {chip} from "../parts.js";
import {named} from "../words.js";
import {copied, facts, languageOf, short} from "./facts.js";

const SHIELD = "M12 3.5l7 2.6v5.4c0 4.3-2.9 7.6-7 9-4.1-1.4-7-4.7-7-9V6.1z";
const PROVEN = ["channel", "jwt", "code", "dmarc", "scan", "agent"];
/** What people read and write themselves: shown whole. */
const READABLE = ["email", "phone"];
const FIELDS = /** @type {Record<string, string>} */ ({name: "who.name", email: "who.email", phone: "who.phone"});

/** Who this is, whether that is proven, how to reach them, where they are. @param {Say} text @param {Conversation} open */
export function who(text, open) {
  const customer = /** @type {Customer} */ (open.packet?.customer ?? {});
  const {session} = open;
  const identities = customer.identities ?? [];
  const proof = identities.map((one) => one.verified_by).find((by) => PROVEN.includes(by)) ?? identities[0]?.verified_by;
  const name = customer.name || session?.customer_name;
  const called = session?.customer_tag ? customerOf(open.desk, text, session) : text("who.unknown");
  const typed = new Set((open.forms ?? []).flatMap((form) => Object.values(form.fields)));
  // Whoever is proven may still have typed somebody else's address: only the identity is proven, what stands in a form is not.
  const mark = (/** @type {string} */ value) => (typed.has(value) ? chip(text("who.typed")) : null);
  const reached = (/** @type {string} */ label, /** @type {string | null | undefined} */ value) => (value ? h("span", {}, copied(text, label, value), mark(value)) : null);
  return [
    h("p", {class: "name"}, h("b", {dir: "auto"}, name || called), name ? mark(name) : null, customer.is_vip ? chip(text("who.vip"), "accent") : null),
    proof ? h("p", {class: `proof${PROVEN.includes(proof) ? " proven" : ""}`}, icon(PROVEN.includes(proof) ? `${SHIELD}M9 12l2.2 2.2L15.2 10` : SHIELD), h("span", {}, named(text, "proof", proof))) : null,
    // Of several addresses the session's own: the others stand below, with how they were linked.
    facts([
      [text("who.email"), reached(text("who.email"), customer.email)],
      [text("who.phone"), reached(text("who.phone"), customer.phone)],
      [text("who.language"), languageOf(text, session?.language)],
      [text("who.page"), session?.page ? pageOf(session.page) : null],
      ...identities.slice(0, 1).filter(({value}) => value !== customer.email && value !== customer.phone).map(({kind, value}) => /** @type {Fact} */ ([named(text, "identity", kind), copied(text, named(text, "identity", kind), value, READABLE.includes(kind) ? value : h("span", {class: "code"}, short(value)))])),
    ]),
  ];
}

/** What was filled in before the first message, or when nobody was there. @param {Say} text @param {FilledForm[]} forms */
export function filled(text, forms) {
  return forms.map((form) =>
    h(
      "div",
      {class: "form-filled"},
      h("p", {class: "quiet"}, [named(text, "form", form.kind), momentOf(form.at, text)].join(" · ")),
      facts(Object.entries(form.fields).map(([key, value]) => /** @type {Fact} */ ([nameOf(text, key), value ? copied(text, nameOf(text, key), value) : null]))),
      form.consent ? h("p", {class: "quiet consent", dir: "auto"}, text("form.consent", {version: form.consent})) : null,
    ),
  );
}

/** @param {Say} text @param {string} field */
const nameOf = (text, field) => (Object.hasOwn(FIELDS, field) ? text(FIELDS[field]) : field);

/** The page they are on: a link where it is fit for one. @param {string} page */
function pageOf(page) {
  const words = page.replace(/^https?:\/\//i, "");
  if (!/^https?:\/\//i.test(page)) return h("span", {class: "page-link", title: page}, words);
  return h("a", {class: "page-link", href: page, title: page, target: "_blank", rel: "noopener noreferrer nofollow"}, words);
}
