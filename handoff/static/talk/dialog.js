/** @import {Say} from "../words.js" */
import {attribute, h, say} from "/static/dom.js";
import {kept} from "../caret.js";
import {button} from "../parts.js";

/**
 * A question in a dialog: its fields, what went wrong, and the two ways out. It shuts when `act` says that it is done, and gives the focus
 * back to where it was.
 * @param {Say} text
 * @param {{title: string, go: string, fields: (Node | null)[], act: (said: Element) => Promise<boolean>, kind?: string, onkeydown?: (event: KeyboardEvent) => void}} how
 */
export function ask(text, {title, go, fields, act, kind = "", onkeydown = () => {}}) {
  const giveBack = kept(document.activeElement);
  const said = h("p", {class: "wrong", role: "alert"});
  const send = button(go, () => {}, {kind: "primary", type: "submit"});
  let isBusy = false;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    say(said, "");
    attribute(send, "aria-busy", "true");
    try {
      if (await act(said)) dialog.close();
    } finally {
      isBusy = false;
      attribute(send, "aria-busy", null);
    }
  };
  const form = h("form", {onsubmit: submit, onkeydown}, h("h2", {id: "dialog-title"}, title), ...fields, said, h("div", {class: "buttons"}, button(text("cancel"), () => dialog.close()), send));
  const onclose = () => {
    dialog.remove();
    giveBack();
  };
  const dialog = h("dialog", {class: kind, "aria-labelledby": "dialog-title", onclose}, form);
  document.body.append(dialog);
  dialog.showModal();
  return {dialog, form, said, send, submit: () => form.requestSubmit()};
}
