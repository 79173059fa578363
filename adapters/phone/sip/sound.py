"""One call's sound in the stack: what is read from it and written to it, as the playout wants it."""

from baresip import AudioNotActive, AudioRestarted, Call

from adapters.phone.audio import Pcm
from adapters.phone.sip.playout import Inactive, Restarted

READ_MAX_BYTES = 16_384


class CallSound:
    """One call's buffers, as the playout wants them."""

    def __init__(self, call: Call) -> None:
        self._audio = call.audio
        self.has_received = False
        """Whether anything has ever come from there."""

    def waiting_bytes(self) -> int:
        bound = self._audio._bound_epoch  # noqa: SLF001 - the probe binds to new streams without a word
        try:
            stats = self._audio.stats()
        except AudioNotActive as error:
            raise Inactive from error
        if bound is not None and self._audio._bound_epoch != bound:  # noqa: SLF001
            raise Restarted
        self.has_received = self.has_received or stats.rx_high_water > 0
        return int(stats.tx_buffered)

    def write(self, pcm: Pcm) -> int:
        try:
            return int(self._audio.write(pcm))
        except AudioNotActive as error:
            raise Inactive from error
        except AudioRestarted as error:
            raise Restarted from error

    def read(self, max_bytes: int = READ_MAX_BYTES) -> Pcm:
        try:
            return bytes(self._audio.read(max_bytes))
        except AudioNotActive as error:
            raise Inactive from error
        except AudioRestarted as error:
            raise Restarted from error

    def flush(self) -> None:
        try:
            self._audio.flush_tx()
        except AudioNotActive as error:
            raise Inactive from error
        except AudioRestarted as error:
            raise Restarted from error
