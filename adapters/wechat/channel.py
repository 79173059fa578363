"""The `wechat` channel: pushes of an Official Account in; answers on the line, or by the customer-service API, out."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

from adapters.shared.wechat.calls import Api, Calls, TokenSource
from adapters.shared.wechat.codes import NO_API, Refusal, as_send_error
from adapters.shared.wechat.envelope import Envelope, Mode, Opened
from adapters.shared.wechat.fields import word
from adapters.shared.wechat.pushes import Notebook, Pushes
from adapters.shared.wechat.tokens import Fetch
from adapters.wechat.diagnosis import Diagnosis
from adapters.wechat.media import Downloads, Uploads
from adapters.wechat.menus import Menus
from adapters.wechat.reading import Heard, heard, sender_of
from adapters.wechat.replies import Line, read_line, text_reply
from adapters.wechat.rules import MEDIA, MENU_MAX_COUNT, SCENE_MAX_CHARS, SCENE_MAX_S, SCENE_PREFIX, TEXT_MAX_BYTES, grant
from adapters.wechat.sending import Sender
from config.wechat import WeChat
from gateway.core.channel import Capabilities, Grade, Parsed, Raw, Reach, Reply, Verdict, event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Rejected, SendError, Shut
from gateway.core.events import Inbound
from gateway.core.files import Files
from gateway.core.ids import ChannelName, Thread
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Arriving, Notice, Part, Text
from gateway.core.ports import Shelf
from gateway.rendering import Link

log = logging.getLogger(__name__)

SUCCESS = Reply(body=b"success")
LATE_MAX = timedelta(minutes=10)
"""A deed is taken to have been done when the platform says, if that is no longer ago than this."""


class WeChatChannel:
    """One Official Account."""

    def __init__(
        self,
        name: ChannelName,
        settings: WeChat,
        *,
        files: Files,
        link: Link,
        calls: Calls,
        tokens: TokenSource,
        fetch: Fetch,
        shelf: Shelf,
        notebook: Notebook,
        greeting: str,
        now_s: Callable[[], float],
    ) -> None:
        """`fetch` asks for an access token, so that `examine` can hear the platform's own no; `greeting` is said to who follows."""
        self._name = name
        self._settings = settings
        self._greeting = greeting
        self._calls = calls
        self._envelope = Envelope(
            token=settings.token, app_id=settings.app_id, aes_key=settings.aes_key, weakest=Mode(settings.mode)
        )  # fmt: skip
        api = Api(calls, tokens)
        uploads = Uploads(settings.app_id, api, files, shelf)
        self._api = api
        self._menus = Menus(name, settings.app_id, notebook, are_on=settings.menus and settings.customer_service)
        self._capabilities = {has_menus: _capabilities(settings, has_menus=has_menus) for has_menus in (False, True)}
        self._sender = Sender(api, uploads, self._menus, link=link, templates=settings.templates)
        self._downloads = Downloads(api, calls, base=settings.api_base, max_bytes=settings.media_max_bytes)
        self._pushes = Pushes(f"wechat/{name}/pushes", notebook, now_s)
        self._diagnosis = Diagnosis(name, settings, fetch=fetch, api=api, menus=self._menus, pushes=self._pushes, now_s=now_s)

    def __repr__(self) -> str:
        return f"WeChatChannel({self._name!r})"

    @property
    def name(self) -> ChannelName:
        return self._name

    @property
    def type(self) -> str:
        return "wechat"

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities[self._menus.are_on]

    # ---- in --------------------------------------------------------------------------------------------------------------------

    def parse(self, raw: Raw) -> Parsed:
        """The event in a push, or the answer to the check of our address."""
        if raw.method == "GET":
            return Parsed(reply=Reply(body=self._envelope.echo(raw).encode()))
        opened = self._envelope.open(raw)
        openid, account = sender_of(opened.fields)
        found = heard(opened.fields, self._settings.menu)
        line = Line(account, is_json=opened.is_json, is_encrypted=opened.is_encrypted)
        inbound = self._inbound(found, opened, openid, line, raw.received_at_ms)
        return Parsed(events=(inbound,) if inbound else (), reply=self._greeted(openid, line, opened) if found.greets else SUCCESS)

    def in_place(self, parts: Sequence[Part], inbound: Inbound, at: datetime) -> tuple[Reply, int] | None:
        """A text as the response to its push. A menu, a file and a template go by `send`."""
        line = read_line(inbound.line)
        first = parts[0] if parts else None
        if line is None or not isinstance(first, Text) or len(first.text.encode()) > TEXT_MAX_BYTES:
            return None
        reply = text_reply(
            first.text, openid=inbound.thread, line=line, at_s=int(at.timestamp()), salt=inbound.key, envelope=self._envelope
        )  # fmt: skip
        return reply, 1

    def _inbound(self, found: Heard, opened: Opened, openid: str, line: Line, received_at_ms: int) -> Inbound | None:
        if found.event is None:
            return None
        at = datetime.fromtimestamp(received_at_ms / 1000, UTC)
        is_waiting = found.waits and (self._settings.passive_s > 0 or not self._settings.customer_service)
        return Inbound(
            channel=self._name, thread=Thread(openid), key=event_key(self._name, f"{self._settings.app_id}:{openid}:{found.key}"),
            sender=Address(AddressKind.OPENID, self._settings.app_id, openid), at=at, event=found.event, line=line.text(),
            grant=grant(found.deed, _done_at(word(opened.fields, "CreateTime"), at)) if found.deed else None,
            answer_by=at + timedelta(seconds=self._settings.passive_s) if is_waiting else None,
        )  # fmt: skip

    def _greeted(self, openid: str, line: Line, opened: Opened) -> Reply:
        """The greeting on the line, made of the push alone: a repeat gets the very same."""
        stamp = word(opened.fields, "CreateTime")
        at_s = int(stamp) if stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 else 0
        return text_reply(self._greeting, openid=openid, line=line, at_s=at_s, salt=openid, envelope=self._envelope)

    # ---- out -------------------------------------------------------------------------------------------------------------------

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Hand one part to the customer-service API, a Notice to the one for templates."""
        if not self._settings.customer_service and not isinstance(part, Notice):
            raise Shut("the account may not call the customer-service API", code=NO_API)
        return await self._sender.send(part, outgoing.to.value, f"{outgoing.id}_{outgoing.parts_sent}")

    async def show_typing(self, outgoing_to: str, *, is_on: bool) -> None:
        """Best effort: 45080 (no word of the customer's for 30 s) and 45081 (shown already) are as good as anything."""
        if not self._settings.customer_service:
            return
        command = "Typing" if is_on else "CancelTyping"
        try:
            await self._api.post("/cgi-bin/message/custom/typing", {"touser": outgoing_to, "command": command})
        except Refusal as refusal:
            log.debug("the typing sign was not taken", extra={"channel": self._name, "code": refusal.code})
        except SendError as error:
            log.debug("the typing sign could not be sent", extra={"channel": self._name, "reason": error.reason})

    def fetch(self, part: Arriving) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The content of what a customer has sent; the platform keeps it three days."""
        return self._downloads.open(part.media)

    async def scene_qr(self, code: str, ttl_s: float) -> str:
        """What a QR code must hold so that scanning it says `code`, for this long. Raises Rejected, TryLater or Uncertain."""
        scene = SCENE_PREFIX + code
        if len(scene) > SCENE_MAX_CHARS:
            raise Rejected(f"a scene has at most {SCENE_MAX_CHARS} characters", code="scene_too_long")
        body = {
            "expire_seconds": round(min(max(ttl_s, 60), SCENE_MAX_S)), "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }  # fmt: skip
        try:
            url = (await self._api.post("/cgi-bin/qrcode/create", body)).get("url")
        except Refusal as refusal:
            error = as_send_error(refusal)
            raise (Rejected(error.reason, code=error.code) if isinstance(error, Shut) else error) from None
        if not isinstance(url, str) or not url:
            raise Rejected("the platform named no address for the code", code="no_url")
        return url

    # ---- care ------------------------------------------------------------------------------------------------------------------

    async def note_push(self, refusal: str) -> None:
        """How a call of the platform's ended."""
        await self._pushes.note(refusal)

    async def examine(self) -> Verdict:
        """What is wrong with the account's set-up, or that it works."""
        return await self._diagnosis.made()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._calls.close()


def _capabilities(settings: WeChat, *, has_menus: bool) -> Capabilities:
    is_native = settings.customer_service
    return Capabilities(
        reach=Reach.PUSHED, text_max_bytes=TEXT_MAX_BYTES, choices_max_count=MENU_MAX_COUNT,
        choices=Grade.NATIVE if has_menus else Grade.DEGRADED,
        files=Grade.NATIVE if is_native else Grade.DEGRADED,
        file_max_bytes=max(media.max_bytes for media in MEDIA.values()) if is_native else 0,
        file_types=tuple(MEDIA), typing=is_native, is_counted=True, reserve_count=settings.reserve,
        notices=bool(settings.templates),
    )  # fmt: skip


def _done_at(stamp: str, received_at: datetime) -> datetime:
    """When the customer did it, by the platform's own word if that makes sense: what it allows is counted from then."""
    if not (stamp.isascii() and stamp.isdecimal()) or len(stamp) > 11:
        return received_at
    said = datetime.fromtimestamp(int(stamp), UTC)
    return said if timedelta() <= received_at - said <= LATE_MAX else received_at
