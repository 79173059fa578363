/** @import {Desk} from "./desk.js" */
/** @import {Say} from "./words.js" */
import {attribute, h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {languageChoice} from "./bar.js";
import {Bell, permission} from "./notify.js";
import {button} from "./parts.js";
import {trouble} from "./words.js";

/** Unless the server says otherwise. */
const PASSWORD_MIN_CHARS = 10;

/** @typedef {import("./preferences.js").Chosen} Chosen */

/**
 * What an agent may choose for themself, in a dialog; every choice holds at once.
 * @param {Desk} desk @param {Say} text @param {(language: string) => void} switchTo
 */
export function showSettings(desk, text, switchTo) {
  if (document.querySelector("dialog[open]")) return;
  const speak = (/** @type {string} */ language) => (dialog.close(), switchTo(language));
  const dialog = h(
    "dialog",
    {class: "sheet settings", "aria-labelledby": "settings-title", onclose: () => dialog.remove()},
    h("header", {}, h("h2", {id: "settings-title"}, text("settings")), button(text("close"), () => dialog.close(), {kind: "small", act: "close"})),
    h(
      "div",
      {class: "groups"},
      section(text("settings.look"), [
        oneOf(desk, text, "theme", ["auto", "light", "dark"]),
        oneOf(desk, text, "density", ["cozy", "compact"]),
        h("div", {class: "setting"}, h("span", {"aria-hidden": "true"}, text("language")), languageChoice(text, speak)),
      ]),
      section(text("settings.notices"), [sound(desk, text), notifications(desk, text), onOff(desk, text, "isWishNotified")]),
      section(text("settings.keyboard"), [onOff(desk, text, "shortcuts")]),
      section(text("settings.password"), [password(desk, text)]),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} title @param {Node[]} children */
const section = (title, children) => h("section", {}, h("h3", {}, title), ...children);

/**
 * One of a few, all in sight.
 * @param {Desk} desk @param {Say} text @param {"theme" | "density"} name @param {string[]} values
 */
function oneOf(desk, text, name, values) {
  const choices = values.map((value) =>
    h("label", {}, h("input", {type: "radio", name, value, checked: desk.preferences.get(name) === value, onchange: () => desk.preferences.set(name, value)}), h("span", {}, text(`${name}.${value}`))),
  );
  return h("fieldset", {class: "setting"}, h("legend", {}, text(name)), h("div", {class: "choices"}, ...choices));
}

/** @param {Desk} desk @param {Say} text @param {"sound" | "notifications" | "isWishNotified" | "shortcuts"} name @param {Node[]} more */
function onOff(desk, text, name, ...more) {
  const box = h("input", {type: "checkbox", id: `set-${name}`, checked: desk.preferences.get(name), "aria-describedby": `say-${name}`, onchange: () => desk.preferences.set(name, box.checked)});
  return h("div", {class: "setting"}, h("label", {for: `set-${name}`}, text(`settings.${name}`)), ...more, box, h("p", {id: `say-${name}`, class: "quiet"}, text(`settings.${name}.say`)));
}

/** @param {Desk} desk @param {Say} text */
function sound(desk, text) {
  const bell = new Bell();
  return onOff(desk, text, "sound", button(text("settings.try"), () => bell.ring(), {kind: "small", act: "try-sound"}));
}

/** The browser is asked for its permission by this click, and only by it. @param {Desk} desk @param {Say} text */
function notifications(desk, text) {
  const made = onOff(desk, text, "notifications");
  const box = /** @type {HTMLInputElement} */ (made.querySelector("input"));
  const words = /** @type {Element} */ (made.querySelector("p"));
  const show = () => {
    const allowed = permission();
    const isRefused = allowed === "denied" || allowed === "unsupported";
    box.checked = desk.preferences.get("notifications") && allowed === "granted";
    box.disabled = isRefused;
    say(words, text(isRefused ? `settings.notifications.${allowed}` : "settings.notifications.say"));
  };
  box.addEventListener("change", async () => {
    if (box.checked && permission() === "default") await Notification.requestPermission();
    desk.preferences.set("notifications", box.checked && permission() === "granted");
    show();
  });
  show();
  return made;
}

/** @param {Desk} desk @param {Say} text */
function password(desk, text) {
  const least = desk.settings.password_min_chars ?? PASSWORD_MIN_CHARS;
  const field = (/** @type {string} */ name, /** @type {string} */ complete) =>
    h("input", {id: `password-${name}`, type: "password", autocomplete: complete, required: true, maxlength: 200, ...(complete === "new-password" && {minlength: least})});
  const [old, fresh, again] = [field("old", "current-password"), field("new", "new-password"), field("again", "new-password")];
  const said = h("p", {role: "status"});
  const change = button(text("password.change"), () => {}, {type: "submit", act: "change-password"});
  const act = async () => {
    attribute(said, "class", "wrong");
    if (fresh.value !== again.value) return say(said, text("password.differs"));
    change.disabled = true;
    try {
      await desk.api.post("me/password", {old: old.value, new: fresh.value});
      attribute(said, "class", "good");
      say(said, text("password.changed"));
      for (const input of [old, fresh, again]) input.value = "";
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(said, trouble(text, error));
    } finally {
      change.disabled = false;
    }
  };
  const name = h("input", {type: "text", autocomplete: "username", value: desk.agent?.name ?? "", hidden: true, readonly: true});
  const label = (/** @type {string} */ key) => h("label", {for: `password-${key}`}, text(`password.${key}`, {count: least}));
  return h("form", {class: "password", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), act())}, name, label("old"), old, label("new"), fresh, label("again"), again, said, h("div", {class: "buttons"}, change));
}
