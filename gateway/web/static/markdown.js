/**
 * Markdown as a tree of elements: bold, italic, code, links, lists, headings, quotes, line breaks. Nothing in the text can become
 * markup of its own, because none is ever parsed: every element is made here, and the text only ever becomes text.
 *
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function markdown(text) {
  const out = document.createDocumentFragment();
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let at = 0; at < lines.length; ) at = block(lines, at, out);
  return out;
}

const FENCE = /^\s*```/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const QUOTE = /^>\s?/;
const ITEM = /^(\s*)(?:[-*+•]|(\d{1,9})[.)、])\s+(.*)$/;
const STARTS = [FENCE, HEADING, QUOTE, ITEM];

/**
 * Adds the block that begins at line `at`; returns the line behind it.
 * @param {string[]} lines @param {number} at @param {Node} out
 */
function block(lines, at, out) {
  const line = lines[at];
  if (!line.trim()) return at + 1;
  if (FENCE.test(line)) return fenced(lines, at, out);
  const heading = HEADING.exec(line);
  if (heading) {
    inline(heading[1], add(add(out, "p"), "strong"));
    return at + 1;
  }
  if (QUOTE.test(line)) {
    const end = until(lines, at, (next) => !QUOTE.test(next));
    paragraph(lines.slice(at, end).map((quoted) => quoted.replace(QUOTE, "")), add(out, "blockquote"));
    return end;
  }
  if (ITEM.test(line)) return list(lines, at, out);
  const end = until(lines, at + 1, (next) => !next.trim() || STARTS.some((start) => start.test(next)));
  paragraph(lines.slice(at, end), add(out, "p"));
  return end;
}

/** @param {string[]} lines @param {number} at @param {Node} out */
function fenced(lines, at, out) {
  const end = until(lines, at + 1, (line) => FENCE.test(line));
  add(add(out, "pre"), "code").textContent = lines.slice(at + 1, end).join("\n");
  return end + 1;
}

/**
 * A list, and lists inside its items where they are indented further.
 * @param {string[]} lines @param {number} at @param {Node} out
 */
function list(lines, at, out) {
  const [, indent, number] = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
  const made = add(out, number ? "ol" : "ul");
  if (number && number !== "1") made.setAttribute("start", number);
  let item = made;
  while (at < lines.length) {
    const found = ITEM.exec(lines[at]);
    if (!found) {
      // An indented line goes on with the item; anything else ends the list.
      if (!lines[at].trim() || !/^\s+/.test(lines[at]) || item === made) break;
      add(item, "br");
      inline(lines[at++].trim(), item);
    } else if (found[1].length > indent.length && item !== made) {
      at = list(lines, at, item);
    } else if (found[1].length < indent.length || Boolean(found[2]) !== Boolean(number)) {
      break;
    } else {
      inline(found[3], (item = add(made, "li")));
      at++;
    }
  }
  return at;
}

/** @param {string[]} lines @param {number} from @param {(line: string) => boolean} isEnd */
function until(lines, from, isEnd) {
  const found = lines.findIndex((line, index) => index >= from && isEnd(line));
  return found < 0 ? lines.length : found;
}

/** @param {string[]} lines @param {HTMLElement} into */
function paragraph(lines, into) {
  lines.forEach((line, index) => {
    if (index) add(into, "br");
    inline(line, into);
  });
}

// In the order of their binding: code takes everything literally; a link's text may hold emphasis, and emphasis other emphasis.
// A bare address ends before punctuation, ASCII or CJK, that belongs to the sentence.
const SPANS = new RegExp(
  [
    "\\\\([\\\\`*_\\[\\]()#+\\-.!>~])",
    "(`+)(.+?)\\2(?!`)",
    "!?\\[([^\\[\\]]{1,500})\\]\\(\\s*<?([^\\s<>()]*(?:\\([^\\s<>()]*\\)[^\\s<>()]*)*)>?(?:\\s+\"[^\"]*\")?\\s*\\)",
    "(\\*\\*|__)(?=\\S)(.+?)(?<=\\S)\\6",
    "(?<![\\w*])([*_])(?=[^\\s*_])([^*_]*[^\\s*_])\\8(?!\\w)",
    "<?(https?:\\/\\/[^\\s<>\"'`）】」』》，。；：！？、“”]*[^\\s<>\"'`）】」』》，。；：！？、“”.,;:!?)\\]*_~])>?",
  ].join("|"),
  "gu",
);
const DEPTH_MAX = 6;

/** @param {string} text @param {HTMLElement} into @param {number} [depth] */
function inline(text, into, depth = 0) {
  let done = 0;
  for (const found of depth > DEPTH_MAX ? [] : text.matchAll(SPANS)) {
    into.append(text.slice(done, found.index));
    done = found.index + found[0].length;
    const [whole, escaped, , code, label, address, , bold, , italic, bare] = found;
    if (escaped) into.append(escaped);
    else if (code !== undefined) add(into, "code").textContent = code;
    else if (label !== undefined) inline(label, linked(address, into), depth + 1);
    else if (bold) inline(bold, add(into, "strong"), depth + 1);
    else if (italic) inline(italic, add(into, "em"), depth + 1);
    else if (bare) linked(bare, into).append(bare);
    else into.append(whole);
  }
  into.append(text.slice(done));
}

/**
 * A link where the address is fit for one, else just the place for its text.
 * @param {string} address @param {HTMLElement} into
 */
function linked(address, into) {
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(address)) return into;
  const link = /** @type {HTMLAnchorElement} */ (add(into, "a"));
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

/** @param {Node} parent @param {string} tag */
function add(parent, tag) {
  return /** @type {HTMLElement} */ (parent.appendChild(document.createElement(tag)));
}
