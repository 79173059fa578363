/**
 * The panel's looks. Colours, type and motion come from the tokens; what a page may set, from its `--frontdesk-...`.
 *
 * Of an accent everything else is made: black or white on it, whichever is read better (a luminance, the y of xyz, below .18 wants white),
 * and a lighter or darker one to be read on the panel. A browser that can't do that shows the tokens' own accent.
 */
export const PANEL = `
:host { --r: var(--frontdesk-radius, 16px); --lightest: .46; --darkest: 0; --tint: 9%; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.hidden, .contact label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0; padding: 0; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; background: none; border: 0; border-radius: var(--s); transition: var(--fd-quick); }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; flex: none; }
:focus-visible { outline: 2px solid var(--fd-accent-text); outline-offset: 1px; }
p, h2, h3 { margin: 0; }
small { font-size: 12px; color: var(--fd-muted); }

.panel { all: initial; box-sizing: border-box; color-scheme: inherit; --s: min(6px, var(--r)); --m: min(10px, var(--r)); position: fixed; right: max(var(--frontdesk-right, 20px), env(safe-area-inset-right));
  left: max(var(--frontdesk-left), env(safe-area-inset-left)); bottom: calc(var(--frontdesk-bottom, 20px) + 72px + env(safe-area-inset-bottom));
  width: 384px; height: min(640px, calc(100dvh - var(--frontdesk-bottom, 20px) - 96px)); display: flex; flex-direction: column; overflow: hidden;
  background: var(--fd-surface); color: var(--fd-text); border: 1px solid var(--fd-line); border-radius: var(--r);
  box-shadow: var(--fd-shadow); font: 15px/1.55 var(--frontdesk-font, var(--fd-font)); overflow-wrap: anywhere;
  animation: appear var(--fd-slow) var(--fd-ease); }
@keyframes appear { from { opacity: 0; translate: 0 6px; } }

.head { display: flex; align-items: center; gap: 12px; padding: 12px 8px 12px 16px; border-bottom: 1px solid var(--fd-line); }
.who { flex: 1; min-width: 0; }
h2 { font-size: 15px; line-height: 1.35; font-weight: 600; }
h2, .name, .parcel span { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.stand { font-size: 12.5px; line-height: 1.4; color: var(--fd-muted); font-variant-numeric: tabular-nums;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; word-break: keep-all; }
.face { position: relative; flex: none; display: grid; place-items: center; width: 36px; height: 36px; border-radius: 50%; background: var(--fd-accent-soft);
  color: var(--fd-accent-text); font-weight: 600; }
.face::after { content: ""; position: absolute; inset-inline-end: -1px; bottom: -1px; width: 11px; height: 11px; border-radius: 50%; border: 2px solid var(--fd-surface); background: var(--fd-line-strong); }
[data-status=online] .face::after { background: var(--fd-good); }
.head[data-away] .face::after { background: var(--fd-line-strong); }
[data-state=queued] .face::after, [data-state=offered] .face::after { background: #dd8f13; animation: breathe 1.8s infinite; }
[data-state=active] .face { background: var(--fd-accent); color: var(--fd-on-accent); }
.tool { flex: none; display: grid; place-items: center; width: 36px; height: 36px; padding: 0; color: var(--fd-muted); }
.head .tool { margin-inline-start: -10px; }
.tool:hover, .quiet:hover, .mark button:hover { background: var(--fd-hover); color: var(--fd-text); }
.tool[aria-pressed=true] { color: var(--fd-accent-text); }
.tool[aria-pressed=true] svg { fill: currentColor; }
.tool:disabled { opacity: .4; cursor: default; }

.banner, .ask { padding: 9px 16px; font-size: 13px; line-height: 1.45; background: var(--fd-warn-soft); color: var(--fd-warn); }
.ask { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; background: var(--fd-canvas); color: var(--fd-text); border-bottom: 1px solid var(--fd-line); }
.ask p { flex: 1 1 auto; }
.primary, .quiet { padding: 6px 14px; border-radius: var(--m); min-height: 36px; font-size: 14px; font-weight: 550; }
.primary { background: var(--fd-accent); color: var(--fd-on-accent); }
.primary:hover, .send:hover { filter: brightness(1.1); }
.primary[aria-disabled] { opacity: .7; cursor: progress; }
.quiet { color: var(--fd-muted); }

.transcript { position: relative; flex: 1; min-height: 0; display: flex; }
.scroll { flex: 1; overflow: hidden auto; overscroll-behavior: contain; padding: 8px 16px 14px; scrollbar-width: thin; }
.scroll:focus-visible { outline-offset: -3px; }
.log { display: flex; flex-direction: column; }
.day, .note { margin: 16px 0 2px; text-align: center; font-size: 12px; color: var(--fd-muted); }
.day span { display: inline-block; }
.day ::first-letter { text-transform: uppercase; }
.note:empty { margin: 0; }

.said { display: flex; flex-direction: column; align-items: flex-start; margin-top: 4px; max-width: 88%; position: relative; animation: appear var(--fd-slow) var(--fd-ease); }
.first { margin-top: 14px; }
.name { margin-bottom: 4px; padding: 0 2px; font-size: 12px; line-height: 1.4; color: var(--fd-muted); }
.bubble, .typing { padding: 9px 13px; border-radius: var(--r); border-start-start-radius: var(--s); background: var(--fd-hover); max-width: 100%; }
.agent .bubble { background: var(--fd-accent-soft); }
.customer { align-self: flex-end; align-items: flex-end; }
.customer .bubble { background: var(--fd-accent); color: var(--fd-on-accent); border-start-start-radius: var(--r); border-end-end-radius: var(--s); white-space: pre-wrap; }
.system { align-self: center; max-width: 94%; }
.system .bubble { background: none; padding: 2px 8px; font-size: 13px; color: var(--fd-muted); text-align: center; white-space: pre-wrap; }
.turn, .system.turn { align-self: stretch; max-width: none; margin: 20px 0 6px; }
.turn > * { display: flex; align-items: center; gap: 12px; width: 100%; text-align: center; text-wrap: balance; font-size: 12.5px; font-weight: 550; color: var(--fd-text) !important; }
.turn > *::before, .turn > *::after { content: ""; flex: 1; min-width: 12px; border-top: 1px solid var(--fd-line); }
.time { position: absolute; inset-block-start: 100%; z-index: 1; padding: 1px 6px; border-radius: 4px; font-size: 11px; line-height: 1.4; color: var(--fd-muted); background: var(--fd-surface);
  opacity: 0; pointer-events: none; transition: var(--fd-quick); }
.said:hover .time { opacity: 1; }
.customer .time { inset: auto 100% 2px auto; white-space: nowrap; }
.system .time { display: none; }
.mark { margin: 3px 2px 0; text-align: end; font-size: 12px; line-height: 1.4; color: var(--fd-muted); }
.mark:empty { display: none; }
.mark button, .parcel > button:not(.tool) { min-height: 24px; padding: 2px 6px; margin-inline-start: 4px; color: var(--fd-accent-text); font-weight: 600; }
[data-fate=failed] .mark { color: var(--fd-bad); }
[data-fate=kept] .bubble { background: var(--fd-accent-soft); color: var(--fd-text); }

.bubble > :first-child { margin-top: 0; }
.bubble > :last-child { margin-bottom: 0; }
.bubble :is(p, ul, ol, pre, blockquote) { margin: 0 0 8px; }
ul, ol { padding-inline-start: 20px; }
a { color: var(--fd-accent-text); text-underline-offset: 2px; }
.customer a { color: inherit; }
.bubble code { font: 13px/1.5 var(--fd-mono); padding: 1px 4px; border-radius: 4px; background: color-mix(in srgb, currentColor 9%, transparent); }
.bubble pre { padding: 9px 11px; border-radius: var(--s); background: color-mix(in srgb, currentColor 9%, transparent); overflow-x: auto; }
.bubble pre code { padding: 0; background: none; white-space: pre; overflow-wrap: normal; }
blockquote { padding-inline-start: 10px; border-inline-start: 3px solid var(--fd-line-strong); color: var(--fd-muted); }
.picture, .picture img { display: block; max-width: 100%; }
.picture img { max-height: 220px; border: 1px solid var(--fd-line); border-radius: var(--r); }
.said .bare:has(> .picture) { padding: 0; background: none; }
.file { display: flex; align-items: center; gap: 8px; min-height: 24px; text-decoration: none; color: inherit; }
.file:hover span { text-decoration: underline; }
.file small { color: inherit; white-space: nowrap; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.choices button, .ways button { padding: 6px 13px; min-height: 36px; text-align: start; font-size: 14px; line-height: 1.4; border: 1px solid color-mix(in srgb, var(--fd-accent-text) 45%, transparent); border-radius: min(18px, var(--r));
  color: var(--fd-accent-text); background: var(--fd-surface); }
.choices button:hover, .ways [aria-pressed=true] { background: var(--fd-accent-soft); border-color: var(--fd-accent-text); }

.typing { display: inline-flex; gap: 4px; margin-top: 12px; padding: 13px 14px; }
.typing i { width: 6px; height: 6px; border-radius: 50%; background: var(--fd-muted); animation: breathe 1.2s infinite; }
.typing i:nth-of-type(2) { animation-delay: .15s; }
.typing i:nth-of-type(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }
.newest { position: absolute; bottom: 10px; left: 50%; translate: -50%; display: flex; align-items: center; gap: 4px; min-height: 36px; padding: 0 7px; border-radius: 18px; font-size: 13px; background: var(--fd-raised); border: 1px solid var(--fd-line); box-shadow: var(--fd-shadow-s); color: var(--fd-text); }

.card { display: grid; gap: 12px; margin-top: 16px; padding: 16px; border: 1px solid var(--fd-line); border-radius: var(--r); background: var(--fd-canvas); animation: appear var(--fd-slow) var(--fd-ease); }
h3 { font-size: 15px; font-weight: 600; line-height: 1.4; }
.card p { font-size: 13px; line-height: 1.5; color: var(--fd-muted); }
h3 + p { margin-top: -8px; }
label { display: block; margin-bottom: 4px; font-size: 13px; font-weight: 550; }
label small { margin-inline-start: 6px; font-weight: 400; }
.line input, .card textarea { width: 100%; min-height: 40px; padding: 7px 11px; border: 1px solid var(--fd-line-strong); border-radius: var(--m); background: var(--fd-surface); resize: none; }
.line input:focus, .card textarea:focus, .field:focus-within { outline: 0; border-color: var(--fd-accent-text); box-shadow: 0 0 0 1px var(--fd-accent-text); }
.line [aria-invalid] { border-color: var(--fd-bad); }
.card .why { margin-top: 4px; color: var(--fd-bad); }
.why:empty, .limit:empty { display: none; }
.checkbox { display: grid; grid-template-columns: 24px 1fr; gap: 0 8px; }
.checkbox label { margin: 0; font-weight: 400; line-height: 1.5; padding-top: 2px; }
.checkbox input { width: 20px; height: 20px; min-height: 0; margin: 2px; accent-color: var(--fd-accent); }
.checkbox .why { grid-column: 2; }
.ways { display: flex; gap: 8px; }

.survey { text-align: center; justify-items: center; gap: 6px; }
.survey p { font-weight: 550; font-size: 14px; color: var(--fd-text); }
.stars { display: flex; justify-content: center; gap: 2px; }
.stars button { width: 44px; height: 44px; padding: 0; display: grid; place-items: center; color: var(--fd-line-strong); }
.stars svg { width: 26px; height: 26px; }
.stars .on { color: var(--fd-accent-text); }
.stars .on svg { fill: currentColor; }
.rest { display: grid; gap: 8px; width: 100%; }

.composer { padding: 0 12px 12px; background: var(--fd-surface); }
.field { display: flex; align-items: flex-end; gap: 2px; padding: 4px; border: 1px solid var(--fd-line-strong); border-radius: min(22px, calc(var(--r) * 1.4)); transition: var(--fd-quick); }
.field textarea { flex: 1; min-width: 0; padding: 6px 4px; border: 0; outline: 0; resize: none; background: none; line-height: 24px; max-height: 132px; }
.field textarea::placeholder, .card ::placeholder { color: var(--fd-muted); opacity: 1; }
.field .tool { border-radius: 50%; }
.field:has([readonly]) { border-color: var(--fd-line); background: var(--fd-canvas); box-shadow: none; }
.send { flex: none; display: grid; place-items: center; width: 36px; height: 36px; padding: 0; border-radius: 50%; background: var(--fd-accent); color: var(--fd-on-accent); }
.send:disabled { background: var(--fd-hover); color: var(--fd-muted); cursor: default; filter: none; }
.limit { margin: 8px 6px 6px; font-size: 12.5px; color: var(--fd-muted); }
[data-over], [data-fate=bad] small { color: var(--fd-bad); }
.tray:not(:empty) { margin: 0 -12px; padding: 10px 12px 2px; border-top: 1px solid var(--fd-line); }
.parcel { display: flex; align-items: center; gap: 10px; margin: 0 2px 8px; font-size: 13px; line-height: 1.4; animation: appear var(--fd-slow) var(--fd-ease); }
.parcel > div { flex: 1; min-width: 0; display: grid; }
.thumb { display: grid; place-items: center; width: 40px; height: 40px; border-radius: var(--m); background: var(--fd-hover); color: var(--fd-muted); }
canvas { width: 100%; height: 100%; }
progress { appearance: none; width: 100%; height: 3px; margin-top: 3px; border: 0; border-radius: 2px; overflow: hidden; background: var(--fd-line); }
::-webkit-progress-bar { background: none; }
::-webkit-progress-value { background: var(--fd-accent-text); }
::-moz-progress-bar { background: var(--fd-accent-text); }
.dropzone { position: absolute; inset: 8px; display: none; place-items: center; border: 2px dashed var(--fd-accent-text); border-radius: var(--r); background: var(--fd-accent-soft); color: var(--fd-accent-text); font-weight: 550; pointer-events: none; z-index: 2; }
.drop .dropzone { display: grid; }

@media (max-width: 480px) {
  .panel { inset: var(--top, 0) 0 auto; width: auto; height: var(--height, 100dvh); border: 0; border-radius: 0;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
  .panel input, .panel textarea { font-size: 16px; }
  .tool, .send { width: 40px; height: 40px; }
  .field textarea { padding: 8px 4px; }
}
@media (max-height: 480px) and (min-width: 481px) { .panel { bottom: 8px; height: calc(100dvh - 16px); right: 92px; } }
@media (prefers-color-scheme: dark) { :host { --lightest: 1; --darkest: .8; --tint: 20%; } }
@supports (color: color(from red xyz-d65 x y z)) {
  :host { --a: var(--frontdesk-accent, var(--fd-accent)); }
  .panel { --w: calc((.18 - y) * 999); --fd-accent: var(--a); --fd-accent-soft: color-mix(in srgb, var(--a) var(--tint), var(--fd-surface));
    --fd-on-accent: color(from var(--a) xyz-d65 clamp(0, var(--w), .95) clamp(0, var(--w), 1) clamp(0, var(--w), 1.09));
    --fd-accent-text: oklch(from var(--a) clamp(var(--darkest), l, var(--lightest)) c h); }
}
@media (prefers-contrast: more) { :host { --fd-muted: var(--fd-text); --fd-line: var(--fd-line-strong); } .bubble { border: 1px solid var(--fd-line-strong); } }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important; } .typing i { opacity: .7; } }
@media (forced-colors: active) { .field:focus-within, .line input:focus, .card textarea:focus { outline: 2px solid; } .bubble, .face, .primary, .send, .choices button, .typing, .thumb { border: 1px solid; } .stars .on svg { fill: Highlight; } .ways [aria-pressed=true], .tool[aria-pressed=true] { outline: 2px solid; } progress { border: 1px solid; } }
`;
