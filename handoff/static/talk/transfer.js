/** @import {Desk} from "../desk.js" */
/** @import {Colleague} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {named, queueOf, trouble} from "../words.js";
import {ask} from "./dialog.js";

const FILTER_FROM_COUNT = 8;
const ORDER = ["available", "busy", "wrap_up", "away", "offline"];

/**
 * Asks to whom the session goes: a queue, with those who wait in it, or a colleague, with where they stand. Those who are not there can't be
 * chosen, and it says so.
 * @param {Desk} desk @param {Say} text @param {(action: string, body: object, said: Element) => Promise<boolean>} leave
 */
export function open(desk, text, leave) {
  const list = h("div", {class: "targets", role: "radiogroup", "aria-label": text("transfer.to")});
  const filter = h("input", {type: "search", "aria-label": text("transfer.filter"), placeholder: text("transfer.filter"), hidden: true, oninput: () => narrow(list, filter.value)});
  const comment = h("textarea", {id: "comment", rows: 3, maxlength: 2000, dir: "auto", placeholder: text("transfer.hint")});
  const {said} = ask(text, {
    title: text("action.transfer"),
    go: text("transfer.do"),
    kind: "wide",
    fields: [filter, list, h("label", {for: "comment"}, text("transfer.comment")), comment],
    act: (wrong) => {
      const [kind = "", name = ""] = (/** @type {HTMLInputElement | null} */ (list.querySelector("input:checked"))?.value ?? "").split(/\/(.*)/s);
      if (!kind) return (say(wrong, text("transfer.nobody")), Promise.resolve(false));
      return leave("transfer", {[kind]: name, comment: comment.value.trim()}, wrong);
    },
  });
  const queues = desk.settings.queues.map(({name}) => target(`queue/${name}`, queueOf(text, desk, name), waiting(desk, text, name), ""));
  list.append(h("h3", {}, text("transfer.queues")), ...queues);
  /** @type {HTMLElement | null} */ (list.querySelector("input"))?.focus();
  void people(desk, text, list, filter, said);
}

/** @param {Desk} desk @param {Say} text @param {string} queue */
function waiting(desk, text, queue) {
  const count = desk.queue.filter((entry) => entry.queue === queue).length;
  return count ? text("transfer.waiting", {count}) : text("transfer.empty");
}

/** @param {Desk} desk @param {Say} text @param {HTMLElement} list @param {HTMLInputElement} filter @param {Element} said */
async function people(desk, text, list, filter, said) {
  try {
    const {items} = await desk.api.get("agents?limit=200");
    const place = (/** @type {Colleague} */ one) => (one.is_connected ? ORDER.indexOf(one.status) : ORDER.length);
    const colleagues = /** @type {Colleague[]} */ (items).filter((one) => one.id !== desk.agent?.id && !one.is_disabled).sort((a, b) => place(a) - place(b));
    if (!colleagues.length) return;
    const there = (/** @type {Colleague} */ one) => (one.is_connected ? one.status : "offline");
    list.append(h("h3", {}, text("transfer.people")), ...colleagues.map((one) => target(`agent/${one.id}`, one.shown_name, named(text, "status", there(one)), there(one))));
    filter.hidden = colleagues.length + desk.settings.queues.length < FILTER_FROM_COUNT;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(said, trouble(text, error));
  }
}

/** @param {string} value @param {string} name @param {string} facts @param {string} status */
function target(value, name, facts, status) {
  const input = h("input", {type: "radio", name: "target", value, disabled: status === "offline"});
  return h("label", {class: `choice${status === "offline" ? " away" : ""}`}, input, status ? h("i", {class: "dot", "data-status": status, "aria-hidden": "true"}) : null, h("bdi", {class: "name"}, name), h("small", {}, facts));
}

/** @param {HTMLElement} list @param {string} words */
function narrow(list, words) {
  const wanted = words.trim().toLowerCase();
  for (const choice of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".choice"))) choice.hidden = !choice.textContent?.toLowerCase().includes(wanted);
}
