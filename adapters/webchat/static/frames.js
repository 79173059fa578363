/**
 * The frames of `frontdesk.v1`, as types. Never fetched by a browser: only `tsc` reads it.
 *
 * @typedef {"customer" | "bot" | "agent" | "system"} Author
 * @typedef {{id: string, text: string}} Choice
 * @typedef {{id: string, name: string, mime: string, size: number, url: string}} SentFile
 * @typedef {{seq: number, id: string, author: Author, cid?: string, reply_to?: number, name?: string, text?: string,
 *            markdown?: boolean, choices?: Choice[], files?: SentFile[], session?: string, at: string,
 *            ask?: string, heard_at?: number}} Message  `heard_at` is ours: when it came, in milliseconds.
 * @typedef {{state: string, session?: string, position?: number, eta_s?: number, agent?: string}} Stand
 * @typedef {{name: string, label?: string, type: string, required: boolean}} FieldAsked
 * @typedef {{kind: string, consent: {version: string, text: string, url?: string | null} | null, fields: FieldAsked[]}} FormAsked
 * @typedef {{open: boolean, opens_at?: string | null, closes_at?: string | null}} Hours
 * @typedef {{name?: string, greeting?: string, locale?: string, text_max_bytes?: number, file_max_bytes?: number,
 *            file_types?: string[], form?: FormAsked | null, hours?: Hours | null, link?: string | null}} Config
 * @typedef {{session: string, text: string}} Survey
 *
 * @typedef {{type: string, [field: string]: any}} Frame
 * @typedef {{token?: string, last_seq?: number, locale: string, page: string, identity?: string, link?: string}} Hello
 * @typedef {{text?: string, choice?: string, file?: string}} Body  What a customer's message says; a choice or a file may carry a text.
 * @typedef {{cid: string, at: string, body: Body, file?: SentFile, error?: string}} Entry
 *   A customer's message that is not acknowledged yet. `error` says why it was refused: then only the customer sends it again.
 *
 * @typedef {{frame: (frame: Frame) => void, closed: () => void}} Ears  Who listens to a transport.
 * @typedef {{send: (frame: Frame) => void, close: () => void}} Transport
 */
export {};
