"""What the headers of a mail say."""

from adapters.email.parsing.addresses import mailboxes, usable
from adapters.email.parsing.encoded import plain, raw_value, words
from adapters.email.parsing.head import Head
from adapters.email.parsing.ids import dated, ids, own_id
from adapters.email.words import Mail, Mailbox

SUBJECT_MAX_CHARS = 998
_NOBODY = Mailbox("", "")


def head_of(head: Head, hint: str) -> Mail:
    """A mail with what its headers say, and nothing else yet. `hint`: the codec of raw 8-bit values."""
    shown: list[tuple[str, str]] = []
    by: dict[str, list[str]] = {}
    for key, data in head.fields:
        name, text = key.decode("ascii"), raw_value(data, hint)
        shown.append((name, plain(words(text)) if "=?" in text else text))
        by.setdefault(name, []).append(text)
    none: list[str] = []
    froms = by.get("from", none)
    senders = mailboxes(froms) or mailboxes(by.get("sender", none))
    return Mail(
        message_id=own_id(by.get("message-id", none)),
        in_reply_to=ids(by.get("in-reply-to", none)),
        references=ids(by.get("references", none)),
        subject=next((text for name, text in shown if name == "subject"), "").strip()[:SUBJECT_MAX_CHARS],
        sender=next((each for each in senders if each.address), senders[0] if senders else _NOBODY),
        from_count=_count(head, froms),
        reply_to=mailboxes(by.get("reply-to", none)),
        to=mailboxes(by.get("to", none)),
        cc=mailboxes(by.get("cc", none)),
        delivered_to=_delivered(by),
        return_path=_return_path(by.get("return-path")),
        date=dated(by["date"][0]) if "date" in by else None,
        headers=tuple(shown),
    )


def _count(head: Head, froms: list[str]) -> int:
    """How many addresses may be meant by From, by whoever reads it: two fields, a list, or an address where a name should stand."""
    if head.from_count == 1 and len(froms) == 1 and froms[0].count("@") == 1:
        return 1
    stand = sum(max(value.count("<"), 0 if "<" in value else value.count("@")) for value in froms)
    return max(head.from_count, len(mailboxes(froms)), stand) if head.from_count else 0


def _delivered(by: dict[str, list[str]]) -> tuple[str, ...]:
    values = [value for name in ("delivered-to", "x-original-to", "envelope-to") if name in by for value in by[name][:20]]
    return tuple(dict.fromkeys(address for address in (usable(value.strip("<> ")) for value in values) if address)) if values else ()


def _return_path(values: list[str] | None) -> str | None:
    """The topmost is the last server's."""
    if not values:
        return None
    inner = values[0].strip().removeprefix("<").removesuffix(">").strip()
    return usable(inner) or None if inner else ""
