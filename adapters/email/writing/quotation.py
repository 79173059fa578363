"""What the customer wrote, under our answer."""

from datetime import datetime
from html import escape

from adapters.email.words import Addressing
from adapters.email.writing.headers import cleaned
from gateway.core.texts import Texts

QUOTED_MAX_CHARS = 4_000
SENDER_MAX_CHARS = 120
CUT = "[…]"


def intro(addressing: Addressing, texts: Texts, language: str) -> str:
    """The line over it: who wrote, and when by their own clock."""
    sender = cleaned(addressing.sender, SENDER_MAX_CHARS)
    date = _date(addressing.date, texts, language)
    if not sender:
        return texts.say("email.wrote_somebody", language)
    return texts.say("email.wrote", language, date=date, sender=sender) if date else texts.say("email.wrote_once", language, sender=sender)


def lines(addressing: Addressing) -> list[str]:
    """The words themselves, bounded; none where there is nothing to quote."""
    text = addressing.quoted.replace("\r\n", "\n").replace("\r", "\n")
    shown = [_line(line) for line in text[:QUOTED_MAX_CHARS].strip().split("\n")]
    if len(text.strip()) >= QUOTED_MAX_CHARS:
        shown.append(CUT)
    return shown if any(shown) else []


def as_text(addressing: Addressing, texts: Texts, language: str) -> str:
    """For the plain part (RFC 3676, section 4.5, has the marks)."""
    written = lines(addressing)
    if not written:
        return ""
    return "\n".join([intro(addressing, texts, language), *(f"> {line}".rstrip() for line in written)])


def as_html(addressing: Addressing, texts: Texts, language: str) -> str:
    """For the other one. The class is what Gmail, QQ and others fold by."""
    written = lines(addressing)
    if not written:
        return ""
    inner = "<br>\n".join(escape(line) for line in written)
    lead = escape(intro(addressing, texts, language))
    return (
        f'<div class="gmail_quote" style="margin:16px 0 0"><div dir="auto" style="font-size:13px;color:#757575">{lead}</div>\n'
        '<blockquote type="cite" style="margin:8px 0 0;padding:0 0 0 12px;border-left:2px solid #b0b0b0">'
        f'<div dir="auto">{inner}</div></blockquote></div>'
    )


def _line(line: str) -> str:
    if line.isprintable():
        return line.rstrip()
    return "".join(sign if sign.isprintable() else " " for sign in line).rstrip()


def _date(iso: str, texts: Texts, language: str) -> str:
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return ""
    return texts.say(
        "email.date", language, year=at.year, month=f"{at.month:02}", day=f"{at.day:02}", hour=f"{at.hour:02}", minute=f"{at.minute:02}"
    )
