"""Links that can't be spoken: sent to the caller's own number as a short message, by a service of the operator's.

POST of {"to", "text"}, signed by the Standard Webhooks. To the number that calls and to no other, and not often: a number is told by its
network and may be anybody's.
"""

import asyncio
import logging
from urllib.parse import urlsplit

import aiohttp
import msgspec

from adapters.phone.numbers import may_text
from adapters.shared.answers import judge
from adapters.shared.signing import headers, read_secret
from config.phone import Phone
from config.problems import ConfigError, Problem
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName, derived
from gateway.core.ports import Clock, Shelf
from gateway.core.texts import Texts

log = logging.getLogger(__name__)

LINKS_MAX_COUNT = 3
LINK_MAX_CHARS = 500
PER_HOUR_COUNT = 5
"""To one number."""
ALL_PER_HOUR_COUNT = 500
"""To all of them: each costs money, and callers may write any number."""


class Links:
    """Of one channel. Opens its connection at the first message."""

    def __init__(self, channel: ChannelName, settings: Phone, *, texts: Texts, shelf: Shelf, clock: Clock) -> None:
        """Raises ConfigError where the secret can't hold."""
        self._channel = channel
        self._settings = settings
        self._texts = texts
        self._shelf = shelf
        self._clock = clock
        self._key = _checked(channel, settings)
        self._http: aiohttp.ClientSession | None = None

    def can_send(self, number: str) -> bool:
        """Whether anything can be sent to this caller."""
        return bool(self._settings.sms_url) and may_text(number, self._settings.country, self._settings.dial_prefixes)

    async def send(self, number: str, links: tuple[str, ...], language: str) -> bool:
        """Send them; False where that failed. Raises nothing."""
        fit = [link for link in links[:LINKS_MAX_COUNT] if len(link) <= LINK_MAX_CHARS and urlsplit(link).scheme in ("http", "https")]
        try:
            if not fit or not self.can_send(number) or not await self._may(number):
                return False
            async with asyncio.timeout(self._settings.timeout_s):
                await self._post(number, self._texts.say("phone.sms", language, links=" ".join(fit)))
        except (FrontdeskError, OSError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("a short message could not be sent: %s", type(error).__name__, extra={"channel": self._channel})
            return False
        return True

    async def close(self) -> None:
        """Safe to repeat."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _may(self, number: str) -> bool:
        """A few an hour, counted where all processes see it; and not without end to all numbers together."""
        hour = int(self._clock.now().timestamp() // 3_600)
        for who, most in ((number, PER_HOUR_COUNT), ("", ALL_PER_HOUR_COUNT)):
            name = f"phone/sms/{derived(self._channel, who, hour)}"
            count = int(await self._shelf.get(name) or 0)
            if count >= most:
                return False
            await self._shelf.put(name, str(count + 1), 3_600)
        return True

    async def _post(self, number: str, text: str) -> None:
        now = self._clock.now()
        body = msgspec.json.encode({"to": number, "text": text})
        message_id = "msg_" + derived(self._channel, number, text, int(now.timestamp()))
        sent = {"Content-Type": "application/json", **headers(self._key, message_id, int(now.timestamp()), body)}
        if self._http is None:
            self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        async with self._http.post(self._settings.sms_url, data=body, headers=sent, allow_redirects=False) as response:
            judge(response.status, response.headers.get("Retry-After"), now, peer="the short message service")


def _checked(channel: ChannelName, settings: Phone) -> bytes:
    if not settings.sms_url:
        return b""
    try:
        return read_secret(settings.sms_secret)
    except ValueError as error:
        raise ConfigError([Problem(f"[channels.{channel}] sms_secret", str(error))]) from None
