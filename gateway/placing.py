"""Which of a thread's waiting messages an answer on the line carries. Pure.

Rows go in their order, those that were kept before first. A row that somebody is sending, or may have sent, holds up all behind it; one
whose author has lost the floor is passed over, because it never goes out. Short texts of neighbouring rows become one part, as those of
one message do: the line takes one message.

Where sending has failed before, choices go as numbers, which the line takes: whoever writes again is not left without a word until the
peer's way for menus is open again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, structs

from gateway.core.changes import PlacedRow
from gateway.core.channel import Capabilities, Grade
from gateway.core.draft import IN_PLACE_MARGIN
from gateway.core.ids import OutboxId, SessionId
from gateway.core.parts import Choices, Part, Text
from gateway.core.ports import Waiting
from gateway.core.session import Session
from gateway.rendering import Link, fit


class Piece(Struct, frozen=True):
    """A part as it goes out, and how many of the rows' own parts it stands for."""

    part: Part
    count: int = 1


class Load(Struct, frozen=True):
    """What may go out on the line now, first part first."""

    rows: tuple[tuple[Waiting, int], ...] = ()
    """Each row, and how many parts of it are still to be sent."""
    pieces: tuple[Piece, ...] = ()
    passed: tuple[OutboxId, ...] = ()
    """Rows that never go out, and are passed over."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the channel is asked to carry."""
        return tuple(piece.part for piece in self.pieces)


def load(waiting: Sequence[Waiting], sessions: Mapping[SessionId, Session], capabilities: Capabilities, link: Link) -> Load:
    """What these rows of one thread hold for the line."""
    rows: list[tuple[Waiting, int]] = []
    parts: list[Part] = []
    passed: list[OutboxId] = []
    is_late = False
    for row in waiting:
        if is_stale(row, sessions):
            passed.append(row.outgoing.id)
            continue
        is_late = is_late or row.outgoing.attempts > 0
        left = _left(row, capabilities, link, is_late=is_late, is_last=row is waiting[-1])
        if left:
            rows.append((row, len(left)))
            parts += left
    return Load(tuple(rows), _joined(parts, capabilities.text_max_bytes), tuple(passed))


def carried(loaded: Load, count: int) -> tuple[PlacedRow, ...]:
    """The rows that the first `count` pieces carry, the last one perhaps in part."""
    room, carrying = sum(piece.count for piece in loaded.pieces[:count]), []
    for row, left in loaded.rows:
        if room <= 0:
            break
        taken, outgoing = min(room, left), row.outgoing
        carrying.append(
            PlacedRow(
                id=outgoing.id, token=row.token, session_id=outgoing.session_id, seq=outgoing.message.seq, also=outgoing.also,
                parts_sent=outgoing.parts_sent + taken, is_whole=taken == left,
            )
        )  # fmt: skip
        room -= taken
    return tuple(carrying)


def free(waiting: Sequence[Waiting], answer_by: datetime, now: datetime, repeated_for: timedelta) -> Sequence[Waiting]:
    """The rows up to the first that is somebody's: being sent, or due soon because another push's answer gave it back. That push may
    be repeated, and then it is given there. What delivery will soon try again (`was_sending`) is nobody's meanwhile."""
    left_to_us_at = answer_by + IN_PLACE_MARGIN
    for place, row in enumerate(waiting):
        comes_soon = now < row.due_at <= now + repeated_for and row.due_at not in (row.outgoing.due_at, left_to_us_at)
        if is_taken(row) or (comes_soon and not row.was_sending):
            return waiting[:place]
    return waiting


def is_taken(row: Waiting) -> bool:
    """Somebody is sending it, or died over it: nobody else may."""
    return row.is_leased or row.outgoing.parts_begun > row.outgoing.parts_sent


def is_stale(row: Waiting, sessions: Mapping[SessionId, Session]) -> bool:
    """Somebody else has the floor since it was decided: delivery will refuse it aloud."""
    session = sessions.get(row.outgoing.session_id)
    return session is None or row.outgoing.epoch < session.floor


def is_left_to_us(row: Waiting) -> bool:
    """It waits for nothing but whoever is on the line, and may be let go; one that was kept, or is to be tried again, waits for more."""
    return not is_taken(row) and row.outgoing.due_at is not None and row.due_at == row.outgoing.due_at


def _left(row: Waiting, capabilities: Capabilities, link: Link, *, is_late: bool, is_last: bool) -> tuple[Part, ...]:
    """What of a row is still to be sent; in a form for the line, where that is one whole text: parts are never counted in two ways.

    Nobody is asked for the number of a question that an answer stands behind.
    """
    outgoing = row.outgoing
    if is_late and not outgoing.parts_sent:
        parts = outgoing.message.parts if is_last else tuple(map(_without_hint, outgoing.message.parts))
        plain = fit(parts, structs.replace(capabilities, choices=Grade.DEGRADED), link)
        if len(plain) == 1:
            return plain
    return fit(outgoing.message.parts, capabilities, link)[outgoing.parts_sent :]


def _without_hint(part: Part) -> Part:
    return structs.replace(part, hint="") if isinstance(part, Choices) else part


def _joined(parts: Sequence[Part], text_max_bytes: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for part in parts:
        last = pieces[-1] if pieces else None
        if last is not None and (text := _together(last.part, part, text_max_bytes)) is not None:
            pieces[-1] = Piece(text, last.count + 1)
        else:
            pieces.append(Piece(part))
    return tuple(pieces)


def _together(first: Part, second: Part, text_max_bytes: int) -> Text | None:
    """Both as one text, where they are texts of one kind and there is room."""
    if not isinstance(first, Text) or not isinstance(second, Text) or first.markdown != second.markdown:
        return None
    text = f"{first.text}\n\n{second.text}"
    return Text(text, markdown=first.markdown) if len(text.encode()) <= text_max_bytes else None
