"""From Asterisk's words for why a call ended (include/asterisk/causes.h, Q.850) to ours, and back."""

NORMAL = 16
BUSY = 17
NO_ANSWER = 19
REJECTED = 21
CONGESTION = 34

_WHY_NOT = {
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    26: "no_answer",  # answered elsewhere: nobody there for us
    21: "refused",
    52: "refused",
    54: "refused",
    **dict.fromkeys((1, 2, 3, 5, 20, 22, 27, 28, 34, 38, 41, 42, 44, 58), "unreachable"),
}
_BY_STATUS = {"BUSY": "busy", "NOANSWER": "no_answer", "CANCEL": "no_answer"}
"""Of the event `Dial`, where the cause says nothing: Asterisk makes NOANSWER of every cause that it has no better word for."""

_CODES = {486: BUSY, 600: BUSY, 503: CONGESTION, 480: 31, 404: 1, 403: REJECTED, 603: REJECTED, 408: 18, 488: 58, 500: 38}
"""A SIP answer to the cause that chan_pjsip makes that answer of (hangup_cause2sip): 603 has none there and becomes 403."""


def why_not(cause: int, status: str) -> str:
    """Why nobody took a call of ours."""
    return _WHY_NOT.get(cause) or _BY_STATUS.get(status) or ("no_answer" if cause == NORMAL else "unreachable")


def why_parted(cause: int) -> str:
    """Why two who talked do so no more. 38: the network failed; 41, 44, 102: something on the way did."""
    return "broke" if cause in (38, 41, 44, 102) else "hung_up"


def why_over(cause: int) -> str:
    """Why a caller who was with us is not any more."""
    return "failed" if cause in (38, 41, 44, 102) else "hung_up"


def cause_of(code: int) -> int:
    """What a call is refused with, so that its caller gets this SIP answer."""
    return _CODES.get(code, BUSY)
