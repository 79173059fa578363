"""Who gets a mail of ours."""

from collections.abc import Iterable

from adapters.email.words import Addressing, Mailbox
from adapters.email.writing.addresses import BadAddress, mailbox_of, spelled
from config.email import Email
from gateway.core.contact import AddressKind
from gateway.core.errors import Rejected
from gateway.core.message import Author, Outgoing
from gateway.core.parts import Letter

COPIES_MAX_COUNT = 20


def recipients(
    letter: Letter | None, outgoing: Outgoing, addressing: Addressing, settings: Email
) -> tuple[tuple[Mailbox, ...], tuple[Mailbox, ...]]:
    """Whom it is for, who gets a copy. What the desk's agent wrote must be right; what came in a mail is left out where it is not.

    A program answers who wrote, where they want it: one address, and none where nobody wrote. The bot's answer goes to a proven sender's
    copies too, as any answer; a receipt never does (RFC 3834, section 4), and a stranger can't have us write to all whom their mail names.
    """
    ours = {address.lower() for address in (settings.address, *settings.aliases)}
    is_program = outgoing.message.author is not Author.AGENT
    wanted = (_single(addressing) if is_program else addressing.to) if addressing.to else _of_thread(outgoing)
    seen: set[str] = set()
    to = _usable(wanted, ours, seen)
    if not to:
        raise Rejected("there is no address that an answer can go to", code="address" if wanted else "no_recipient")
    if letter is not None:
        return to, _usable(map(_written, letter.cc), ours, seen)
    is_copied = outgoing.message.author is Author.AGENT or (outgoing.message.author is Author.BOT and addressing.is_vouched)
    return to, _usable(addressing.cc, ours, seen) if is_copied else ()


def is_at_home(to: Iterable[Mailbox], copies: Iterable[Mailbox], addressing: Addressing) -> bool:
    """Only who wrote reads it, and it is known who that was."""
    return addressing.is_vouched and not tuple(copies) and is_home(to, addressing)


def is_home(to: Iterable[Mailbox], addressing: Addressing) -> bool:
    """It goes to the address that the mail says it comes from. Elsewhere a mail that nobody vouches for would speak to whom it likes."""
    home = {one.address for one in addressing.alone}
    return all(one.address in home for one in to)


def _single(addressing: Addressing) -> tuple[Mailbox, ...]:
    """Without a name that nobody is known to have; none where nobody wrote."""
    if not addressing.alone:
        return ()
    first = addressing.to[0]
    return (first if addressing.is_vouched else Mailbox("", first.address),)


def _of_thread(outgoing: Outgoing) -> tuple[Mailbox, ...]:
    return (Mailbox("", outgoing.to.value),) if outgoing.to.kind is AddressKind.EMAIL else ()


def _usable(people: Iterable[Mailbox], ours: set[str], seen: set[str]) -> tuple[Mailbox, ...]:
    """Those that can be sent to, each once, none of them ourselves."""
    usable = []
    for one in people:
        address = one.address.lower()
        if {address, _without_detail(address)} & ours or address in seen or not _is_sendable(one.address):
            continue
        seen.add(address)
        usable.append(one)
    return tuple(usable[:COPIES_MAX_COUNT])


def _without_detail(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _is_sendable(address: str) -> bool:
    try:
        return bool(spelled(address))
    except BadAddress:
        return False


def _written(copy: str) -> Mailbox:
    try:
        return mailbox_of(copy)
    except BadAddress:
        raise Rejected("one of the addresses for a copy can't be sent to", code="copy_address") from None
