/** @import {Conversation} from "./conversation.js" */
/** @import {Desk} from "./desk.js" */
/** @import {Colleague, Session} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {button, fill, ICONS} from "./parts.js";
import {go, HOME} from "./place.js";
import {named, trouble} from "./words.js";

/** What can be done with the session: hold, transfer, return to the bot, close; for supervisors: take over. */
export class Actions {
  #isBusy = false;

  /** @param {Desk} desk @param {Say} text @param {Conversation} open */
  constructor(desk, text, open) {
    this.desk = desk;
    this.text = text;
    this.open = open;
    this.element = h("div", {class: "actions", role: "group", "aria-label": text("actions")});
    this.said = h("p", {class: "wrong", role: "alert"});
  }

  render() {
    const {open, text, desk} = this;
    const session = /** @type {Session} */ (open.session);
    const isHeld = session.state === "on_hold";
    const isTheirs = !open.isMine && desk.isSupervisor && session.agent_id !== null && session.state !== "closed";
    const all = [
      open.isMine && isHeld && this.#action("resume", ICONS.resume, () => this.#try("act", "resume")),
      open.isMine && !isHeld && this.#action("hold", ICONS.hold, () => this.#try("act", "hold")),
      isTheirs && this.#action("takeover", ICONS.transfer, () => this.#try("act", "transfer", {agent: desk.agent?.id})),
      (open.isMine || isTheirs) && this.#action("transfer", ICONS.transfer, () => this.#transfer()),
      (open.isMine || isTheirs) && this.#action("return_to_bot", ICONS.robot, () => this.#leave("return_to_bot")),
      (open.isMine || isTheirs) && this.#action("close", ICONS.done, () => this.#close()),
    ];
    fill(this.element, all.filter((one) => one !== false).map(({name, make}) => ({key: name, sign: text.language, make})));
  }

  /** @param {string} name @param {string} drawing @param {() => void} act */
  #action(name, drawing, act) {
    const words = this.text(`action.${name}`);
    const make = () => {
      const made = button(words, act, {drawing, act: name});
      for (const label of ["aria-label", "title"]) made.setAttribute(label, words); // on narrow screens the drawing is all there is
      return made;
    };
    return {name, make};
  }

  /** @param {"act" | "leave"} way @param {string} action @param {object} [body] @param {Element} [said] where to say what is wrong */
  async #try(way, action, body, said = this.said) {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    say(this.said, "");
    try {
      await this.open[way](action, body);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(this.text, error));
      return false;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Something after which the session is not mine any more. @param {string} action @param {object} [body] @param {Element} [said] */
  async #leave(action, body, said) {
    if (!(await this.#try("leave", action, body, said))) return false;
    this.desk.keep.drop(`draft/${this.open.id}`);
    go(HOME);
    return true;
  }

  async #transfer() {
    const {text, desk} = this;
    const queues = desk.settings.queues.map(({name, title}) => h("option", {value: `queue/${name}`}, title));
    const people = h("optgroup", {label: text("transfer.people")});
    const target = h("select", {id: "target", required: true}, h("optgroup", {label: text("transfer.queues")}, ...queues), people);
    const comment = h("textarea", {id: "comment", rows: 3, maxlength: 2000, placeholder: text("transfer.hint")});
    const dialog = this.#dialog("transfer", [h("label", {for: "target"}, text("transfer.to")), target, h("label", {for: "comment"}, text("transfer.comment")), comment], (said) => {
      const [kind, name] = target.value.split(/\/(.*)/s);
      return this.#leave("transfer", {[kind]: name, comment: comment.value.trim()}, said);
    });
    try {
      const {items} = await desk.api.get("agents?limit=200");
      const colleagues = /** @type {Colleague[]} */ (items).filter((one) => one.id !== desk.agent?.id && !one.is_disabled);
      people.append(...colleagues.map((one) => h("option", {value: `agent/${one.id}`, disabled: !one.is_connected}, `${one.shown_name} · ${named(text, "status", one.is_connected ? one.status : "offline")}`)));
      people.hidden = !colleagues.length;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(dialog.said, trouble(text, error));
    }
  }

  #close() {
    const {text, desk} = this;
    const choices = desk.settings.dispositions.map((code, index) =>
      h("label", {class: "choice"}, h("input", {type: "radio", name: "disposition", value: code, checked: index === 0}), h("span", {}, named(text, "disposition", code))),
    );
    const group = h("fieldset", {}, h("legend", {}, text("close.how")), ...choices);
    this.#dialog("close", [group], (said) => {
      const chosen = /** @type {HTMLInputElement | null} */ (group.querySelector("input:checked"));
      return this.#leave("close", {disposition: chosen?.value ?? ""}, said);
    });
  }

  /** @param {string} name @param {Node[]} fields @param {(said: Element) => Promise<boolean>} act */
  #dialog(name, fields, act) {
    const {text} = this;
    const said = h("p", {class: "wrong", role: "alert"});
    const shut = () => (dialog.close(), dialog.remove());
    const form = h(
      "form",
      {onsubmit: async (/** @type {Event} */ event) => (event.preventDefault(), (await act(said)) && shut())},
      h("h2", {id: "dialog-title"}, text(`action.${name}`)),
      ...fields,
      said,
      h("div", {class: "buttons"}, button(text("cancel"), shut), button(text(`${name}.do`), () => {}, {kind: "primary", type: "submit"})),
    );
    const dialog = h("dialog", {"aria-labelledby": "dialog-title", onclose: () => dialog.remove()}, form);
    document.body.append(dialog);
    dialog.showModal();
    return {said};
  }
}
