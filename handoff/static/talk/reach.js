/** @import {Conversation} from "../conversation.js" */
/** @import {Way} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "../api.js";
import {tagged} from "../called.js";
import {newCid} from "../keep.js";
import {momentOf} from "../moments.js";
import {channelIcon} from "../parts.js";
import {addressOf, go} from "../place.js";
import {named, trouble} from "../words.js";
import {ask} from "./dialog.js";

/**
 * Asks by which other verified channel the customer is written to. What is said there opens a session, or takes the one that is open, and the
 * page goes there.
 * @param {Say} text @param {Conversation} open @param {string} words what is half written here @param {() => void} gone these words have gone
 */
export async function reach(text, open, words, gone) {
  const {desk} = open;
  const cid = newCid();
  const list = h("div", {class: "targets", role: "radiogroup", "aria-label": text("reach.where")});
  const message = h("textarea", {id: "reach-text", rows: 4, required: true, dir: "auto", "aria-label": text("reach.text")}, words);
  /** @type {Way[]} */ let ways = [];
  const send = async (/** @type {Element} */ said) => {
    const way = ways[Number(/** @type {HTMLInputElement | null} */ (list.querySelector("input:checked"))?.value ?? -1)];
    if (!way) return (say(said, text(ways.length ? "reach.choose" : "reach.none")), false);
    try {
      const {session} = await desk.api.post(`sessions/${open.id}/reach`, {channel: way.channel, thread: way.thread, text: message.value.trim(), cid});
      gone();
      desk.readLists();
      go(addressOf(session.id));
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(text, error));
      return false;
    }
  };
  const label = h("label", {for: message.id}, text("reach.text"));
  const {said, send: button} = ask(text, {
    title: text("reach"), go: text("reach.go"), kind: "wide", act: send,
    fields: [h("p", {class: "quiet"}, text("reach.hint")), list, label, message],
  });
  const offer = () => [label, message, button].forEach((one) => attribute(one, one === button ? "disabled" : "hidden", !ways.length));
  offer();
  list.append(h("p", {class: "quiet"}, text("loading")));
  try {
    ways = (await desk.api.get(`sessions/${open.id}/ways`)).items;
    list.replaceChildren(...ways.map((way, index) => target(text, way, index)));
    offer();
    if (!ways.length) say(said, text("reach.none"));
    const first = /** @type {HTMLInputElement | null} */ (list.querySelector("input:not(:disabled)"));
    if (first) first.checked = true;
    first?.focus();
  } catch (error) {
    list.replaceChildren();
    if (!(error instanceof Problem)) throw error;
    say(said, trouble(text, error));
  }
}

/** @param {Say} text @param {Way} way @param {number} index */
function target(text, way, index) {
  const {session} = way;
  const isTaken = Boolean(session && session.agent_name && !session.is_mine && session.state !== "closed");
  const name = way.customer_name || tagged(text, way.type, way.tag);
  const facts = [
    named(text, "proof", way.verified_by),
    way.last_customer_at ? text("reach.spoke", {at: momentOf(way.last_customer_at, text)}) : text("reach.never"),
    isTaken ? text("with", {name: session?.agent_name ?? ""}) : session && session.state !== "closed" ? named(text, "state", session.state) : "",
    way.window && !way.window.left ? text("reach.kept") : "",
  ];
  return h(
    "label",
    {class: `choice way${isTaken ? " away" : ""}`},
    h("input", {type: "radio", name: "way", value: index, disabled: isTaken}),
    channelIcon(way.type),
    h("span", {class: "with"}, h("bdi", {class: "name"}, [named(text, "channel", way.type) || way.channel, name].filter(Boolean).join(" · ")), h("small", {}, facts.filter(Boolean).join(" · "))),
  );
}
