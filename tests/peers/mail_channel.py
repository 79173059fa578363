"""A channel like mail: a message is one thing, its peer is slow and may say "later" for days. It keeps to a script."""

from gateway.core.channel import Capabilities, Grade, Reach
from gateway.core.ids import ChannelName, SessionId
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Part, Together, plain_text
from tests.peers.push_channel import PushChannel

PATIENCE_S = 48 * 3600.0


class MailChannel(PushChannel):
    """Takes whole messages. `whole` is what its customers have got."""

    type = "mail"

    def __init__(self, *, name: str = "mail", at_once_count: int = 2, send_s: float = 120.0, is_idempotent: bool = True) -> None:
        super().__init__(name=name, is_idempotent=is_idempotent)
        self.name = ChannelName(name)
        self.capabilities = Capabilities(
            reach=Reach.PUSHED, text_max_bytes=20, is_whole=True, letters=True, is_idempotent=is_idempotent, markdown=Grade.NATIVE,
            files=Grade.NATIVE, file_max_bytes=1000, patience_s=PATIENCE_S, at_once_count=at_once_count, send_s=send_s,
        )  # fmt: skip
        self.whole: list[tuple[SessionId, Together]] = []
        self.detail = ""
        self.running = 0
        self.most_at_once = 0

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        assert isinstance(part, Together), "a mail is one thing"
        assert outgoing.parts_sent == 0, "a mail has one part"
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        self.calls += 1
        self.called.set()
        try:
            receipt = await self._answer(part, outgoing)
        finally:
            self.running -= 1
        return Receipt(channel_message_id=receipt.channel_message_id, detail=self.detail)

    def _take(self, part: Part, outgoing: Outgoing) -> None:
        assert isinstance(part, Together)
        if (outgoing.id, 0) not in self._keys:
            self._keys.add((outgoing.id, 0))
            self.whole.append((outgoing.session_id, part))
            self.taken.append((outgoing.session_id, plain_text(part.parts)))
