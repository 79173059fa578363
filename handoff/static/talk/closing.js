/** @import {Desk} from "../desk.js" */
/** @import {Say} from "../words.js" */
import {h} from "/static/dom.js";
import {named} from "../words.js";
import {ask} from "./dialog.js";

/**
 * Asks how it ended. A number chooses, Enter ends: `e` `2` `Enter`.
 * @param {Desk} desk @param {Say} text @param {(action: string, body: object, said: Element) => Promise<boolean>} leave
 */
export function open(desk, text, leave) {
  const inputs = desk.settings.dispositions.map((code, index) => h("input", {type: "radio", name: "disposition", value: code, checked: index === 0}));
  const choices = inputs.map((input, index) =>
    h("label", {class: "choice"}, input, h("span", {}, named(text, "disposition", input.value)), index < 9 ? h("kbd", {"aria-hidden": "true"}, String(index + 1)) : null),
  );
  ask(text, {
    title: text("action.close"),
    go: text("close.do"),
    fields: [h("fieldset", {}, h("legend", {}, text("close.how")), ...choices)],
    act: (said) => leave("close", {disposition: inputs.find((one) => one.checked)?.value ?? ""}, said),
    onkeydown: (event) => {
      const chosen = /^[1-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey ? inputs[Number(event.key) - 1] : null;
      if (chosen) (event.preventDefault(), (chosen.checked = true), chosen.focus());
    },
  });
  inputs[0]?.focus();
}
