/**
 * What the desk API and its socket speak, as far as the page reads it. `docs/desk-api.md` has it all.
 *
 * @typedef {{id: string, name: string, shown_name: string, role: "agent" | "supervisor" | "admin", status: string, queues: string[]}} Agent
 * @typedef {{id: string, shown_name: string, status: string, is_connected: boolean, queues: string[], is_disabled?: boolean}} Colleague
 * @typedef {{name: string, queues: {name: string, title: string}[], dispositions: string[], languages: string[], statuses: string[],
 *            channels?: ChannelFacts[], password_min_chars?: number}} Settings
 * @typedef {{name: string, type: string, text_max_bytes: number, file_max_bytes?: number, file_types?: string[], markdown: boolean,
 *            typing: boolean, read_marks: boolean, is_counted?: boolean, notices?: boolean, letters?: boolean, calls?: boolean}} ChannelFacts  What may be sent there.
 * @typedef {{left: number, reserve: number, until: string | null, why: string}} Window  What a channel that counts still lets out.
 * @typedef {{name: string, title: string, text: string, fields: {name: string, max_chars: number}[]}} Form  An approved message.
 * @typedef {{channel: string, type: string, thread: string, kind: string, tag: string | null, verified_by: string, customer_name: string | null,
 *            last_customer_at: string | null, session: {id: string, state: string, agent_name: string | null, is_mine: boolean} | null,
 *            window: Window | null}} Way  Another verified channel of the same customer.
 *
 * @typedef {{id: string, channel: string, contact_id?: string | null, episode: number, state: string, state_since: string, version: number, opened_at: string,
 *            queue: string | null, agent_id: string | null, agent_name: string | null, handoff_id: string | null, language: string,
 *            customer_name: string | null, customer_tag?: string | null, page: string | null, first_seq: number, seq: number, customer_read_seq: number,
 *            agent_read_seq: number, last_customer_at: string | null, last_answer_at: string | null, closed_at: string | null,
 *            close_reason: string | null, disposition: string | null, last?: Last | null, unread?: number,
 *            window?: Window | null, subject?: string, is_doubtful?: boolean, due_at?: string | null, call?: CallLine | null}} Session
 * @typedef {{stage: string, since: string, began_at: string, number: string, shown: string, is_up: boolean, wants_callback: boolean,
 *            is_dialling?: boolean, asked_at?: string | null, why: string}} CallLine
 *            A call in a list: where it stands.
 * @typedef {CallLine & {dialled: string, is_proven: boolean, speaks: "phone" | "aloud", hears: boolean, back: {may: boolean, why: string},
 *            recording: FileRef | null, record: Record<string, any> | null}} CallFacts  The call of the session that is looked at.
 * @typedef {{seq: number, author: string, at: string, text: string}} Last
 *
 * @typedef {{id: string, name: string, mime: string, size_bytes: number}} FileRef
 * @typedef {{type: "text", text: string, markdown?: boolean} | {type: "file", file: FileRef, caption?: string} |
 *           {type: "location", latitude: number, longitude: number, name?: string} |
 *           {type: "choices", text: string, options: {id: string, text: string}[]} | {type: "pick", id: string, text?: string, keys?: string} |
 *           {type: "spoken", text: string, confidence: number, audio?: FileRef | null} | {type: "keyed", keys: string, is_secret?: boolean} |
 *           {type: "arriving", kind: string, name?: string, caption?: string, failure?: string} |
 *           {type: "notice", template: string, values: Record<string, string>, text: string} | LetterHead} Part
 * @typedef {{type: "letter", subject?: string, sender?: string, to?: string[], cc?: string[], date?: string | null, proof?: string, automatic?: string,
 *            has_more?: boolean}} LetterHead  What heads a mail.
 * @typedef {{headers: {name: string, value: string}[], text: string, quoted: string, signature: string, has_look: boolean, has_remote: boolean,
 *            enclosed: {place: number, name: string, mime: string, size_bytes: number, is_inline: boolean, is_held_back: boolean}[],
 *            trouble: string}} OpenedLetter
 * @typedef {{name: string, address: string}} Mailbox
 * @typedef {{to: Mailbox[], cc: Mailbox[], subject: string}} Heading  What a reply by mail is headed by unless somebody says otherwise.
 * @typedef {{session_id: string | null, customer_name: string | null, subject: string}} BesideOther  The conversation that this one was begun beside.
 * @typedef {{decision?: string, confidence?: number, entry?: string | null, candidates?: [string, number, string?][], reason?: string,
 *            is_remark?: boolean, what?: string, who?: string, heard?: {ms: number, of_ms: number}}} Why
 * @typedef {{seq: number, id: string, session_id: string, author: "customer" | "bot" | "agent" | "system", at: string, text: string,
 *            parts: Part[], name: string | null, agent_id: string | null, cid: string | null, status: string,
 *            trouble?: {code: string, detail: string, until?: string} | null, why: Why}} Message
 * @typedef {{id: string, session_id: string, agent_id: string, agent_name: string, at: string, after_seq: number, text: string}} Note
 *
 * @typedef {{seq: number, question: string, decision: string, confidence: number, entry: string | null, title: string}} BotTurn
 * @typedef {{id: string, channel: string, opened_at: string, summary: string, close_reason: string | null, score: number | null, subject?: string}} Earlier
 * @typedef {{kind: string, consent: string, fields: Record<string, string>, page: string, at: string}} FilledForm
 * @typedef {{score: number, comment: string, at: string}} Rating
 * @typedef {{kind: string, value: string, verified_by: string}} Identity
 * @typedef {{name?: string | null, language?: string, email?: string | null, phone?: string | null, is_vip?: boolean,
 *            identities?: Identity[]}} Customer
 * @typedef {{by?: string, words?: string, p?: number}} Judgement  Where a part of the triage comes from: a rule, an entry ...
 * @typedef {{reason: string, trigger: string, wish: string, summary: string, language: string, seq: number, channel: string,
 *            channel_type: string, category: string | null, urgency: string, kind?: string, area?: string, sentiment?: number,
 *            triage?: Record<string, Judgement>, slots: Record<string, string>, bot_turns: BotTurn[],
 *            customer: Customer, earlier: Earlier[], open_cases: string[], constraints: Record<string, unknown>, suggested: string[],
 *            comment: string, is_doubtful?: boolean, due_at?: string | null}} Packet
 * @typedef {{at: string, what: string, handoff_id: string, agent_id: string | null, why: Record<string, any>}} Trace
 * @typedef {{state: string, started_at: string, ended_at: string, queue: string | null, agent_id: string | null}} Interval
 * @typedef {{id: string, stage: string, queue: string, requested_at: string, agent_id: string | null, offered_at: string | null,
 *            expires_at: string | null, accepted_at: string | null, ended_at: string | null}} Handoff
 * @typedef {{id: string, number: string, session_id: string, channel: string, status: string, subject: string, reason: string,
 *            opened_at: string, agent_id: string | null, email: string | null, phone: string | null, version: number}} Case
 * @typedef {{session: Session, window?: Window | null, letter?: Heading | null, beside?: BesideOther | null, call?: CallFacts | null, handoff: Handoff | null, packet: Packet | null, transcript: Message[], before: number | null,
 *            notes: Note[], trace: Trace[], intervals: Interval[], case: Case | null, earlier: Earlier[], forms?: FilledForm[],
 *            rating?: Rating | null}} Whole
 *
 * @typedef {{handoff_id: string, session_id: string, channel: string, queue: string, stage: string, reason: string, urgency: string,
 *            kind?: string, area?: string, language: string, requested_at: string, wish: string, agent_id: string | null, expires_at: string | null,
 *            due_at?: string | null, call?: CallLine | null}} Waiting
 * @typedef {{handoff_id: string, session_id: string, channel: string, queue: string, reason: string, language: string,
 *            offered_at: string, expires_at: string, packet: Packet, call?: CallLine | null}} Offer
 *
 * @typedef {{id: string, name: string, shown_name: string, role: string, status: string, queues: string[], languages: string[],
 *            capacity_units: number, is_connected: boolean, is_disabled: boolean, held_units?: number, seen_at: string | null}} Account
 * @typedef {{timezone: string, monday: string[], tuesday: string[], wednesday: string[], thursday: string[], friday: string[],
 *            saturday: string[], sunday: string[], closed: string[], open: Record<string, string[]>}} Hours
 * @typedef {{name: string, hours: Hours, source: "file" | "desk", version: number, changed_at: string | null, changed_by: string | null,
 *            changed_by_name?: string | null, is_open: boolean, opens_at: string | null, closes_at: string | null, queues: string[],
 *            problems?: {key: string, message: string}[]}} Timetable
 * @typedef {{id: string, shortcut: string, title: string, texts: Record<string, string>, folder: string, is_shared: boolean,
 *            is_mine: boolean, updated_at: string, updated_by: string, version: number}} CannedReply
 * @typedef {{part: string, ok: boolean, why: string, todo: string, ms: number}} Finding
 * @typedef {{success_at: string | null, behind_count: number, is_alarm: boolean, trouble: string, counts?: Record<string, number>}} Pulse
 *            How a channel fetches what customers send, or takes their calls.
 * @typedef {{checked_at: string, findings: Finding[], channels: (Omit<Finding, "part"> & {name: string, type: string, pulse?: Pulse | null})[]}} Health
 * @typedef {{at: string, actor: string, actor_name?: string | null, action: string, subject: string, subject_name?: string | null, detail: Record<string, any>}} AuditEvent
 *
 * @typedef {{type: string, n: number} & Record<string, any>} Frame
 */
export {};
