/** @import {Desk} from "../desk.js" */
/** @import {Earlier, Message, Whole} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, say} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {levelOf, player} from "../call/heard.js";
import {Problem} from "../api.js";
import {momentOf} from "../moments.js";
import {button, ICONS, percent} from "../parts.js";
import {isPlayable} from "../talk/pieces.js";
import {named, trouble} from "../words.js";
import {endOf} from "./past.js";

/** Shows an earlier session over this one, to be read only: whoever closes it is where they were. @param {Desk} desk @param {Say} text @param {Earlier} one */
export function peek(desk, text, one) {
  const {title, more} = endOf(text, one);
  const said = h("p", {class: "quiet", role: "status"}, text("loading"));
  const list = h("ol", {class: "peek-log"});
  const older = button(text("older"), () => read(), {kind: "small"});
  older.hidden = true;
  const shut = button(text("peek.close"), () => dialog.close(), {drawing: ICONS.close, isBare: true});
  const body = h("div", {class: "peek-body", tabindex: 0, role: "region", "aria-label": text("log")}, older, list, said);
  const head = h("header", {}, h("div", {}, h("h2", {id: "peek-title", dir: "auto"}, title), h("p", {class: "quiet"}, more, " · ", text("peek.only"))), shut);
  const dialog = h("dialog", {class: "peek", "aria-labelledby": "peek-title", onclose: () => dialog.remove(), onclick: (/** @type {Event} */ event) => event.target === dialog && dialog.close()}, head, body);
  /** @type {number | null} */ let before = null;

  const read = async () => {
    try {
      const whole = /** @type {Whole} */ (await desk.api.get(`sessions/${one.id}${before ? `?before=${before}` : ""}`));
      before = whole.before;
      older.hidden = !before;
      list.prepend(...whole.transcript.filter((message) => message.session_id === one.id).map((message) => line(text, one.id, message)));
      say(said, list.children.length ? "" : text("peek.empty"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, error.status === 404 ? text("peek.none") : trouble(text, error));
    }
  };
  document.body.append(dialog);
  dialog.showModal();
  read();
}

/** @param {Say} text @param {string} sessionId @param {Message} message */
function line(text, sessionId, message) {
  const who = message.author === "agent" ? message.name || text("author.agent") : named(text, "author", message.author);
  const isOurs = message.author === "bot" || message.author === "agent";
  const words = message.text || message.parts.map((part) => (part.type === "file" ? part.file.name : "")).join(" ");
  const spoken = message.parts.find((part) => part.type === "spoken");
  const sure = spoken?.type === "spoken" ? h("span", {}, text("call.sure", {level: named(text, "call.level", levelOf(spoken.confidence)), percent: percent(spoken.confidence)})) : null;
  const sounds = message.parts.flatMap((part) => (part.type === "file" && /^audio\//.test(part.file.mime) && isPlayable(part.file.mime) ? [player(text, part.file, sessionId, part.file.name)] : []));
  return h("li", {class: message.author}, h("p", {class: "quiet"}, who, sure, h("time", {datetime: message.at}, momentOf(message.at, text))), h("div", {class: isOurs ? "md" : "plain", dir: "auto"}, isOurs ? markdown(words) : words), ...sounds);
}
