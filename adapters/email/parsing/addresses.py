"""Address lists (RFC 5322, section 3.4), and what stands where one should. Linear in time."""

import re
from collections.abc import Sequence

from adapters.email.parsing.encoded import plain, words
from adapters.email.words import Mailbox

MAX_COUNT = 200
_SIMPLE = re.compile(r'[ ]*+(?:"?([^"@<>,;:()\\]*+)"?[ ]*+<)?([\w.+=-]++@[A-Za-z0-9.-]++)(>?)[ ]*+', re.ASCII)
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"?|\(((?:[^()\\]|\\.)*+)\)?|<([^<>]*+)>?|([,;:])|([^",;:<(]++)')
_ADDRESS = re.compile(r"(?:\"[^\"\s]{1,64}\"|[^\s\"(),:;<>@\[\]\\]{1,128})@(?:[^\s\"(),:;<>@\[\]\\]{1,253}|\[[^\s\]]{1,64}\])")
_ESCAPED = re.compile(r"\\(.)")
_COMMENT = re.compile(r"\([^()]*+\)")
_ROUTE = re.compile(r"^@[^:]{1,300}:")


def usable(text: str) -> str:
    """An address in lower case, "" for what is none."""
    found = _ADDRESS.fullmatch(text.strip().strip("'").rstrip(".")) if "@" in text else None
    return found[0].lower() if found and found[0].isprintable() and len(found[0]) <= 320 else ""


def mailboxes(values: Sequence[str], limit: int = MAX_COUNT) -> tuple[Mailbox, ...]:
    """Who stands in these values (`encoded.raw_value`), `limit` at most; groups are opened, names decoded."""
    found: list[Mailbox] = []
    for value in values:
        simple = _SIMPLE.fullmatch(value)
        if simple and (simple[1] is None) == (not simple[3]):
            found.append(Mailbox(_name(simple[1]) if simple[1] else "", simple[2].lower().rstrip(".")))
        else:
            found += _listed(value, limit)
        if len(found) >= limit:
            break
    return tuple(found[:limit])


def _listed(value: str, limit: int) -> list[Mailbox]:
    found = _scanned(value, limit)
    if not any(each.address for each in found):
        whole = plain(words(value))
        again = _scanned(whole, limit) if whole != value else []
        found = again if any(each.address for each in again) else found
        bare = _ADDRESS.search(whole)
        if bare and not any(each.address for each in found):
            return [Mailbox("", usable(bare[0]))]
    return _with_commas(found)


def _with_commas(found: list[Mailbox]) -> list[Mailbox]:
    """A name without an address before one with both was cut at its comma: `Smith, John <john@example.net>`."""
    out: list[Mailbox] = []
    pending = ""
    for each in found:
        if not each.address:
            pending = f"{pending}, {each.name}" if pending and each.name else pending or each.name
            continue
        name = f"{pending}, {each.name}" if pending and each.name else each.name
        out.append(Mailbox(name[:200], each.address))
        pending = ""
    return out or [each for each in found if each.name]


def _scanned(value: str, limit: int) -> list[Mailbox]:
    found: list[Mailbox] = []
    entry = _Entry()
    for match in _TOKEN.finditer(value):
        quoted, comment, angle, mark, rest = match.groups()
        if mark == ":" and not entry.angle and "@" not in entry.text():
            entry = _Entry()  # the name of a group
        elif mark == ":":
            entry.texts.append(mark)
        elif mark is not None:
            found.append(entry.mailbox())
            entry = _Entry()
            if len(found) >= limit:
                return found
        elif quoted is not None:
            entry.quoted(quoted, match.end() - match.start())
        elif comment is not None:
            entry.comment = entry.comment or comment
        elif angle is not None:
            entry.angle = entry.angle or angle
        else:
            entry.texts.append(rest)
    found.append(entry.mailbox())
    return found


class _Entry:
    """One entry of a list while it is read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.comment = ""
        self.angle = ""

    def quoted(self, text: str, length: int) -> None:
        """A quoted string: a name, or the local part of an address, which only its neighbours can tell."""
        self.texts.append(f'"{text}"' if length and " " not in text and "@" not in text and not self.texts else _ESCAPED.sub(r"\1", text))

    def text(self) -> str:
        return "".join(self.texts).strip()

    def mailbox(self) -> Mailbox:
        text = self.text()
        if self.angle:
            return Mailbox(_name(text), usable(_ROUTE.sub("", _COMMENT.sub("", self.angle).replace(" ", ""))))
        address = usable(text)
        if not address and "@" in text:
            found = _ADDRESS.search(text)
            address = usable(found[0]) if found else ""
            return Mailbox(_name(text.replace(found[0], "")) if found else "", address)
        return Mailbox(_name(self.comment if address else text), address)


def _name(text: str) -> str:
    text = plain(words(text)) if "=?" in text else text
    return " ".join(text.replace('"', " ").split()).strip("'<> ")[:200]
