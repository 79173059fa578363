"""The `wecom_kf` channel: callbacks of 微信客服 wake a listener, which fetches what customers said; answers go out by WeCom's API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager

import msgspec

from adapters.shared.wechat.envelope import Envelope, Mode, stamp_of
from adapters.shared.wechat.fields import Fields, word
from adapters.shared.wechat.pushes import Pushes
from adapters.wecom_kf import rules
from adapters.wecom_kf.api import KfApi
from adapters.wecom_kf.diagnosis import Diagnosis
from adapters.wecom_kf.downloads import Downloads
from adapters.wecom_kf.items import is_id
from adapters.wecom_kf.listener import Listener, News
from adapters.wecom_kf.sending import Sender
from config.wechat import WeComKf
from gateway.core.channel import Accept, Capabilities, Grade, Parsed, Raw, Reach, Reply, Verdict
from gateway.core.errors import BadInput
from gateway.core.ids import ChannelName
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Arriving, Part

EVENT = "kf_msg_or_event"
TOKEN_MAX_CHARS = 1_000
"""Of a callback's Token; the platform says 128 bytes."""
SUCCESS = Reply(body=b"success")


class WeComKfChannel:
    """微信客服 of one company: all of its customer-service accounts, or those of the configuration."""

    def __init__(
        self, name: ChannelName, settings: WeComKf, *, api: KfApi, listener: Listener, sender: Sender, downloads: Downloads,
        pushes: Pushes, diagnosis: Diagnosis,
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._capabilities = Capabilities(
            reach=Reach.PUSHED, text_max_bytes=rules.TEXT_MAX_BYTES, choices_max_count=rules.MENU_MAX_COUNT,
            choices=Grade.NATIVE if settings.menus else Grade.DEGRADED, files=Grade.NATIVE, file_max_bytes=rules.FILE_MAX_BYTES,
            locations=Grade.NATIVE, is_idempotent=True, is_counted=True, reserve_count=settings.reserve,
        )  # fmt: skip
        self._api = api
        self._listener = listener
        self._sender = sender
        self._downloads = downloads
        self._pushes = pushes
        self._diagnosis = diagnosis
        self._envelope = Envelope(
            token=settings.token, app_id=settings.corp_id, aes_key=settings.aes_key, weakest=Mode.SAFE, signs_address=False
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"WeComKfChannel({self._name!r})"

    @property
    def name(self) -> ChannelName:
        return self._name

    @property
    def type(self) -> str:
        return "wecom_kf"

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    # ---- in --------------------------------------------------------------------------------------------------------------------

    def parse(self, raw: Raw) -> Parsed:
        """The answer to the check of our address; or of a callback, that there is something to fetch: it never holds it."""
        if raw.method == "GET":
            return Parsed(reply=Reply(body=self._envelope.sealed_echo(raw).encode()))
        fields = self._envelope.open(raw).fields
        if word(fields, "Event") != EVENT:
            return Parsed(reply=SUCCESS)  # other events of WeCom may be sent to the same address
        return Parsed(reply=SUCCESS, news=self._news(fields, stamp_of(raw.query)))

    def _news(self, fields: Fields, at_s: int) -> str:
        open_kfid, token = word(fields, "OpenKfId"), word(fields, "Token")
        if open_kfid and self._settings.open_kfids and open_kfid not in self._settings.open_kfids:
            return ""
        if (open_kfid and not is_id(open_kfid)) or len(token) > TOKEN_MAX_CHARS:
            raise BadInput("bad_push", "a callback with an OpenKfId and its Token")
        return msgspec.json.encode(News(open_kfid, token, at_s)).decode()

    async def wake(self, news: str) -> None:
        """Tell the listener, in whichever process it runs."""
        await self._listener.wake(msgspec.json.decode(news, type=News))

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many items were not taken, by why."""
        return self._listener.counts

    async def listen(self, accept: Accept) -> None:
        """Until cancelled. Any number of processes may; one at a time does."""
        await self._listener.run(accept)

    def fetch(self, part: Arriving) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The content of what a customer has sent; WeCom keeps it three days."""
        return self._downloads.open(part.media)

    # ---- out -------------------------------------------------------------------------------------------------------------------

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Hand one part to WeCom, under an id of ours: it takes each once."""
        return await self._sender.send(part, outgoing)

    # ---- care ------------------------------------------------------------------------------------------------------------------

    async def note_push(self, refusal: str) -> None:
        """How a callback ended."""
        await self._pushes.note(refusal)

    async def examine(self) -> Verdict:
        """What is wrong with the set-up, or that it works."""
        return await self._diagnosis.made()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()
