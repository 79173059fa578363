/**
 * How many messages wait, in the page's title, while nobody looks at the page.
 *
 * The title is the page's: what it writes there meanwhile is kept, and comes back to the letter. The text node is changed rather than
 * replaced, since frameworks hold on to theirs.
 */
export class Title {
  /** @type {string | undefined} */ #ours;
  #theirs = "";
  #watch = new MutationObserver(() => this.#ours !== undefined && this.show(this.#count));
  #count = 0;

  /** @param {number} count */
  show(count) {
    this.#count = count;
    const element = document.querySelector("head > title");
    if (!element) return;
    const found = element.textContent ?? "";
    if (found !== this.#ours) this.#theirs = found;
    const wanted = count ? `(${count}) ${this.#theirs}` : this.#theirs;
    this.#ours = count ? wanted : undefined;
    if (found !== wanted) retitle(element, wanted);
    if (count) this.#watch.observe(document.head, {subtree: true, childList: true, characterData: true});
    else this.#watch.disconnect();
  }
}

/** @param {Element} element @param {string} words */
function retitle(element, words) {
  if (element.firstChild) element.firstChild.nodeValue = words;
  else element.textContent = words;
}
