"""Why a call ended, from the stack's words into ours."""

BY_STATUS = {
    486: "busy",
    600: "busy",
    408: "no_answer",
    480: "no_answer",
    487: "no_answer",  # we took our ringing back
    401: "refused",
    403: "refused",
    407: "refused",
    433: "refused",
    603: "refused",
    607: "refused",
    608: "refused",
}
"""RFC 3261, section 21; 433, 607 and 608 are those of unwanted calls. Whatever else is a failure: unreachable."""

TRANSFERRED = "Call transfered"
"""The stack's spelling."""
_SILENT = ("rtp stream error", "stream error", "rtp timeout")


def of_dialled(text: str) -> str:
    """Of a call that we made and that nobody took: busy, no_answer, refused or unreachable."""
    head = text[:3]
    return BY_STATUS.get(int(head), "unreachable") if head.isdigit() else "unreachable"


def of_talked(text: str) -> str:
    """Of a call that was up, and that we have not ended: hung_up, transferred, lost."""
    if text == TRANSFERRED:
        return "transferred"
    lowered = text.lower()
    if any(word in lowered for word in _SILENT) or "timed out" in lowered:
        return "lost"
    return "hung_up"


def of_transfer(status: int | None) -> str:
    """Of a REFER that came to nothing."""
    return BY_STATUS.get(status, "unreachable") if status else "no_answer"
