/** @import {Choice, Message, SentFile} from "./frames.js" */
/** @import {Say} from "./texts.js" */
import {h, icon, ICONS} from "./dom.js";
import {timeOf} from "./hours.js";
import {markdown} from "./markdown.js";

/**
 * One message as it is shown. What people wrote only ever becomes text.
 * @param {Message} message @param {boolean} isFirst  of a run by one speaker
 * @param {{text: Say, base: URL, pick: (choice: Choice) => void}} how
 */
export function bubble(message, isFirst, {text, base, pick}) {
  const {author} = message;
  const isOwn = author === "customer";
  const name = message.name || (author === "bot" || author === "agent" ? text(author) : "");
  const said = h("div", {class: message.text ? "bubble" : "bubble bare", dir: "auto"});
  if (message.text) said.append(message.markdown && !isOwn ? markdown(message.text) : message.text);
  for (const file of message.files ?? []) said.append(shown(file, base));
  return h(
    "div",
    {class: `said ${author}${isFirst ? " first" : ""}`, "data-seq": message.seq || null},
    isOwn ? h("span", {class: "hidden"}, text("you")) : isFirst && name && h("div", {class: "name"}, name),
    said,
    message.seq > 0 && h("time", {datetime: message.at, class: "time"}, timeOf(new Date(message.at), text.locale)),
    Boolean(message.choices?.length) && h("div", {class: "choices", role: "group", "aria-label": text("choices")}, ...(message.choices ?? []).map((choice) => button(choice.text, () => pick(choice)))),
    isOwn && h("div", {class: "mark"}),
  );
}

/** @param {string} words @param {() => void} act */
export const button = (words, act) => h("button", {type: "button", dir: "auto", onclick: act}, words);

/** A button of one icon, whose name is for the ear and shows up under a mouse. @param {string} words @param {string} path @param {() => void} act */
export const tool = (words, path, act) => h("button", {type: "button", class: "tool", "aria-label": words, title: words, onclick: act}, icon(path));

/** @param {number} size */
export function bytes(size) {
  return size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}

/** @param {SentFile} file @param {URL} base */
function shown(file, base) {
  const {name} = file;
  const url = new URL(file.url, base);
  if (!/^https?:$/.test(url.protocol)) return h("span", {class: "file"}, name);
  const to = {href: url.href, target: "_blank", rel: "noopener noreferrer"};
  const chip = h("a", {class: "file", download: name, ...to}, icon(ICONS.file), h("span", {}, name), h("small", {}, bytes(file.size)));
  if (!/^image\/(png|jpeg|gif|webp)$/.test(file.mime)) return chip;
  // A page may forbid pictures from here (img-src): then the file is still a link.
  const picture = h("a", {class: "picture", ...to}, h("img", {src: url.href, alt: name, onerror: () => picture.replaceWith(chip)}));
  return picture;
}
