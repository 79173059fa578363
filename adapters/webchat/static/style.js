/** The panel's looks. Colours, type and motion come from the tokens. */
export const PANEL = `
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0; padding: 0; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; background: none; border: 0; border-radius: var(--fd-radius-s); }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; flex: none; }
:focus-visible { outline: 2px solid var(--fd-accent-text); outline-offset: 1px; }

.panel { position: fixed; right: max(20px, env(safe-area-inset-right)); bottom: calc(92px + env(safe-area-inset-bottom));
  width: 384px; height: min(640px, calc(100dvh - 116px)); display: flex; flex-direction: column; overflow: hidden;
  background: var(--fd-surface); color: var(--fd-text); border: 1px solid var(--fd-line); border-radius: var(--fd-radius-l);
  box-shadow: var(--fd-shadow); font: 15px/1.55 var(--fd-font); text-align: start; overflow-wrap: anywhere;
  animation: rise var(--fd-slow) var(--fd-ease); }
.panel:focus { outline: none; }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }

.head { display: flex; align-items: center; gap: 10px; padding: 14px 10px 12px 18px; border-bottom: 1px solid var(--fd-line); }
.who { flex: 1; min-width: 0; }
h2 { margin: 0; font-size: 15px; line-height: 1.35; font-weight: 600; }
.stand { margin: 1px 0 0; font-size: 12.5px; line-height: 1.4; color: var(--fd-muted); }
.dot { width: 9px; height: 9px; border-radius: 50%; background: var(--fd-line-strong); transition: background-color var(--fd-slow); }
[data-status=online] .dot { background: var(--fd-good); }
[data-state=queued] .dot, [data-state=offered] .dot { background: var(--fd-warn); }
.tool { display: grid; place-items: center; width: 36px; height: 36px; padding: 0; color: var(--fd-muted); transition: background-color var(--fd-quick), color var(--fd-quick); }
.tool:hover { background: var(--fd-hover); color: var(--fd-text); }

.banner, .ask { margin: 0; padding: 9px 18px; font-size: 13px; line-height: 1.45; background: var(--fd-warn-soft); color: var(--fd-warn); }
.ask { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; background: var(--fd-canvas); color: var(--fd-text); border-bottom: 1px solid var(--fd-line); }
.ask p { margin: 0; flex: 1 1 auto; }
.primary, .quiet { padding: 6px 14px; min-height: 32px; font-size: 13.5px; font-weight: 550; }
.primary { background: var(--fd-accent); color: var(--fd-on-accent); }
.primary:hover { background: var(--fd-accent-hover); }
.quiet { color: var(--fd-muted); }
.quiet:hover { background: var(--fd-hover); color: var(--fd-text); }

.transcript { position: relative; flex: 1; min-height: 0; display: flex; }
.scroll { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 8px 18px 14px; scrollbar-width: thin; scrollbar-color: var(--fd-line) transparent; }
.scroll:focus-visible { outline-offset: -3px; }
.log { display: flex; flex-direction: column; }
.day, .note { margin: 14px 0 2px; text-align: center; font-size: 12px; color: var(--fd-muted); }
.note:empty { display: none; }
.ending .note { margin: 0 18px 10px; }

.said { display: flex; flex-direction: column; align-items: flex-start; margin-top: 4px; max-width: 88%; position: relative; animation: appear var(--fd-slow) var(--fd-ease); }
@keyframes appear { from { opacity: 0; transform: translateY(4px); } }
.first { margin-top: 14px; }
.name { margin: 0 0 4px 2px; font-size: 12px; line-height: 1.4; color: var(--fd-muted); }
.bubble { padding: 9px 13px; border-radius: var(--fd-radius-l); border-start-start-radius: 5px; background: var(--fd-hover); max-width: 100%; }
.agent .bubble { background: var(--fd-accent-soft); }
.customer { align-self: flex-end; align-items: flex-end; }
.customer .bubble { background: var(--fd-accent); color: var(--fd-on-accent); border-start-start-radius: var(--fd-radius-l); border-end-end-radius: 5px; white-space: pre-wrap; }
.system { align-self: center; max-width: 94%; }
.system .bubble { background: none; padding: 2px 8px; font-size: 13px; color: var(--fd-muted); text-align: center; white-space: pre-wrap; }
.time { position: absolute; top: 100%; z-index: 1; padding: 1px 6px; border-radius: 4px; font-size: 11px; line-height: 1.4; color: var(--fd-muted); background: var(--fd-surface);
  opacity: 0; pointer-events: none; transition: opacity var(--fd-quick); }
.said:hover .time { opacity: 1; }
.customer .time { right: 100%; top: auto; bottom: 2px; white-space: nowrap; }
.system .time { display: none; }
.mark { margin: 3px 2px 0; font-size: 11.5px; line-height: 1.4; color: var(--fd-muted); }
.mark:empty { display: none; }
.mark button { min-height: 24px; padding: 2px 6px; margin-inline-start: 4px; color: var(--fd-accent-text); font-weight: 600; }
.mark button:hover { background: var(--fd-hover); }
[data-fate=failed] .mark { color: var(--fd-bad); }
[data-fate=kept] .bubble { background: var(--fd-accent-soft); color: var(--fd-text); }

.bubble > :first-child { margin-top: 0; }
.bubble > :last-child { margin-bottom: 0; }
.bubble p, .bubble ul, .bubble ol, .bubble pre, .bubble blockquote { margin: 0 0 8px; }
.bubble ul, .bubble ol { padding-inline-start: 20px; }
.bubble li + li { margin-top: 3px; }
.bubble strong { font-weight: 650; }
.bubble a { color: var(--fd-accent-text); text-underline-offset: 2px; text-decoration-thickness: 1px; }
.customer .bubble a { color: inherit; }
.bubble code { font: 13px/1.5 var(--fd-mono); padding: 1px 4px; border-radius: 4px; background: color-mix(in srgb, currentColor 9%, transparent); }
.bubble pre { padding: 9px 11px; border-radius: var(--fd-radius-s); background: color-mix(in srgb, currentColor 9%, transparent); overflow-x: auto; }
.bubble pre code { padding: 0; background: none; white-space: pre; overflow-wrap: normal; }
.bubble blockquote { padding-inline-start: 10px; border-inline-start: 3px solid var(--fd-line-strong); color: var(--fd-muted); }
.picture { display: block; }
.picture img { display: block; max-width: 100%; max-height: 220px; border-radius: var(--fd-radius-s); }
.bubble:has(> .picture) { padding: 4px; }
.bubble .picture img { border-radius: 12px; }
.file { display: flex; align-items: center; gap: 8px; min-height: 24px; text-decoration: none; color: inherit !important; }
.file:hover span { text-decoration: underline; }
.file small { opacity: .8; white-space: nowrap; }

.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.choices button { padding: 6px 13px; min-height: 34px; text-align: start; font-size: 14px; line-height: 1.4; border: 1px solid color-mix(in srgb, var(--fd-accent-text) 45%, transparent); border-radius: 17px;
  color: var(--fd-accent-text); background: var(--fd-surface); transition: background-color var(--fd-quick); }
.choices button:hover { background: var(--fd-accent-soft); border-color: var(--fd-accent-text); }

.typing { display: inline-flex; gap: 4px; margin-top: 12px; padding: 13px 14px; border-radius: var(--fd-radius-l); border-start-start-radius: 5px; background: var(--fd-hover); }
.typing i { width: 6px; height: 6px; border-radius: 50%; background: var(--fd-muted); animation: breathe 1.2s infinite; }
.typing i:nth-of-type(2) { animation-delay: .15s; }
.typing i:nth-of-type(3) { animation-delay: .3s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }
.newest { position: absolute; bottom: 10px; left: 50%; translate: -50% 0; display: grid; place-items: center; width: 34px; height: 34px; border-radius: 50%; padding: 0;
  background: var(--fd-raised); border: 1px solid var(--fd-line); box-shadow: var(--fd-shadow-s); color: var(--fd-text); }

.survey { margin: 0 14px 12px; padding: 14px; border: 1px solid var(--fd-line); border-radius: var(--fd-radius); background: var(--fd-canvas); text-align: center; }
.survey p { margin: 0 0 6px; font-weight: 550; font-size: 14px; }
.stars { display: flex; justify-content: center; gap: 2px; margin-bottom: 4px; }
.stars button { width: 40px; height: 40px; padding: 0; display: grid; place-items: center; color: var(--fd-line-strong); }
.stars svg { width: 26px; height: 26px; }
.stars .on { color: var(--fd-accent-text); }
.stars .on svg { fill: currentColor; }
.rest { display: grid; gap: 8px; justify-items: center; margin-bottom: 4px; }
.rest textarea { width: 100%; padding: 8px 10px; border: 1px solid var(--fd-line-strong); border-radius: var(--fd-radius-s); background: var(--fd-surface); font-size: 14px; resize: none; }

.composer { padding: 0 12px 12px; background: var(--fd-surface); }
.field { display: flex; align-items: flex-end; gap: 2px; padding: 4px; border: 1px solid var(--fd-line-strong); border-radius: 22px; transition: border-color var(--fd-quick), box-shadow var(--fd-quick); }
.field:focus-within { border-color: var(--fd-accent-text); box-shadow: 0 0 0 1px var(--fd-accent-text); }
.field textarea { flex: 1; min-width: 0; padding: 6px 4px; border: 0; outline: 0; resize: none; background: none; line-height: 24px; max-height: 132px; }
.field textarea::placeholder { color: var(--fd-muted); opacity: 1; }
.field .tool { border-radius: 50%; }
.send { display: grid; place-items: center; width: 36px; height: 36px; padding: 0; border-radius: 50%; background: var(--fd-accent); color: var(--fd-on-accent); transition: background-color var(--fd-quick), color var(--fd-quick); }
.send:hover { background: var(--fd-accent-hover); }
.send:disabled { background: var(--fd-hover); color: var(--fd-muted); cursor: default; }
.limit { margin: 0 6px 6px; font-size: 12.5px; color: var(--fd-bad); }
.limit:empty { display: none; }
.upload { display: flex; align-items: center; gap: 8px; margin: 0 2px 8px; padding: 7px 10px; font-size: 13px; line-height: 1.4; border-radius: var(--fd-radius-s); background: var(--fd-bad-soft); color: var(--fd-bad); }
.upload span { flex: 1; }
.upload button { min-height: 24px; padding: 2px 6px; font-weight: 600; }
.busy { background: var(--fd-hover); color: var(--fd-muted); }
.busy svg { animation: breathe 1.2s infinite; }
.dropzone { position: absolute; inset: 8px; margin: 0; display: none; place-items: center; border: 2px dashed var(--fd-accent-text); border-radius: 12px; background: var(--fd-accent-soft); color: var(--fd-accent-text); font-weight: 550; pointer-events: none; z-index: 2; }
.drop .dropzone { display: grid; }

@media (max-width: 480px) {
  .panel { inset: 0 0 auto 0; width: auto; height: var(--fd-height, 100dvh); border: 0; border-radius: 0;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
  .field textarea { font-size: 16px; }
  .tool, .send { width: 40px; height: 40px; }
  .field textarea { padding: 8px 4px; }
}
@media (max-height: 480px) and (min-width: 481px) { .panel { bottom: 8px; height: calc(100dvh - 16px); right: 92px; } }
@media (prefers-reduced-motion: reduce) { *, *::before { animation: none !important; transition: none !important; } .typing i { opacity: .7; } }
@media (forced-colors: active) { .bubble, .choices button, .send { border: 1px solid; } .stars .on svg { fill: Highlight; } }
`;
