"""A session's call, one step after the other: pure."""

from datetime import datetime

from msgspec import structs

from gateway.core.events import Called, CallStage
from gateway.core.session import Call

OURS = frozenset({"lost", "failed", "limit"})
"""Why a call ended, where the caller has not hung up: they are owed a call."""
UNANSWERED = frozenset({"busy", "no_answer", "refused", "unreachable", "forbidden"})
"""Why a call of ours ended, where the customer did not take it."""
EARLIER_MAX_COUNT = 20
_DIALS = frozenset({CallStage.RINGING, CallStage.TALKING, CallStage.AWAY, CallStage.MISSED, CallStage.ENDED})
"""What a call of ours may begin with."""


_BEHIND_ITS_END = frozenset({CallStage.UP, CallStage.CALLBACK, CallStage.VOICEMAIL})
"""What may still be told of a call that is over: it was not after all, or what was left behind has been understood only now."""


def concerns(call: Call | None, called: Called) -> bool:
    """Whether this is told of the session's call, or begins another one that is the session's from now on."""
    if call is None:
        return True
    if call.id == called.call:
        return not call.is_over or called.stage in _BEHIND_ITS_END
    if called.call in call.earlier:
        return False
    return called.stage is CallStage.UP or (called.stage in _DIALS and not call.is_up)


def following(call: Call | None, called: Called, now: datetime) -> Call:
    """The session's call, one step on."""
    if call is None or call.id != called.call:
        call = _another(call, called, now)
    stage, held_from = _stage(call, called), call.stage if called.stage is CallStage.HELD else None
    is_dialling = call.is_dialling and stage in (CallStage.RINGING, CallStage.HELD)
    return structs.replace(
        call, stage=stage, since=now if stage is not call.stage else call.since, why=called.why, is_dialling=is_dialling,
        was_owed=call.was_owed and stage is not CallStage.TALKING,
        is_over=called.stage is CallStage.ENDED or (call.is_over and called.stage is not CallStage.UP),
        held_from=(call.held_from or held_from) if stage is CallStage.HELD else None, asked_at=None,
        recording=called.file if called.stage is CallStage.ENDED and called.file else call.recording,
    )  # fmt: skip


def _another(last: Call | None, called: Called, now: datetime) -> Call:
    earlier = (*last.earlier, last.id)[-EARLIER_MAX_COUNT:] if last else ()
    is_dialling = last is not None and called.stage is not CallStage.UP
    return Call(
        id=called.call, stage=CallStage.RINGING if is_dialling else CallStage.UP, since=now, began_at=now, earlier=earlier,
        number=called.number or (last.number if last else ""), dialled=called.dialled, is_dialling=is_dialling,
        was_owed=last is not None and (last.wants_callback or last.was_owed),
    )  # fmt: skip


def _stage(call: Call, called: Called) -> CallStage:
    match called.stage:
        case CallStage.UP if call.stage is CallStage.HELD and call.held_from is CallStage.TALKING:
            return CallStage.TALKING
        case CallStage.MISSED if call.is_dialling:
            return CallStage.CALLBACK  # nobody is on the line: the customer has not been called yet
        case CallStage.ENDED if call.is_dialling:
            return CallStage.AWAY if called.why in UNANSWERED else CallStage.CALLBACK
        case CallStage.ENDED if call.wants_callback:
            return call.stage  # they hung up behind having asked for it
        case CallStage.ENDED if called.why in OURS and call.number:
            return CallStage.CALLBACK
        case stage:
            return stage
