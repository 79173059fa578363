/**
 * What the desk API says of the knowledge base (`docs/desk-api.md`), as far as the page reads it.
 *
 * @typedef {{id: string, questions: string[], answer?: Record<string, string>, answer_on?: Record<string, Record<string, string>>,
 *            tags?: string[], category?: string | null, urgency?: string, valid?: {from?: string, to?: string} | null, risk?: string,
 *            not_questions?: string[], handoff?: {queue?: string | null, reason?: string} | null, action?: Record<string, any> | null}} Entry
 *   An entry with the keys of a knowledge file.
 * @typedef {"live" | "changed" | "new" | "dropped"} State  How an entry stands to what customers are answered from.
 * @typedef {{id: string, title: string, question_count: number, languages: string[], category: string | null, risk: string, urgency: string,
 *            valid: {from?: string, to?: string} | null, state: State, updated_at: string | null, updated_by: string | null, version: number}} Item
 * @typedef {{edit: boolean, publish: boolean}} Rights
 * @typedef {{revision: number, draft_count: number, mark: number | null, total: number | null, building: boolean, file_changed: boolean, failed: string,
 *            can: Rights, categories: string[]}} Standing
 * @typedef {{code: string, entries: string[], question: string, detail: string, severity: string,
 *            message?: string, values?: Record<string, string>}} Finding
 * @typedef {{entry: Entry | null, live: Entry | null, version: number, findings?: Finding[], state?: State}} Whole
 * @typedef {{entry: string, title: string, confidence: number, features: Record<string, number>, answers_from: number | null,
 *            question: string, is_exact: boolean, guards: string[]}} Candidate
 * @typedef {{decision: string, entry: string | null, confidence: number, reason: string, trigger: string, language: string, said: string,
 *            choices: string[], is_exact: boolean, read_as: string, candidates: Candidate[], answers_from: number | null, clarifies_from: number | null, guards: string[],
 *            segments: string[], lookup: string, triage: Record<string, any> | null, queue: string}} Tried
 * @typedef {{number: number, at: string, by: string, by_name?: string, comment: string, entry_count: number, restored_from: number | null,
 *            state?: string}} Revision
 * @typedef {{id: string, question: string, questions: string[], count: number, session_count: number, sessions: string[],
 *            reasons: Record<string, number>, answers: {text: string, count: number}[],
 *            near: {entry: string, title: string, similarity: number, is_variant: boolean} | null}} Suggestion  As the checker groups them.
 */
export {};
