"""The `api` channel: POST in, signed webhook out. Every outgoing call has an id of its own, so it may be repeated without harm."""

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Meta, Struct

from adapters.shared.answers import judge
from adapters.shared.signing import headers, read_secret
from config.problems import ConfigError, Problem
from config.schema import Api
from gateway.core.channel import Capabilities, Grade, Parsed, Raw, Reach, Reply, event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import BadInput, Forged, TooLarge, TryLater, Uncertain
from gateway.core.events import Ended, Event, Inbound, Rated, Said, Visit
from gateway.core.ids import ChannelName, Thread
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import MAX_TEXT_BYTES, File, Part, Pick, Text
from gateway.rendering import Link

BODY_MAX_BYTES = 64 * 1024
FILE_MAX_BYTES = 10 * 1024 * 1024
"""Of a file that an agent sends: the peer fetches it from us, by its address."""
TOKEN_MIN_CHARS = 16

_Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}\Z")]
_Thread = Annotated[str, Meta(pattern=r"^[^\x00-\x20\x7f/]{1,200}\Z")]


class _Rating(Struct, frozen=True):
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: Annotated[str, Meta(max_length=2000)] = ""


class Posted(Struct, frozen=True):
    """What the peer posts: its own id of the message, whose conversation it is, and exactly one of text, choice, rating and ended."""

    id: _Id
    thread: _Thread
    text: str | None = None
    choice: Annotated[str, Meta(max_length=200)] | None = None
    rating: _Rating | None = None
    ended: bool = False
    name: Annotated[str, Meta(max_length=100)] | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None
    page: Annotated[str, Meta(max_length=2048)] | None = None


class Taken(Struct, frozen=True):
    """The reply to a post: it is durable."""

    id: str
    status: str = "accepted"


class Told(Struct, frozen=True, kw_only=True):
    """`data` of an outgoing webhook: one part of one message."""

    channel: str
    thread: str
    session: str
    message: str
    seq: int
    part_index: int
    author: str
    name: str | None
    reply_to: int | None
    part: Part
    at: datetime
    url: str | msgspec.UnsetType = msgspec.UNSET
    """Of a file: where its content can be fetched, for some days."""


class _Webhook(Struct, frozen=True):
    type: str
    timestamp: datetime
    data: Told


_decode: msgspec.json.Decoder[Posted] = msgspec.json.Decoder(Posted)
_encode = msgspec.json.Encoder().encode


