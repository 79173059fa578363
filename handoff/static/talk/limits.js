/** @import {Desk} from "../desk.js" */
/** @import {ChannelFacts, Session} from "../shapes.js" */
/** @import {Say} from "../words.js" */
import {bytes} from "./pieces.js";

const TEXT_MAX_BYTES = 4096;
const ENDINGS = {"image/jpeg": "JPG", "text/plain": "TXT", "audio/mpeg": "MP3", "application/msword": "DOC", "application/vnd.ms-excel": "XLS"};

/**
 * What may be sent on a channel: of a channel that tells nothing, text.
 * @typedef {{textMaxBytes: number, fileMaxBytes: number, fileTypes: string[], hasMarkdown: boolean,
 *           hasNotices: boolean, isMail: boolean}} Limits
 * @param {Desk} desk @param {Session} session @returns {Limits}
 */
export function limitsOf(desk, session) {
  /** @type {ChannelFacts | undefined} */
  const facts = desk.settings.channels?.find(({name}) => name === session.channel);
  return {
    textMaxBytes: facts?.letters ? facts.text_max_bytes : Math.min(facts?.text_max_bytes || TEXT_MAX_BYTES, TEXT_MAX_BYTES),
    fileMaxBytes: facts?.file_types?.length ? (facts.file_max_bytes ?? 0) : 0,
    fileTypes: facts?.file_types ?? [],
    hasMarkdown: Boolean(facts?.markdown),
    hasNotices: Boolean(facts?.notices),
    isMail: Boolean(facts?.letters),
  };
}

/** In words, what may be sent besides text. @param {Limits} limits @param {Say} text */
export function inWords({fileMaxBytes}, text) {
  return fileMaxBytes ? text("send.files", {size: bytes(fileMaxBytes)}) : text("send.text_only");
}

/** Why this file can't be sent, or "". @param {File} file @param {Limits} limits @param {Say} text */
export function refusal(file, {fileMaxBytes, fileTypes}, text) {
  const name = file.name || text("file.unnamed");
  if (!fileMaxBytes) return text("send.text_only");
  if (file.size > fileMaxBytes) return text("file.too_big", {name, size: bytes(file.size), limit: bytes(fileMaxBytes)});
  if (!file.size) return text("file.empty", {name});
  const isKnown = !file.type || fileTypes.some((type) => type === file.type || (type.endsWith("/*") && file.type.startsWith(type.slice(0, -1))));
  return isKnown ? "" : text("file.wrong_type", {name, types: kinds(fileTypes)});
}

/** @param {string[]} types */
const kinds = (types) => types.map((type) => /** @type {Record<string, string>} */ (ENDINGS)[type] ?? type.replace(/^.*[/.+-]/, "").toUpperCase()).join(", ");

/** @param {string} words */
export const sizeOf = (words) => new TextEncoder().encode(words).length;

/** How many more letters like these have room; negative: too many. @param {string} words @param {number} maxBytes */
export function room(words, maxBytes) {
  const size = sizeOf(words);
  const each = words.length ? size / words.length : 1;
  return Math.trunc((maxBytes - size) / each) - (size > maxBytes ? 1 : 0);
}
