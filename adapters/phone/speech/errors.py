"""What goes wrong with a voice or an ear. Nobody outside this folder sees it: the voice falls back, the ear says `trouble`."""

from gateway.core.errors import FrontdeskError


class SpeechFailed(FrontdeskError):
    """A provider could not do it. `code`: a stable word.

    late (no answer in time), refused (it said no, or is asked for too much at once), unreachable (it is down), broken (it answered with
    what makes no sense, or died of it), unable (not this language, not these words), missing (a library or a file is not there).
    """

    def __init__(self, reason: str, *, code: str) -> None:
        super().__init__(reason)
        self.code = code
