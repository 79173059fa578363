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
    candidates: withFeatures((body.candidates ?? []).map(candidateOf), body.features ?? detail.features),
    ...marksOf(body, decision),
    is_exact: Boolean(detail.exact),
    read_as: detail.read_as ?? "",
    guards: listOf(body.guards ?? detail.guards),
    segments: listOf(body.segments ?? detail.segments),
    lookup: body.lookup?.action || body.lookup?.entry || "",
    triage: body.triage ?? null,
    queue: body.queue ?? "",
  };
}

/** A list of [entry, confidence, title], or of objects. @param {any} one @returns {Candidate} */
function candidateOf(one) {
  if (Array.isArray(one)) return {entry: one[0], confidence: one[1], title: one[2] ?? one[0], features: {}, answer_from: null, question: ""};
  const {entry, confidence = 0, title = "", features = {}, question = "", answer_from = one.threshold ?? null} = one;
  return {entry, confidence, title: title || entry, features, answer_from, question};
}

/** From which mark on it answers, and asks back: the decision says the one that it was held against. @param {Record<string, any>} body @param {string} decision */
function marksOf({detail = {}, ...body}, decision) {
  const mark = body.threshold ?? detail.threshold ?? null;
  const isAnswers = decision === "answer" || Boolean(detail.risk);
  return {answer_from: body.answer_from ?? (isAnswers ? mark : null), clarify_from: body.clarify_from ?? (isAnswers ? null : mark)};
}

/** Features of the decision as a whole are those of its first candidate. @param {Candidate[]} candidates @param {Record<string, number> | undefined} features */
function withFeatures(candidates, features) {
  const [first, ...rest] = candidates;
  return first && features && !Object.keys(first.features).length ? [{...first, features}, ...rest] : candidates;
}

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
