/** @import {Name, View} from "./line.js" */
import {h, say} from "/static/dom.js";
import {decoded, encoded, loudness} from "./alaw.js";
import {handsets} from "./handset.js";
import {Line, NAMES} from "./line.js";
import {Reading} from "./reading.js";
import {Sound} from "./sound.js";
import {TEXTS, preferred, words} from "./texts.js";

const LANGUAGES = {"zh-CN": "简体中文", "zh-TW": "繁體中文", en: "English"};
const TICK_MS = 100;
const FADES = 0.7;
const TONE = 0.8;

/** How loud each telephone hears, and says. */
const heard = [0, 0], said = [0, 0];
const sound = new Sound();

/** @type {import("./handset.js").To} */
const to = {
  act: (...what) => line.act(...what),
  begins: () => void sound.begin().catch(() => {}),
  speaks: (name, how) => speaks(name, how),
  sounds: (name, isOn) => { sound.isOn[NAMES.indexOf(name)] = isOn; },
};

/** Who has the microphone; there is one. @type {Name | null} */
let speaker = null;

/** Whether it can say so from now on. @param {Name} name @param {string} how */
async function speaks(name, how) {
  if (how !== "microphone") {
    if (speaker === name) sound.quiet();
    if (speaker === name) speaker = null;
    return true;
  }
  try {
    await sound.listen((samples) => {
      if (!speaker) return;
      said[NAMES.indexOf(speaker)] = loudness(samples);
      line.say(speaker, encoded(samples));
    });
  } catch {
    return false;
  }
  if (speaker && speaker !== name) line.act(speaker, "says", {says: "silence"});
  speaker = name;
  return true;
}

/** The page in one language. @param {string} language */
function build(language) {
  const text = words(language);
  document.documentElement.lang = language;
  const phones = handsets(text, to);
  const reading = new Reading(text);
  const trouble = h("p", {class: "trouble", role: "alert"});
  const desk = h("a", {class: "button", target: "_blank", rel: "noopener"}, text("desk"));
  const chosen = h("select", {"aria-label": text("language"), onchange: () => { page = build(chosen.value); again(); }},
    ...Object.keys(TEXTS).map((tag) => h("option", {value: tag, lang: tag, selected: tag === language}, LANGUAGES[/** @type {"en"} */ (tag)])));
  const [customer, agent] = phones;
  document.body.replaceChildren(
    h("header", {class: "head"}, h("div", {}, h("h1", {}, text("page")), h("p", {class: "quiet"}, text("lead"))), h("div", {class: "row"}, chosen, desk)),
    trouble,
    h("main", {}, customer.element, reading.element, agent.element));
  return {text, phones, reading, trouble, desk};
}

/** @type {View | null} */
let last = null;

/** @param {View | null} view */
function seen(view) {
  say(page.trouble, view ? "" : page.text("lost"));
  last = view ?? last;
  again();
}

function again() {
  if (!last) return;
  for (const phone of page.phones) phone.show(last);
  page.reading.show(last.log);
  page.desk.href = last.desk;
  const rings = page.phones.find((phone) => last?.phones[phone.name].stage === "ringing");
  document.title = rings ? `${page.text("ringing")} · ${page.text(rings.name)}` : page.text("page");
}

let page = build(preferred());
const line = new Line({
  seen,
  heard: (phone, alaw) => {
    const samples = decoded(alaw);
    heard[phone] = Math.max(heard[phone], loudness(samples));
    sound.play(phone, samples);
  },
});
setInterval(() => {
  page.phones.forEach((phone, at) => {
    const now = last?.phones[phone.name];
    const hasTone = now?.stage === "talking" && now.says === "tone" && !now.is_held;
    phone.weigh(heard[at], hasTone ? TONE : said[at]);
    phone.tick();
    heard[at] *= FADES;
    said[at] *= FADES;
  });
}, TICK_MS);
