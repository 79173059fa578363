/**
 * The design tokens that the widget and the desk share: colours, type, space, motion, as CSS custom properties.
 *
 * Every text colour reaches 4.5:1 on `--fd-surface` and `--fd-canvas`, and `--fd-on-accent` does on `--fd-accent`; a test counts it.
 */
export const TOKENS = `
:root, :host {
  color-scheme: light dark;
  --fd-font: "Inter", -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei UI", "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif;
  --fd-mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace;
  --fd-canvas: #f6f7f9;
  --fd-surface: #ffffff;
  --fd-raised: #ffffff;
  --fd-hover: #eef0f3;
  --fd-line: #e3e5ea;
  --fd-line-strong: #81879a;
  --fd-text: #1a1c23;
  --fd-muted: #596072;
  --fd-accent: #3350d6;
  --fd-accent-hover: #2a43b8;
  --fd-on-accent: #ffffff;
  --fd-accent-text: #2f4ac6;
  --fd-accent-soft: #edf0fd;
  --fd-good: #13704a;
  --fd-good-soft: #e5f5ed;
  --fd-warn: #875400;
  --fd-warn-soft: #fdf3e0;
  --fd-bad: #b3261e;
  --fd-bad-soft: #fdecea;
  --fd-radius-s: 6px;
  --fd-radius: 10px;
  --fd-radius-l: 16px;
  --fd-shadow-s: 0 1px 2px rgb(16 20 36 / 6%), 0 1px 6px rgb(16 20 36 / 5%);
  --fd-shadow: 0 2px 6px rgb(16 20 36 / 6%), 0 16px 48px rgb(16 20 36 / 16%);
  --fd-quick: 120ms;
  --fd-slow: 220ms;
  --fd-ease: cubic-bezier(.2, .8, .2, 1);
}
:root:lang(zh-TW), :host(:lang(zh-TW)) {
  --fd-font: "Inter", -apple-system, "Segoe UI", Roboto, "PingFang TC", "Microsoft JhengHei UI", "Noto Sans TC", "Noto Sans CJK TC", "Source Han Sans TC", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root, :host {
    --fd-canvas: #111317;
    --fd-surface: #191b21;
    --fd-raised: #23262e;
    --fd-hover: #262a33;
    --fd-line: #2d313b;
    --fd-line-strong: #7b8294;
    --fd-text: #eceef3;
    --fd-muted: #a2a9b8;
    --fd-accent: #4a63e0;
    --fd-accent-hover: #3f57d0;
    --fd-on-accent: #ffffff;
    --fd-accent-text: #a3b3ff;
    --fd-accent-soft: #232a47;
    --fd-good: #6fd3a2;
    --fd-good-soft: #15302a;
    --fd-warn: #f0bd6a;
    --fd-warn-soft: #372b17;
    --fd-bad: #ff9d94;
    --fd-bad-soft: #3c211f;
    --fd-shadow-s: 0 1px 2px rgb(0 0 0 / 40%);
    --fd-shadow: 0 2px 6px rgb(0 0 0 / 40%), 0 16px 48px rgb(0 0 0 / 55%);
  }
}
@media (prefers-reduced-motion: reduce) {
  :root, :host { --fd-quick: 0ms; --fd-slow: 0ms; }
}
`;

/**
 * A constructable stylesheet of this CSS: works under a Content-Security-Policy that allows no inline style.
 * @param {string} css
 */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
