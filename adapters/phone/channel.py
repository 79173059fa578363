"""A number that people call, as a channel: calls are taken by its driver, each by a leg of its own."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from adapters.phone.driver import Driver
from adapters.phone.tools import Tools
from config.phone import Phone
from gateway.core.channel import Capabilities, Grade, Parsed, Raw, Reach, Reply
from gateway.core.errors import NotFound
from gateway.core.ids import ChannelName
from gateway.core.message import Outgoing, Part, Receipt

TEXT_MAX_BYTES = 4_096


@runtime_checkable
class Hooked(Protocol):
    """A driver whose calls come by webhooks."""

    async def webhook(self, raw: Raw) -> Reply: ...


class PhoneChannel:
    """One number."""

    type = "phone"

    def __init__(self, name: ChannelName, settings: Phone, tools: Tools, open_driver: Callable[[], Driver]) -> None:
        self.name = name
        self._settings = settings
        self._tools = tools
        self._open_driver = open_driver
        self._driver: Driver | None = None

    @property
    def driver(self) -> Driver:
        """One for all who ask: it is opened when somebody does."""
        if self._driver is None:
            self._driver = self._open_driver()
        return self._driver

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(reach=Reach.PULLED, text_max_bytes=TEXT_MAX_BYTES, choices=Grade.NATIVE, choices_max_count=9, calls=True)

    def parse(self, raw: Raw) -> Parsed:
        """A call's events come by its leg; what a cloud posts is answered by `webhook`."""
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Whoever is on the line follows the transcript: there is nothing to push."""
        return Receipt()

    async def webhook(self, raw: Raw) -> Reply:
        """What a cloud is answered, whose calls come by webhooks. Raises Forged, BadInput, NotFound."""
        driver = self.driver if self._settings.driver == "twiml" else None
        if not isinstance(driver, Hooked):
            raise NotFound("this number takes no webhooks")
        return await driver.webhook(raw)
