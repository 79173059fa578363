/** @import {Api} from "./api.js" */
/** @import {Agent} from "./shapes.js" */
/** @import {Say} from "./words.js" */
import {h, say} from "/static/dom.js";
import {Problem} from "./api.js";
import {button} from "./parts.js";
import {languageChoice} from "./bar.js";
import {trouble} from "./words.js";

/** Name and password. */
export class Login {
  /**
   * @param {Api} api @param {Say} text @param {string} notice  why the form is here again
   * @param {(language: string) => void} switchTo @param {(answer: {csrf: string, agent: Agent}) => void} entered
   */
  constructor(api, text, notice, switchTo, entered) {
    this.api = api;
    this.text = text;
    this.entered = entered;
    this.name = h("input", {id: "name", name: "username", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false"});
    this.password = h("input", {id: "password", name: "password", type: "password", autocomplete: "current-password", required: true});
    this.said = h("p", {class: "said-wrong", role: "alert"}, notice);
    this.enter = button(text("login.enter"), () => {}, {kind: "primary", type: "submit"});
    this.element = h(
      "main",
      {class: "login"},
      h(
        "form",
        {onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#enter())},
        h("img", {src: "/desk/static/mark.svg", alt: "", width: 36, height: 36}),
        h("h1", {}, text("login.title")),
        h("p", {class: "lead"}, text("login.lead")),
        h("label", {for: "name"}, text("login.name")), this.name,
        h("label", {for: "password"}, text("login.password")), this.password,
        this.said,
        this.enter,
      ),
      h("p", {class: "tongue"}, languageChoice(text, switchTo)),
    );
  }

  focus() {
    this.name.focus();
  }

  async #enter() {
    this.enter.disabled = true;
    say(this.said, "");
    try {
      this.entered(await this.api.post("login", {name: this.name.value.trim(), password: this.password.value}));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(this.said, trouble(this.text, error));
      this.enter.disabled = false;
      if (error.code === "login_wrong") (this.password.value = "", this.password.focus());
    }
  }
}
