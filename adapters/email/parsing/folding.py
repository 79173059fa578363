"""Quotations in a mail's page, folded as people know it: behind three dots. Where it can't be told for sure, nothing is folded."""

import re
from typing import Any

from lxml import etree

_CLASSES = ("gmail_quote", "gmail_extra", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra", "ntes-mailmaster-quote")
_CLASS_PREFIXES = ("wrap_xmail_reply", "xmail_quote")
"""QQ Mail and Exmail count them."""
_IDS = (
    *("divrplyfwdmsg", "isreplycontent", "mail-editor-reference-message-container", "ms-outlook-mobile-body-separator-line"),
    *("appendonsend", "spnEditorContent", "ntes-pcmail-quote", "oriMsgHtmlSeperator", "qm-original"),
)
_REST_IDS = frozenset(("divrplyfwdmsg", "appendonsend", "ms-outlook-mobile-body-separator-line", "orimsghtmlseperator"))
"""From there on all of it is quoted, not what lies inside."""
_OUTLOOK = re.compile(r"border:\s*none;\s*border-top:\s*solid\s*#(?:E1E1E1|B5C4DF)", re.IGNORECASE)
_RULE = re.compile(r"\s*-{3,}\s*(?:原始邮件|原始郵件|原邮件|转发邮件|轉寄郵件|original message|original)\s*-{3,}", re.IGNORECASE)
_FROM = re.compile(r"\s*(?:发件人|寄件者|寄件人|From|Von|De)\s*[:：]", re.IGNORECASE)
"""Own text before a quotation; else it is all that there is, and stays open."""


def fold(root: Any) -> None:
    """Put the first quotation of a page, and what follows it, into a `details` of its own."""
    body = root.find("body")
    if body is None:
        return
    found = next((each for each in body.iter() if isinstance(each.tag, str) and _begins(each)), None)
    if found is None or not _has_words_before(body, found):
        return
    if _is_alone(found):
        _wrap(found, [found])
    else:
        start = _outlook_start(found)
        _wrap(start, [start, *start.itersiblings()])


def _begins(each: Any) -> bool:
    if each.tag == "blockquote":
        return True
    if each.tag not in {"div", "hr", "p", "span"}:
        return False
    names = each.get("class", "").lower().split()
    mark = each.get("id", "").lower()
    if any(name in _CLASSES or name.startswith(_CLASS_PREFIXES) for name in names) or mark in _KNOWN:
        return True
    if each.tag == "div" and _OUTLOOK.search(each.get("style", "")):
        return bool(_FROM.match(_words(each)))
    return bool(each.text and _RULE.match(each.text))


_KNOWN = frozenset(mark.lower() for mark in _IDS)


def _words(each: Any) -> str:
    return "".join(text for _, text in zip(range(5), each.itertext(), strict=False)).strip()[:100]


def _is_alone(each: Any) -> bool:
    """The element holds the quotation whole; what follows it was written below."""
    names = each.get("class", "").lower().split()
    return (
        each.tag == "blockquote"
        or "gmail_quote" in names
        or any(name.startswith(_CLASS_PREFIXES) for name in names)
        or each.get("id", "").lower() in _KNOWN - _REST_IDS
    )


def _outlook_start(each: Any) -> Any:
    """Outlook puts its header into a box of its own: what is quoted follows the box."""
    parent = each.getparent()
    is_box = parent is not None and parent.tag == "div" and len(parent) == 1 and not (parent.text or "").strip()
    return parent if is_box and _OUTLOOK.search(each.get("style", "")) else each


def _has_words_before(body: Any, found: Any) -> bool:
    """Somebody wrote something before it."""
    for event, each in etree.iterwalk(body, events=("start", "end")):
        if event == "start" and each is found:
            return False
        text = each.text if event == "start" else each.tail
        if text and text.strip() and each.tag not in {"style", "script", "title"}:
            return True
    return False


def _wrap(first: Any, siblings: list[Any]) -> None:
    parent = first.getparent()
    if parent is None or parent.tag in {"tr", "tbody", "table", "thead", "ul", "ol"}:
        return
    details = etree.Element("details", {"class": "quoted"})
    summary = etree.SubElement(details, "summary", {"class": "quoted"})
    summary.text = "···"
    parent.insert(parent.index(first), details)
    tail = siblings[-1].tail if len(siblings) == 1 else None
    for each in siblings:
        details.append(each)
    if len(siblings) == 1:
        first.tail, details.tail = None, tail
