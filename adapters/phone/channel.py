"""A number that people call, as a channel: calls are taken by its driver, each by a leg of its own."""

from adapters.phone.tools import Tools
from config.phone import Phone
from gateway.core.channel import Capabilities, Grade, Parsed, Raw, Reach
from gateway.core.ids import ChannelName
from gateway.core.message import Outgoing, Part, Receipt

TEXT_MAX_BYTES = 4_096


class PhoneChannel:
    """One number."""

    type = "phone"

    def __init__(self, name: ChannelName, settings: Phone, tools: Tools) -> None:
        self.name = name
        self._settings = settings
        self._tools = tools

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(reach=Reach.PULLED, text_max_bytes=TEXT_MAX_BYTES, choices=Grade.NATIVE, choices_max_count=9, calls=True)

    def parse(self, raw: Raw) -> Parsed:
        """A call's events come by its leg; what a cloud posts is answered by `webhook`."""
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Whoever is on the line follows the transcript: there is nothing to push."""
        return Receipt()
