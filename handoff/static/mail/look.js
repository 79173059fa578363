/** @import {Conversation} from "../conversation.js" */
/** @import {Message, OpenedLetter} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {attribute, h, icon, say} from "/static/dom.js";
import {kept} from "../caret.js";
import {button} from "../parts.js";
import {DRAWINGS} from "../talk/drawings.js";
import {headOf} from "./kind.js";
import {SIGNS} from "./signs.js";

/** What a link in it may do: open elsewhere, as a page of its own. Nothing runs in the frame, and it is of no origin. */
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

/** Shows a mail in its own look, in a frame that can do nothing; pictures from elsewhere only when they are asked for. @param {Say} text @param {Conversation} open @param {Message} message @param {OpenedLetter} opened */
export function showLook(text, open, message, opened) {
  const giveBack = kept(document.activeElement);
  const place = `/desk/api/sessions/${encodeURIComponent(open.id)}/letters/${message.seq}/page`;
  const title = headOf(message)?.subject || text("mail.no_subject");
  const frame = () => h("iframe", {sandbox: SANDBOX, src: place, title: text("mail.look_of", {subject: title}), referrerpolicy: "no-referrer"});
  let shown = frame();
  const warning = h("span", {}, text(opened.has_remote ? "mail.remote_off" : "mail.look_say"));
  const remote = button(text("mail.remote"), () => load(), {kind: "small", act: "remote", drawing: SIGNS.picture});
  remote.hidden = !opened.has_remote;
  const load = () => {
    const next = frame();
    attribute(next, "src", `${place}?remote=1`);
    shown.replaceWith(next);
    shown = next;
    remote.hidden = true;
    say(warning, text("mail.remote_on"));
    close.focus();
  };
  const close = h("button", {type: "button", class: "button bare shut", "aria-label": text("shut"), title: text("shut"), onclick: () => dialog.close()}, icon(DRAWINGS.close));
  const onclose = () => {
    dialog.remove();
    giveBack();
  };
  const dialog = h(
    "dialog",
    {class: "letter-look", "aria-labelledby": "look-title", onclose, onclick: (/** @type {Event} */ event) => event.target === dialog && dialog.close()},
    h("div", {class: "inside"}, h("header", {}, h("h2", {id: "look-title", dir: "auto"}, title), close), h("p", {class: "look-bar", role: "status"}, icon(SIGNS.shield), warning, remote), shown),
  );
  document.body.append(dialog);
  dialog.showModal();
}
