/** @import {Say} from "../words.js" */
import {attribute, h, icon} from "/static/dom.js";
import {copier} from "../about/facts.js";
import {button} from "../parts.js";
import {ICONS} from "./frame.js";

const EYE = "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z";
/** No letter or digit that looks like another: passwords are read aloud and copied by hand. */
const LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** Twenty letters and digits by the browser's own randomness: 115 bits. */
export function newPassword() {
  const group = () => Array.from({length: GROUP_LENGTH}, () => LETTERS[below(LETTERS.length)]).join("");
  return Array.from({length: GROUPS}, group).join("-");
}

/** A number below `limit`, each as likely as the next. @param {number} limit */
function below(limit) {
  const fair = Math.floor(256 / limit) * limit;
  for (;;) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < fair) return byte % limit;
  }
}

/** A field for a new password: made here, or typed; seen when wanted, and copied. @param {Say} text @param {string} [autocomplete] */
export function passwordField(text, autocomplete = "new-password") {
  const control = h("input", {type: "password", autocomplete, spellcheck: "false", autocapitalize: "off", required: true, dir: "ltr", class: "code"});
  const eye = h("button", {type: "button", class: "button bare", "aria-label": text("password.show"), title: text("password.show"), "aria-pressed": "false", onclick: () => show(control.type === "password")}, icon(EYE));
  const show = (/** @type {boolean} */ isShown) => {
    control.type = isShown ? "text" : "password";
    attribute(eye, "aria-pressed", String(isShown));
  };
  const make = () => {
    control.value = newPassword();
    show(true);
    control.dispatchEvent(new Event("input", {bubbles: true}));
    control.select();
  };
  const more = h("span", {class: "with"}, eye, copier(text, text("login.password"), () => control.value), button(text("password.make"), make, {kind: "small", drawing: ICONS.again, act: "make-password"}));
  return {control, more, make};
}
