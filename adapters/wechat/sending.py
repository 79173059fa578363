"""One part of a message as a call of the customer-service API. Says what became of it by `gateway.core.errors`."""

from collections.abc import Sequence
from typing import Any

from adapters.shared.wechat.calls import Answer, Api
from adapters.shared.wechat.codes import CODES, NO_API, UNKNOWN, Doing, Refusal, as_send_error
from adapters.shared.wechat.fields import clean
from adapters.wechat.media import Uploads
from adapters.wechat.menus import Menus
from adapters.wechat.rules import MEDIA, MENU_MAX_COUNT, TEXT_MAX_BYTES
from config.wechat import NoticeTemplate
from gateway.core.errors import Rejected, SendError, Uncertain
from gateway.core.message import Receipt
from gateway.core.parts import Arriving, Choices, File, Location, Notice, Part, Pick, Text, plain_text
from gateway.rendering import Link
from gateway.rendering.splitting import split

SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
_MENU_REFUSED = frozenset({40200, 40008})
"""40200 in accounts that may not send menus; 40008 where a kind of message is not known at all."""
_OF_WHOM = frozenset({40003})


class Sender:
    """Hands parts to one account's customers."""

    def __init__(self, api: Api, uploads: Uploads, menus: Menus, *, link: Link, templates: dict[str, NoticeTemplate]) -> None:
        self._api = api
        self._uploads = uploads
        self._menus = menus
        self._link = link
        self._templates = templates

    async def send(self, part: Part, openid: str, key: str) -> Receipt:
        """Hand over one part; `key` makes a repeat recognizable where the platform knows how.

        Raises Rejected, Shut, TryLater or Uncertain.
        """
        try:
            return await self._send(part, openid, key)
        except Refusal as refusal:
            error = as_send_error(refusal)
            if isinstance(part, Notice) and error.code == NO_API:  # no word of the customer's changes that
                raise Rejected(error.reason, code=error.code) from None
            raise error from None

    async def _send(self, part: Part, openid: str, key: str) -> Receipt:
        match part:
            case Text(text=text):
                await self._say(text, openid)
            case Choices():
                await self._offer(part, openid)
            case File():
                await self._show(part, openid)
            case Notice():
                return await self._notify(part, openid, key)
            case Location() | Pick() | Arriving():
                await self._say(plain_text((part,)), openid)
        return Receipt()

    async def _say(self, text: str, openid: str) -> None:
        await self._call(openid, "text", {"content": clean(text)})

    async def _offer(self, part: Choices, openid: str) -> None:
        """A menu to tap, or numbers where the platform does not take it. An account that may not send menus at all is asked once."""
        if _fits(part) and await self._menus.may_be_sent():
            try:
                return await self._call(openid, "msgmenu", _menu(part))
            except Refusal as refusal:
                if not _is_about_content(refusal):
                    raise
                if refusal.code in _MENU_REFUSED:
                    await self._menus.refused()
        return await self._say_all(split(numbered(part), TEXT_MAX_BYTES), openid)

    async def _show(self, part: File, openid: str) -> None:
        """A file as itself, where the platform takes its like; else where it can be fetched."""
        media = MEDIA.get(part.file.mime)
        if media is None or part.file.size_bytes > media.max_bytes or not await self._shown(part, openid):
            return await self._say(self._described(part), openid)
        if part.caption.strip():
            await self._say_all(split(part.caption, TEXT_MAX_BYTES), openid, is_begun=True)
        return None

    async def _shown(self, part: File, openid: str) -> bool:
        """Whether the platform took it; an id that it has forgotten is replaced once."""
        media = MEDIA[part.file.mime]
        for is_last in (False, True):
            try:
                media_id = await self._uploads.media_id(part.file, media)
                await self._call(openid, media.kind, {"media_id": media_id})
            except Refusal as refusal:
                if refusal.code == 40007 and not is_last:
                    await self._uploads.forget(part.file, media)
                    continue
                if not _is_about_content(refusal):
                    raise
                return False
            return True
        return False

    async def _say_all(self, texts: Sequence[str], openid: str, *, is_begun: bool = False) -> None:
        """Texts that belong to one part, as nearly always one is. Behind what went out already nothing may be repeated."""
        for text in texts:
            try:
                await self._say(text, openid)
            except Refusal as refusal:
                if not is_begun:
                    raise
                raise Uncertain("the beginning went out, the rest did not", code=str(refusal.code)) from None
            except SendError as error:
                if not is_begun:
                    raise
                raise Uncertain("the beginning went out, the rest did not", code=error.code) from None
            is_begun = True

    async def _notify(self, part: Notice, openid: str, key: str) -> Receipt:
        """A template message; one with the same `client_msg_id` is not sent twice within ten minutes."""
        template = self._templates.get(part.template)
        if template is None:
            raise Rejected(f"there is no template {part.template!r} in the configuration", code="no_template")
        body: dict[str, Any] = {
            "touser": openid, "template_id": template.id, "client_msg_id": key,
            "data": {name: {"value": clean(value)} for name, value in part.values.items()},
        }  # fmt: skip
        answer = await self._api.post(TEMPLATE, {**body, "url": template.url} if template.url else body)
        told = answer.get("msgid")
        return Receipt(channel_message_id=str(told) if told else None)

    async def _call(self, openid: str, kind: str, content: dict[str, Any]) -> None:
        _: Answer = await self._api.post(SEND, {"touser": openid, "msgtype": kind, kind: content})

    def _described(self, part: File) -> str:
        return "\n".join(line for line in (part.caption, part.file.name, self._link(part.file)) if line)


def _is_about_content(refusal: Refusal) -> bool:
    """Whether the same might be said in another form: what was refused is what was sent, not the customer, the time or the account."""
    return CODES.get(refusal.code, UNKNOWN).doing is Doing.GIVE_UP and refusal.code not in _OF_WHOM


def numbered(part: Choices) -> str:
    """Choices as numbered lines."""
    lines = (f"{number}. {option.text}" for number, option in enumerate(part.options, 1))
    return "\n".join(line for line in (part.text, *lines, part.hint) if line)


def _fits(part: Choices) -> bool:
    """Whether a menu is short enough (45002)."""
    words = [part.text, *(option.text for option in part.options)]
    return (
        len("\n".join(words).encode()) <= TEXT_MAX_BYTES and len(part.options) <= MENU_MAX_COUNT and all(one.strip() for one in words[1:])
    )


def _menu(part: Choices) -> dict[str, Any]:
    options = [{"id": option.id, "content": clean(option.text)} for option in part.options]
    return {"head_content": clean(part.text), "list": options, "tail_content": ""}
