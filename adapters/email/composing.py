"""A message of ours as a mail. Pure: the same message gives the same bytes, so that a repeat is one."""

from collections.abc import Mapping, Sequence

from adapters.email.tokens import Tokens
from adapters.email.words import Addressing, Composed
from config.email import Email
from gateway.core.ids import FileId
from gateway.core.message import FileRef, Outgoing, Part
from gateway.core.texts import Texts
from gateway.rendering import Link, no_link

MAIL_MAX_BYTES = 25_000_000
"""Of a whole mail as it goes out: what most servers take."""


def carried(parts: Sequence[Part], max_bytes: int = MAIL_MAX_BYTES) -> tuple[FileRef, ...]:
    """The files that the mail will hold, in order, as far as they fit: what `compose` wants the content of. Others go as links."""
    raise NotImplementedError


def compose(
    parts: Sequence[Part],
    outgoing: Outgoing,
    addressing: Addressing,
    *,
    settings: Email,
    tokens: Tokens,
    texts: Texts,
    company: str,
    contents: Mapping[FileId, bytes],
    link: Link = no_link,
    language: str = "",
) -> Composed:
    """The mail for the parts of a `Together`, or for a single part.

    `contents` are those of `carried(parts)`. `language`: of our words around what is said; "": guessed from what is said. Raises Rejected
    with a code of `email.code.*`: no_recipient, address, too_large, gone.
    """
    raise NotImplementedError
