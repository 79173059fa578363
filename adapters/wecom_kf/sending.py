"""One part of a message as a call of WeCom's API. Says what became of it by `gateway.core.errors`."""

import asyncio
import logging
from contextlib import suppress

from adapters.shared.wechat.codes import Doing, Refusal
from adapters.wecom_kf import rules
from adapters.wecom_kf.api import KfApi
from adapters.wecom_kf.bodies import CAPTION, Body, body_of, media_body, media_type, msgid_of, text_body
from adapters.wecom_kf.codes import ALIASES, STATE_CODE, meaning_of, was_taken_before
from adapters.wecom_kf.items import Welcome, parties
from gateway.core.errors import FrontdeskError, NotFound, Rejected, SendError, Shut, TryLater, Uncertain
from gateway.core.files import Files
from gateway.core.ids import derived
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import File, FileRef, Part
from gateway.core.ports import Shelf

log = logging.getLogger(__name__)

UPLOADING_COUNT = 2
"""Files in memory at the same time: each may have 20 MB."""
NAME_MAX_CHARS = 100
_MEDIA_GONE = 40007


class Sender:
    """Hands parts to the customers of one company."""

    def __init__(self, corp_id: str, api: KfApi, *, files: Files, shelf: Shelf) -> None:
        self._corp_id = corp_id
        self._api = api
        self._files = files
        self._shelf = shelf
        self._uploading = asyncio.Semaphore(UPLOADING_COUNT)

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Hand over one part. Raises Rejected, Shut, TryLater or Uncertain."""
        kfid, customer = parties(outgoing.thread)
        if not kfid or not customer:
            raise Rejected("the conversation is none of 微信客服", code="thread")
        msgid = msgid_of(outgoing)
        try:
            return Receipt(channel_message_id=await self._sent(kfid, customer, msgid, part))
        except Refusal as refusal:
            if refusal.code == STATE_CODE:
                raise await self._state_error(kfid, customer) from None
            raise as_send_error(refusal) from None

    async def welcome(self, kfid: str, customer: str, welcome: Welcome, words: str) -> None:
        """Greet, once. Never raises anything but cancellation: a greeting is a courtesy."""
        try:
            await self._api.welcome(welcome.code, derived("welcome", kfid, customer, welcome.code), text_body(words))
        except Refusal as refusal:
            log.info("a greeting was not taken", extra={"open_kfid": kfid, "why": f"{meaning_of(refusal).words} ({refusal.code})"})
        except SendError as error:
            log.info("a greeting did not go out", extra={"open_kfid": kfid, "why": error.reason})

    async def _sent(self, kfid: str, customer: str, msgid: str, part: Part) -> str:
        if not isinstance(part, File):
            return await self._once(kfid, customer, msgid, body_of(part))
        taken = await self._shown(kfid, customer, msgid, part.file)
        if part.caption.strip():  # behind the file; where this fails, the file is known by its msgid when all of it is tried again
            await self._once(kfid, customer, msgid + CAPTION, text_body(part.caption))
        return taken

    async def _shown(self, kfid: str, customer: str, msgid: str, file: FileRef) -> str:
        kind = media_type(file)
        try:
            return await self._once(kfid, customer, msgid, await self._lent(file, kind))
        except Refusal as refusal:
            if refusal.code != _MEDIA_GONE:
                raise
        with suppress(FrontdeskError, OSError):
            await self._shelf.drop(self._shelved(file, kind))
        return await self._once(kfid, customer, msgid, await self._lent(file, kind))

    async def _once(self, kfid: str, customer: str, msgid: str, body: Body) -> str:
        """The id of a message that WeCom has taken, now or before."""
        try:
            return await self._api.send(kfid, customer, msgid, body)
        except Refusal as refusal:
            if not was_taken_before(refusal):
                raise
        return msgid

    async def _state_error(self, kfid: str, customer: str) -> SendError:
        """Why the conversation's state forbids to write: a colleague has it in WeCom, or it is over."""
        try:
            state, who = await self._api.state(kfid, customer)
            if state == rules.STATE_NEW:
                await self._api.take_over(kfid, customer)
        except Refusal as refusal:
            return as_send_error(refusal)
        except Uncertain as error:  # only asked: nothing was sent
            return TryLater(error.reason, code=error.code)
        except SendError as error:
            return error
        return _in_state(state, who)

    # ---- files -----------------------------------------------------------------------------------------------------------------

    async def _lent(self, file: FileRef, kind: str) -> Body:
        """A file as WeCom knows it: uploaded now, or some hours ago."""
        name = self._shelved(file, kind)
        with suppress(FrontdeskError, OSError):  # a shelf that is away costs an upload
            if known := await self._shelf.get(name):
                return media_body(kind, known)
        async with self._uploading:
            media_id = await self._api.upload(kind, await self._content(file), name=_plain(file.name), mime=file.mime)
        with suppress(FrontdeskError, OSError):
            await self._shelf.put(name, media_id, rules.MEDIA_S)
        return media_body(kind, media_id)

    async def _content(self, file: FileRef) -> bytes:
        try:
            content = b"".join([piece async for piece in self._files.read(file)])
        except NotFound:
            raise Rejected("the file is gone", code="gone") from None
        if len(content) < rules.FILE_LEAST_BYTES:
            raise Rejected(f"WeCom takes no files of less than {rules.FILE_LEAST_BYTES} bytes", code="too_small")
        return content

    def _shelved(self, file: FileRef, kind: str) -> str:
        return f"media/{self._corp_id}/{kind}/{file.sha256}/{file.name}"


def _plain(name: str) -> str:
    """A file's name that can stand in the header of a form."""
    return "".join(sign for sign in name if sign.isprintable() and sign not in '"\\')[:NAME_MAX_CHARS] or "file"


def as_send_error(refusal: Refusal) -> SendError:
    """What a refusal means for the message that was handed over."""
    meaning, code = meaning_of(refusal), ALIASES.get(refusal.code, str(refusal.code))
    match meaning.doing:
        case Doing.SHUT:
            return Shut(f"{meaning.words} ({code})", code=meaning.shut)
        case Doing.WAIT | Doing.MEND | Doing.RENEW:
            return TryLater(meaning.words, code=code, retry_after_s=meaning.wait_s)
        case Doing.GIVE_UP:
            return Rejected(meaning.words, code=code)


def _in_state(state: int, who: str) -> SendError:
    match state:
        case rules.STATE_QUEUED:
            return Rejected(
                "the conversation waits for a colleague in WeCom (待接入池): it can be answered there alone", code="queued_there"
            )
        case rules.STATE_SERVED:
            name = f" ({who})" if who else ""
            return Rejected(f"a colleague{name} has the conversation in WeCom: it can be answered there alone", code="served_there")
        case rules.STATE_ENDED:
            return Shut("the conversation is closed in WeCom until the customer writes again (95018)", code="out_of_window")
        case _:
            return TryLater("the conversation has just changed hands in WeCom", code=str(STATE_CODE), retry_after_s=1.0)
