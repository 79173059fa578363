/** @import {Candidate, Tried} from "./shapes.js" */

/**
 * What `POST knowledge/try` says, in one shape: what is not told is empty.
 * @param {Record<string, any>} body @returns {Tried}
 */
export function triedOf(body) {
  const {detail = {}} = body;
  const decision = body.decision ?? body.kind ?? "handoff";
  return {
    decision,
    entry: body.entry ?? null,
    confidence: body.confidence ?? 0,
    reason: body.reason ?? "",
    trigger: body.trigger ?? "",
    language: body.language ?? "",
    said: wordsOf(body.said ?? body.text ?? ""),
    choices: (body.choices ?? []).map((/** @type {any} */ one) => (typeof one === "string" ? one : one.text)),
    candidates: (body.candidates ?? []).map(candidateOf),
    answers_from: body.answers_from ?? null,
    clarifies_from: body.clarifies_from ?? null,
    is_exact: Boolean(detail.exact),
    read_as: detail.read_as ?? "",
    guards: listOf(body.guards ?? detail.guards),
    segments: listOf(body.segments ?? detail.segments),
    lookup: body.lookup?.action || body.lookup?.entry || "",
    triage: body.triage ?? null,
    queue: body.queue ?? "",
  };
}

/** @param {Record<string, any>} one @returns {Candidate} */
const candidateOf = ({entry, confidence = 0, title = "", features = {}, question = "", answers_from = null, is_exact = false, guards}) => ({entry, confidence, title: title || entry, features, question, answers_from, is_exact, guards: listOf(guards)});

/** One text, or the parts of a message. @param {any} said @returns {string} */
function wordsOf(said) {
  if (typeof said === "string") return said;
  const parts = Array.isArray(said) ? said : [said];
  return parts.map((part) => (typeof part === "string" ? part : (part?.text ?? ""))).filter(Boolean).join("\n\n");
}

/** Names or sentences; of things the name. @param {any} given @returns {string[]} */
function listOf(given) {
  if (!given) return [];
  if (!Array.isArray(given)) return Object.entries(given).filter(([, value]) => value).map(([name]) => name);
  return given.map((one) => (typeof one === "string" ? one : (one.text ?? one.code ?? one.name ?? JSON.stringify(one))));
}
