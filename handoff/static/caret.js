/**
 * Gives the focus back to where somebody was writing, and the caret with it: Chromium gives back the focus of a dialog that is shut, but at
 * times not the caret, and the field that seems to have the focus takes no letter.
 * @param {Element | null} before @returns {() => void} to be called once the dialog is shut
 */
export function kept(before) {
  const isField = before instanceof HTMLTextAreaElement || (before instanceof HTMLInputElement && before.type === "text");
  const caret = isField ? /** @type {const} */ ([before.selectionStart, before.selectionEnd]) : null;
  return () => {
    const {activeElement} = document;
    const isElsewhere = activeElement !== before && activeElement !== document.body && activeElement !== null;
    if (isElsewhere || !(before instanceof HTMLElement) || !before.isConnected) return;
    if (caret) before.blur();
    before.focus({preventScroll: true});
    if (caret) /** @type {HTMLTextAreaElement} */ (before).setSelectionRange(...caret);
  };
}
