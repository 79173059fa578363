"""What an operator sets is what happens: settings that nothing else would miss."""

import asyncio

import msgspec
import pytest

from adapters.email.imap.listener import Listener
from adapters.email.smtp.sender import Refused, Sender
from adapters.email.token_server import _url
from adapters.email.words import Addressing, Composed
from config.email import OAuth
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Said
from gateway.core.parts import Letter, Text
from tests.contract.channel_kit import outgoing_of
from tests.unit.adapters.mail_means import Mailroom, mail, settings_of
from tests.unit.adapters.mail_signed import Dns, record, signed

TO = Address(AddressKind.EMAIL, "", "customer@example.net")


async def test_mail_from_our_other_addresses_is_never_answered_and_they_get_no_copies() -> None:
    room = Mailroom()
    own, answered = await room.take(
        mail(sender="Colleague <hello@example.com>"),
        mail("Hello?", mid="two@example.net", Cc="hello@example.com, Hello+tag@Example.com, other@example.net"),
    )
    assert isinstance(own.event, Said)
    assert isinstance(own.event.parts[0], Letter)
    assert own.event.parts[0].automatic == "own"
    assert [one.address for one in msgspec.json.decode(answered.addressing, type=Addressing).cc] == ["other@example.net"]


@pytest.mark.parametrize(("checks", "proof"), [(True, "dmarc"), (False, "none")])
async def test_signatures_are_checked_where_that_is_wanted(checks: bool, proof: str) -> None:
    names = {"s1._domainkey.example.net": [record()], "_dmarc.example.net": [b"v=DMARC1; p=reject"]}
    room = Mailroom(settings_of(check_dkim=checks), dns=Dns(names))
    (event,) = await room.take(signed())
    assert event.proof is not None
    assert event.proof.value == proof
    assert bool(room.dns.asked) is checks


@pytest.mark.parametrize(("sent", "copied"), [("", []), ("Sent Messages", ["Sent Messages"])])
async def test_a_copy_of_what_is_sent_lies_where_that_is_wanted(sent: str, copied: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    mails: list[bytes] = []
    copies: list[tuple[str, bytes]] = []

    async def send(self: Sender, mail: Composed) -> Refused:
        mails.append(mail.raw)
        return Refused()

    async def append(self: Listener, mailbox: str, raw: bytes) -> bool:
        copies.append((mailbox, raw))
        return True

    monkeypatch.setattr(Sender, "send", send)
    monkeypatch.setattr(Listener, "append", append)
    room = Mailroom(settings_of(sent=sent))
    await room.channel.send(Text("Hello"), outgoing_of(Text("Hello"), TO))
    await asyncio.sleep(0)
    assert copies == [(mailbox, mails[0]) for mailbox in copied]


def test_tokens_are_asked_for_where_the_provider_gives_them() -> None:
    assert _url(OAuth(provider="google")) == "https://oauth2.googleapis.com/token"
    assert _url(OAuth(provider="microsoft", tenant="a/b")) == "https://login.microsoftonline.com/a%2Fb/oauth2/v2.0/token"
    assert _url(OAuth(provider="microsoft", token_url="https://tokens.example.com")) == "https://tokens.example.com"
