"""A customer's mail as people know it, for the desk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.email.parsing import page
from adapters.email.quoting.splitting import split
from adapters.email.raws import Raws, pieces_of
from adapters.email.words import Mail
from gateway.core.channel import Opened
from gateway.core.errors import FetchFailed, NotFound, TooLarge
from gateway.core.ids import FileId
from gateway.core.parts import Arriving, Letter

SHOWN = ("from", "sender", "reply-to", "to", "cc", "date", "subject", "authentication-results", "list-id", "auto-submitted")
"""The headers that people are shown, in this order: who, to whom, when, what; and what explains the rest."""
VALUE_MAX_CHARS = 2_000


class Letters:
    """Opens the mails of one channel."""

    def __init__(self, raws: Raws) -> None:
        self._raws = raws

    async def open(self, letter: Letter, *, with_remote: bool) -> Opened:
        """All of it, its look included. Raises NotFound where the mail is gone."""
        raw, mail = await self._raws.opened(_file(letter))
        return await asyncio.to_thread(_opened, raw, mail, with_remote=with_remote)

    @asynccontextmanager
    async def enclosure(self, letter: Letter, place: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """What lies there. Raises NotFound, also for what is held back."""
        yield pieces_of(await self._raws.content(_file(letter), place))

    @asynccontextmanager
    async def fetch(self, part: Arriving) -> AsyncIterator[AsyncIterator[bytes]]:
        """What `Arriving.media` names. Raises FetchFailed."""
        file_id, _, place = part.media.rpartition("/")
        if not file_id or not (place.isascii() and place.isdecimal()) or len(place) > 6:
            raise FetchFailed("gone", "there is no such place in a mail")
        try:
            content = await self._raws.content(FileId(file_id), int(place))
        except (NotFound, TooLarge):
            raise FetchFailed("gone", "the mail, or what lay in it, is not there") from None
        except OSError as error:
            raise FetchFailed("unreachable", type(error).__name__) from None
        yield pieces_of(content)


def _file(letter: Letter) -> FileId:
    if letter.raw is None:
        raise NotFound("there is no mail to this message")
    return letter.raw.id


def _opened(raw: bytes, mail: Mail, *, with_remote: bool) -> Opened:
    said = split(mail.text)
    html, has_remote = page.sanitized(mail, raw, with_remote=with_remote)
    headers = [(name, value[:VALUE_MAX_CHARS]) for wanted in SHOWN for name, value in mail.headers if name == wanted]
    return Opened(
        headers=tuple(headers), text=said.reply, quoted=said.quoted, signature=said.signature, html=html, has_remote=has_remote,
        enclosed=mail.enclosed, trouble=mail.trouble,
    )  # fmt: skip
