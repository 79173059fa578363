"""A mail out of its bytes."""

import hashlib
import logging
from collections.abc import Sequence

from msgspec.structs import replace

from adapters.email.parsing.bodies import Bodies, gathered, invitations
from adapters.email.parsing.charsets import begin
from adapters.email.parsing.enclosure import enclosed
from adapters.email.parsing.head import read_head
from adapters.email.parsing.heading import head_of
from adapters.email.parsing.opening import opened
from adapters.email.parsing.parts import Part
from adapters.email.parsing.report import report_of
from adapters.email.words import HEAD_BYTES, Mail
from gateway.core.channel import Enclosed

ENCLOSED_MAX_COUNT = 200
HASH_TAIL_BYTES = 65_536
_log = logging.getLogger(__name__)


def read(raw: bytes, *, size_bytes: int | None = None, ours: Sequence[str] = ()) -> Mail:
    """The mail in `raw`, whatever the bytes: never raises, bounded in time.

    `size_bytes`: of the whole mail, where `raw` is only its beginning; without it, one of just `HEAD_BYTES` is taken for cut off.
    `ours`: our addresses, so that a bounce tells whose it was.
    """
    begin()
    is_whole = len(raw) != HEAD_BYTES if size_bytes is None else size_bytes <= len(raw)
    try:
        return _read(raw, ours, is_whole=is_whole)
    except Exception as error:  # strangers' bytes: a mail that breaks the reader is shown by its headers, and lies there whole
        _log.warning("a mail could not be read (%s)", type(error).__name__)
    try:
        head = read_head(raw, 0, len(raw))
        return replace(head_of(head, "cp1252"), body_hash=_hash(raw, head.end), trouble="broken")
    except Exception as error:
        _log.warning("a mail's headers could not be read (%s)", type(error).__name__)
    return Mail(body_hash=_hash(raw, 0), trouble="broken")


def _read(raw: bytes, ours: Sequence[str], *, is_whole: bool) -> Mail:
    root, budget = opened(raw)
    mail = head_of(root.head, budget.hint)
    bodies = gathered(root)
    text = bodies.text()
    calendar = invitations(bodies, mail.subject, text) if bodies.calendars else ""
    lying, cids = _lying(root, bodies, is_whole=is_whole) if bodies.lying else ((), ())
    many = "too_many_parts" if len(bodies.lying) > ENCLOSED_MAX_COUNT else ""
    trouble = bodies.trouble or budget.trouble or many or ("too_large" if root.head.is_cut else "")
    return replace(
        mail,
        text=f"{text}\n\n{calendar}".strip() if calendar else text,
        html=bodies.page(),
        enclosed=lying,
        cids=cids,
        calendar=calendar,
        report=report_of(root, mail, text, ours),
        body_hash=_hash(raw, root.head.end),
        trouble=trouble if is_whole else "too_large",
    )


def _lying(root: Part, bodies: Bodies, *, is_whole: bool) -> tuple[tuple[Enclosed, ...], tuple[tuple[str, int], ...]]:
    """What is enclosed, and what of it a page may name. Of a mail that was cut off, the last part is not given out."""
    places = {id(leaf): place for place, leaf in enumerate(root.leaves())}
    lying: list[Enclosed] = []
    cids: list[tuple[str, int]] = []
    for part, title in bodies.lying[:ENCLOSED_MAX_COUNT]:
        place = places[id(part)]
        part.is_open = part.is_open and not is_whole
        lying.append(enclosed(part, place, title))
        named = (part.head.first(b"content-id") or b"").strip(b"<> \t\r\n").decode("utf-8", "replace")
        if named:
            cids.append((named[:300], place))
    return tuple(lying), tuple(cids)


def _hash(raw: bytes, start: int) -> str:
    """Of the body; blank lines at its end are the last server's."""
    end = len(raw)
    while end > start:
        piece = raw[max(start, end - HASH_TAIL_BYTES) : end]
        rest = piece.rstrip(b"\r\n")
        end -= len(piece) - len(rest)
        if rest:
            break
    return hashlib.sha256(memoryview(raw)[start:end]).hexdigest()