class ApiChannel:
    """One peer's channel."""

    def __init__(self, name: ChannelName, settings: Api, *, link: Link | None = None, now_s: Callable[[], float] = time.time) -> None:
        """`link` gives files an address; without it no files go out. Raises ConfigError where the secrets or the address can't hold."""
        self._name = name
        self._link = link
        self._settings = settings
        self._now_s = now_s
        self._key = _checked(name, settings)
        self._http: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"ApiChannel({self._name!r})"

    @property
    def name(self) -> ChannelName:
        return self._name

    @property
    def type(self) -> str:
        return "api"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            reach=Reach.PUSHED, text_max_bytes=MAX_TEXT_BYTES, markdown=Grade.NATIVE, choices=Grade.NATIVE, is_idempotent=True,
            files=Grade.NATIVE if self._link else Grade.NO, file_max_bytes=FILE_MAX_BYTES if self._link else 0,
        )  # fmt: skip

    def parse(self, raw: Raw) -> Parsed:
        """The event in one post. The bearer token is checked before anything is read."""
        self._require_token(raw)
        if len(raw.body) > BODY_MAX_BYTES:
            raise TooLarge("body_too_large", f"a body of at most {BODY_MAX_BYTES} bytes")
        try:
            posted = _decode.decode(raw.body)
        except msgspec.ValidationError as error:
            raise BadInput("bad_message", str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadInput("bad_json", "a JSON object in UTF-8") from None
        inbound = self._inbound(posted, raw.received_at_ms)
        return Parsed(events=(inbound,), reply=Reply(body=_encode(Taken(posted.id)), status=202, content_type="application/json"))

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Post one part to the peer's webhook."""
        message_id = f"{outgoing.id}_{outgoing.parts_sent}"
        body = self._body(part, outgoing)
        signed = headers(self._key, message_id, int(self._now_s()), body)
        try:
            async with self._session().post(
                self._settings.webhook_url,
                data=body,
                headers={"Content-Type": "application/json", **signed},
                allow_redirects=False,
            ) as response:
                retry_after = response.headers.get("Retry-After")
                status = response.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TryLater("no connection to the webhook", code=type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Uncertain("the webhook's answer never came", code=type(error).__name__) from None
        judge(status, retry_after, datetime.fromtimestamp(self._now_s(), UTC), peer="the webhook")
        return Receipt(channel_message_id=message_id)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s, sock_connect=self._settings.timeout_s / 2)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

    def _require_token(self, raw: Raw) -> None:
        given = next((value for name, value in raw.headers.items() if name.lower() == "authorization"), "")
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Forged("bearer_required", "Authorization: Bearer TOKEN")
        if not hmac.compare_digest(self._settings.token.encode(), token.strip().encode("utf-8", "surrogatepass")):
            raise Forged("token_invalid", "this channel's bearer token")

    def _inbound(self, posted: Posted, at_ms: int) -> Inbound:
        return Inbound(
            channel=self._name, thread=Thread(posted.thread), key=event_key(self._name, posted.id),
            sender=Address(AddressKind.API, self._name, posted.thread), at=datetime.fromtimestamp(at_ms / 1000, UTC),
            event=_event(posted), cid=posted.id, visit=Visit(locale=posted.locale, page=posted.page, name=posted.name),
        )  # fmt: skip

    def _body(self, part: Part, outgoing: Outgoing) -> bytes:
        message = outgoing.message
        told = Told(
            channel=self._name, thread=outgoing.thread, session=outgoing.session_id, message=message.id, seq=message.seq,
            part_index=outgoing.parts_sent, author=message.author.value, name=message.name, reply_to=message.reply_to, part=part,
            at=message.at, url=self._url(part),
        )  # fmt: skip
        return _encode(_Webhook("message.created", message.at, told))

    def _url(self, part: Part) -> str | msgspec.UnsetType:
        link = self._link(part.file) if self._link and isinstance(part, File) else None
        return link or msgspec.UNSET


def _event(posted: Posted) -> Event:
    given = [posted.text is not None, posted.choice is not None, posted.rating is not None, posted.ended]
    if posted.choice is not None and given == [True, True, False, False]:
        return Said((Pick(posted.choice, _checked_text(posted.text or "")),))
    if given.count(True) != 1:
        raise BadInput("bad_message", "exactly one of text, choice, rating and ended")
    if posted.choice is not None:
        return Said((Pick(posted.choice),))
    if posted.rating is not None:
        return Rated(posted.rating.score, posted.rating.comment)
    if posted.ended:
        return Ended()
    text = _checked_text(posted.text or "")
    if not text.strip():
        raise BadInput("empty_message", "a text that is not blank")
    return Said((Text(text),))


def _checked_text(text: str) -> str:
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLarge("text_too_large", f"a text of at most {MAX_TEXT_BYTES} bytes")
    return text.replace("\0", "")


def _checked(name: ChannelName, settings: Api) -> bytes:
    """The signing key. Raises ConfigError with everything that is wrong."""
    where, problems, key = f"[channels.{name}]", [], b""
    try:
        key = read_secret(settings.webhook_secret)
    except ValueError as error:
        problems.append(Problem(where, f"webhook_secret: {error}"))
    if len(settings.token) < TOKEN_MIN_CHARS:
        problems.append(Problem(where, f"token: expected at least {TOKEN_MIN_CHARS} characters"))
    if urlsplit(settings.webhook_url).scheme not in ("http", "https") or not urlsplit(settings.webhook_url).hostname:
        problems.append(Problem(where, "webhook_url: expected http://... or https://..."))
    if problems:
        raise ConfigError(problems)
    return key
