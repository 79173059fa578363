/** @import {FileRef, Message, Part, Why} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {h, icon} from "/static/dom.js";
import {markdown} from "/static/markdown.js";
import {copier} from "../about/facts.js";
import {keyed, pressed, spoken} from "../call/heard.js";
import {percent} from "../parts.js";
import {named} from "../words.js";
import {DRAWINGS} from "./drawings.js";
import {previewOf} from "./previews.js";

/** What a piece needs to know of its surroundings. @typedef {{text: Say, sessionId: string, view: (image: HTMLElement) => void}} Around */

const EMOJI = /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})(?:\uFE0F|\u20E3|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic}\uFE0F?)*\s*){1,5}$/u;
/** A bare address ends before punctuation, ASCII or CJK, that belongs to the sentence. */
const ADDRESS = /https?:\/\/[^\s<>"'`）】」』》，。；：！？、“”]*[^\s<>"'`）】」』》，。；：！？、“”.,;:!?)\]*_~]/gi;
export const isPicture = (/** @type {string} */ mime) => /^image\/(png|jpeg|gif|webp)$/.test(mime);

/** Whether this browser plays it: AMR, as phones record it, no browser does. @param {string} mime */
export const isPlayable = (mime) => Boolean(document.createElement("video").canPlayType(mime));

/** One part of a message. @param {Part} part @param {Message} message @param {Around} around */
export function piece(part, message, around) {
  switch (part.type) {
    case "text":
      if (EMOJI.test(part.text)) return h("p", {class: "emoji", dir: "auto"}, part.text);
      if (part.markdown && message.author !== "customer") return h("div", {class: "md", dir: "auto"}, markdown(part.text));
      return plain(part.text);
    case "file":
      return fileOf(part.file, part.caption, around);
    case "arriving":
      return arriving(part, around.text);
    case "notice":
      return h("div", {class: "form-sent"}, h("p", {class: "tag"}, around.text("notice.mark")), plain(part.text));
    case "location":
      return place(part, around.text);
    case "choices":
      return h("div", {}, h("p", {dir: "auto"}, part.text), h("ul", {class: "choices"}, ...part.options.map((option) => h("li", {dir: "auto"}, option.text))));
    case "spoken":
      return spoken(part, message, around);
    case "keyed":
      return keyed(part, around.text);
    case "pick":
      return part.keys ? pressed(part, around.text, part.text || message.text) : h("p", {class: "picked", dir: "auto"}, part.text || message.text);
    case "letter":
      return h("p", {class: "picked", dir: "auto"}, part.subject ?? ""); // stands above its words, where a mail is shown as one
    default:
      return h("p", {class: "picked", dir: "auto"}, message.text);
  }
}

/** Somebody's words as they are; only whole addresses of the web become links, which say where they lead. @param {string} words */
export function plain(words) {
  const made = h("p", {dir: "auto"});
  let done = 0;
  for (const {0: address, index} of words.matchAll(ADDRESS)) {
    made.append(words.slice(done, index), h("a", {href: address, target: "_blank", rel: "noopener noreferrer nofollow"}, address));
    done = index + address.length;
  }
  made.append(words.slice(done));
  return made;
}

/** A place, without asking anybody for a map: its coordinates can be taken along. @param {{latitude: number, longitude: number, name?: string}} part @param {Say} text */
function place({latitude, longitude, name}, text) {
  const point = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return h("p", {class: "place"}, icon(DRAWINGS.pin), h("span", {}, h("bdi", {}, name || point), name ? h("small", {}, point) : null), copier(text, text("place"), () => point));
}

/** A file that is being fetched, or never came. @param {Extract<Part, {type: "arriving"}>} part @param {Say} text */
function arriving({kind, name, caption, failure}, text) {
  const what = named(text, "arriving", kind);
  const words = failure ? text("arriving.failed", {what, why: text.has(`arriving.why.${failure}`) ? text(`arriving.why.${failure}`) : text("arriving.why.gone")}) : text("arriving", {what});
  const shown = h("p", {class: `arriving${failure ? " gone" : ""}`, role: failure ? null : "status"}, icon(failure ? DRAWINGS.warn : DRAWINGS.file), h("span", {}, words, name ? h("small", {}, h("bdi", {}, name)) : null));
  return caption ? h("div", {}, shown, plain(caption)) : shown;
}

/** @param {FileRef} file @param {string | undefined} caption @param {Around} around */
function fileOf(file, caption, around) {
  const words = caption ? plain(caption) : null;
  const href = `/desk/api/files/${encodeURIComponent(file.id)}?session=${encodeURIComponent(around.sessionId)}`;
  const link = () => h("a", {class: "file", href, download: file.name}, icon(DRAWINGS.file), h("span", {class: "name"}, h("bdi", {}, file.name)), h("small", {}, bytes(file.size_bytes)));
  const heard = /** @type {"audio" | "video" | undefined} */ (/^(audio|video)\//.exec(file.mime)?.[1]);
  if (heard && isPlayable(file.mime)) return h("div", {}, h(heard, {controls: true, preload: heard === "video" ? "metadata" : "none", src: href, "aria-label": file.name}), heard === "video" ? link() : null, words);
  if (heard === "audio") return h("div", {}, link(), h("p", {class: "quiet"}, around.text("voice.download")), words);
  if (!isPicture(file.mime)) return h("div", {}, link(), words);
  const image = h("img", {src: previewOf(file.id) ?? href, alt: file.name, loading: "lazy", decoding: "async", onerror: () => frame.replaceWith(link())});
  const frame = h("button", {type: "button", class: "picture", "data-href": href, "data-name": file.name, "data-size": bytes(file.size_bytes), onclick: () => around.view(frame)}, image);
  frame.setAttribute("aria-label", around.text("picture.open", {name: file.name}));
  return h("div", {}, frame, words);
}

/** What the bot had in mind, folded. @param {Why} why @param {Say} text */
export function thought(why, text) {
  if (!why.decision) return null;
  const candidates = (why.candidates ?? []).slice(0, 4);
  return h(
    "details",
    {class: "thought"},
    h("summary", {}, named(text, "decision", why.decision), why.confidence ? ` · ${percent(why.confidence)}` : ""),
    h("dl", {}, ...(why.entry ? [h("dt", {}, text("thought.entry")), h("dd", {class: "code"}, why.entry)] : []), ...(why.reason ? [h("dt", {}, text("why")), h("dd", {}, named(text, "reason", why.reason))] : [])),
    candidates.length ? h("ul", {}, ...candidates.map(([entry, confidence, title]) => h("li", {}, h("span", {}, title || entry), h("span", {class: "sure"}, percent(confidence))))) : null,
  );
}

/** @param {number} size */
export const bytes = (size) => (size < 1024 * 1024 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1024 / 1024).toFixed(1).replace(/\.0$/, "")} MB`);
