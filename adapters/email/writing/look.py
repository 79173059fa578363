"""Markdown as HTML that mail programs show well. No HTML of the text's own ever passes: everything is escaped, and only then marked.

The same part of Markdown as `gateway.rendering.markdown` reads. What is said plainly looks the same in Gmail, Outlook, QQ, 163 and Apple
Mail: paragraphs, lists, links, styles on the elements themselves (QQ and 163 drop style sheets), no tables, no pictures, no colours of a
background, so that dark screens stay dark.
"""

import re
from collections.abc import Iterable
from html import escape

FONT = "font-family:-apple-system,'Segoe UI','PingFang SC','PingFang TC','Microsoft YaHei','Microsoft JhengHei',Arial,sans-serif"
_BLOCK = "margin:0 0 12px"
_CODE = "font-family:Consolas,Menlo,monospace"
_KEPT = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|!?\[(?P<label>[^\[\]\n]*)\]\((?P<target>[^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|<(?P<auto>(?:https?://|mailto:)[^<>\s]+)>"
    r"|(?P<url>https?://[\w.~:/?#@!$&'+,;=%-]+)",
    re.ASCII,
)
"""What emphasis marks mean nothing in. Every repetition is bounded by a character it can't contain."""
_URL = re.compile(r"https?://[\w.~:/?#@!$&'+,;=%-]+", re.ASCII)
_SAFE = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+", re.IGNORECASE)
_HELD = re.compile(r"\x00(\d+)\x00")
_EMPHASIS = tuple(
    (re.compile(pattern), tag)
    for pattern, tag in (
        (r"\*\*\*(?=\S)([^*\n]*[^*\s])\*\*\*", "strong"),
        (r"\*\*(?=\S)([^*\n]*[^*\s])\*\*", "strong"),
        (r"(?<!\w)__(?=\S)([^_\n]*[^_\s])__(?!\w)", "strong"),
        (r"~~(?=\S)([^~\n]*[^~\s])~~", "s"),
        (r"\*(?=\S)([^*\n]*[^*\s])\*", "em"),
        (r"(?<!\w)_(?=\S)([^_\n]*[^_\s])_(?!\w)", "em"),
    )
)
_HEADING = re.compile(r" {0,3}(#{1,6}) +")
_QUOTED = re.compile(r" {0,3}> ?")
_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})")
_ITEM = re.compile(r"( *)(?:[-*+•]|(\d{1,9})[.)、]) +")
_FENCE = re.compile(r" {0,3}```")
_DEPTH_MAX_COUNT = 8


def page(blocks: Iterable[str], language: str) -> str:
    """A whole document around these."""
    inner = "\n".join(blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"></head>\n'
        f'<body style="margin:0"><div style="{FONT};font-size:15px;line-height:1.6;word-wrap:break-word">\n{inner}\n</div></body></html>\n'
    )


def paragraphs(text: str) -> str:
    """Text that is no Markdown: its lines as they are, its addresses as links."""
    return "\n".join(_paragraph([_linked(line) for line in block]) for block in _blocks(_lines(text)))


def markdown(text: str) -> str:
    """Markdown of ours (an answer, an agent's words)."""
    return "\n".join(_written(_lines(text), 0))


def small(text: str) -> str:
    """A line that stands back: a hint, a signature."""
    inner = "<br>\n".join(_linked(line) for line in _lines(text))
    return f'<p dir="auto" style="margin:16px 0 0;font-size:13px;color:#757575">{inner}</p>'


def numbered(options: Iterable[str]) -> str:
    """Things to pick from."""
    return _list("ol", "", [escape(option) for option in options])


def link(target: str, label: str = "") -> str:
    """An address to follow; only its words where it is none of the web or of mail."""
    shown = escape(label or target)
    return f'<a href="{escape(target)}">{shown}</a>' if _SAFE.fullmatch(target) else shown


def linked(target: str, label: str) -> str:
    """A line that is one link."""
    return _paragraph([link(target, label)])


def _lines(text: str) -> list[str]:
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")


def _blocks(lines: list[str]) -> Iterable[list[str]]:
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line)
        elif block:
            yield block
            block = []


def _paragraph(lines: list[str]) -> str:
    return f'<p dir="auto" style="{_BLOCK}">' + "<br>\n".join(lines) + "</p>"


def _written(lines: list[str], depth: int) -> Iterable[str]:
    """The blocks of these lines, one after another."""
    said: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        taken, block = _special(lines, place, depth) if line.strip() else (1, "")
        if taken:
            if said:
                yield _paragraph(said)
                said = []
            if block:
                yield block
        else:
            said.append(_inline(line.strip()))
        place += taken or 1
    if said:
        yield _paragraph(said)


def _special(lines: list[str], place: int, depth: int) -> tuple[int, str]:
    """How many lines from here on are a block other than a paragraph, and how it looks; (0, "") where none begins."""
    line = lines[place]
    if _FENCE.match(line):
        return _fenced(lines, place)
    if _RULE.fullmatch(line):
        return 1, '<hr style="border:0;border-top:1px solid #b0b0b0;margin:16px 0">'
    if found := _HEADING.match(line):
        return 1, f'<p dir="auto" style="{_BLOCK};font-weight:bold">{_inline(line[found.end() :].strip())}</p>'
    if _QUOTED.match(line) and depth < _DEPTH_MAX_COUNT:
        return _quote(lines, place, depth)
    return _items(lines, place) if _ITEM.match(line) else (0, "")


def _fenced(lines: list[str], place: int) -> tuple[int, str]:
    end = next((at for at in range(place + 1, len(lines)) if _FENCE.match(lines[at])), len(lines))
    inner = escape("\n".join(lines[place + 1 : end]))
    return end - place + 1, f'<pre style="{_BLOCK};{_CODE};white-space:pre-wrap">{inner}</pre>'


def _quote(lines: list[str], place: int, depth: int) -> tuple[int, str]:
    end = place
    while end < len(lines) and _QUOTED.match(lines[end]):
        end += 1
    inner = "\n".join(_written([_QUOTED.sub("", line, count=1) for line in lines[place:end]], depth + 1))
    return end - place, f'<div style="{_BLOCK};padding:0 0 0 12px;border-left:2px solid #b0b0b0">{inner}</div>'


def _items(lines: list[str], place: int) -> tuple[int, str]:
    """A list, with one more inside an item for what is moved in."""
    first = _ITEM.match(lines[place])
    assert first is not None
    margin, number = len(first[1]), first[2] or ""
    items: list[tuple[str, list[str]]] = []
    end = place
    while end < len(lines) and (found := _ITEM.match(lines[end])):
        if len(found[1]) >= margin + 2 and items:
            items[-1][1].append(_inline(lines[end][found.end() :].strip()))
        elif bool(found[2]) is not bool(number):
            break
        else:
            items.append((_inline(lines[end][found.end() :].strip()), []))
        end += 1
    inner = [said + (_list("ul", "", below) if below else "") for said, below in items]
    return end - place, _list("ol" if number else "ul", number, inner)


def _list(tag: str, first: str, items: Iterable[str]) -> str:
    start = f' start="{int(first)}"' if first and int(first) != 1 else ""
    inner = "\n".join(f'<li dir="auto" style="margin:0 0 4px">{item}</li>' for item in items)
    return f'<{tag}{start} style="{_BLOCK};padding:0 0 0 28px">{inner}</{tag}>'


def _linked(line: str) -> str:
    """A plain line, escaped, its addresses as links, its runs of blanks kept."""
    made, behind = [], 0
    for found in _URL.finditer(line):
        url = found[0].rstrip(".,;:!?'")
        made += [escape(line[behind : found.start()]), link(url)]
        behind = found.start() + len(url)
    return "".join([*made, escape(line[behind:])]).replace("  ", "&nbsp; ")


def _inline(text: str) -> str:
    """One line of Markdown. What is marked is put aside at once, so that no mark can cross another and no tag be torn."""
    held: list[str] = []

    def hold(html: str) -> str:
        held.append(html)
        return f"\x00{len(held) - 1}\x00"

    left = escape(_KEPT.sub(lambda found: hold(_kept(found)), text))
    for pattern, tag in (*_EMPHASIS, *_EMPHASIS):
        left = pattern.sub(lambda found, tag=tag: hold(f"<{tag}>{found[1]}</{tag}>"), left)  # type: ignore[misc]
    return _shown(left, held)


def _shown(text: str, held: list[str]) -> str:
    """The text with everything put back that was put aside; what was put aside later holds only what was put aside before."""
    whole: list[str] = []
    for html in held:
        whole.append(_HELD.sub(lambda found: whole[int(found[1])], html))
    return _HELD.sub(lambda found: whole[int(found[1])], text)


def _kept(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "label" | "target":
            return link(found["target"], found["label"])
        case "auto":
            return link(found["auto"], found["auto"].removeprefix("mailto:"))
        case "code":
            return f'<code style="{_CODE}">{escape(found["code"])}</code>'
        case "url":
            url = found["url"].rstrip(".,;:!?'")
            return link(url) + escape(found["url"][len(url) :])
        case group:
            return escape(found[str(group)])
