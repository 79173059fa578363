"""A caller presses the key for a link: it is written where they are proven to read, and they hear so."""

from pathlib import Path

from gateway.core.changes import Changes
from gateway.core.channel import Capabilities, Reach
from gateway.core.contact import Address, AddressKind, Identity, Proof, contact_of
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.ids import ChannelName, EntryId, SessionId
from gateway.core.parts import plain_text
from tests.integration.calls_house import NUMBER
from tests.integration.phone_house import phone_house
from tests.peers.phone_line import ScriptedEar
from tests.peers.push_channel import PushChannel
from tests.unit.adapters import written_mail

MAIL = ChannelName("mail")
EMAIL = Address(AddressKind.EMAIL, "", "customer@example.net")


class Pages:
    """A brain whose every answer is a page."""

    is_quick = True

    async def decide(self, ask: Ask) -> Decision:
        text = "See [the guide](https://help.example.net/refunds)."
        return Decision(kind=Kind.ANSWER, language="en", text=text, entry=EntryId("e1"), confidence=1.0, memory=ask.memory)


async def test_a_caller_gets_a_link_by_email_and_hears_so(tmp_path: Path) -> None:
    mailbox = PushChannel(name="mail")
    mailbox.capabilities = Capabilities(reach=Reach.PUSHED, text_max_bytes=100_000, is_whole=True, letters=True)
    async with phone_house(
        tmp_path, ear=ScriptedEar(), brain=Pages(), trust_caller_id=True, beside={MAIL: (written_mail.SETTINGS, mailbox)}
    ) as world:
        store, now = world.house.store, world.house.clock.now()
        contact = contact_of(Address(AddressKind.PHONE, "", NUMBER))
        theirs = [
            Identity(address=address, contact_id=contact, verified_by=proof, at=now)
            for address, proof in ((Address(AddressKind.PHONE, "", NUMBER), Proof.CHANNEL), (EMAIL, Proof.CODE))
        ]
        assert await store.commit([Changes(identities=(one,)) for one in theirs]) == [None, None]
        caller = world.line.rings()
        await world.hears(caller, "For English, press two")
        caller.presses("2")
        await world.hears(caller, "Tell me in a few words")
        caller.says("refund")
        await world.hears(caller, "To get the link by email, press five")
        caller.presses("5")
        await world.hears(caller, "I have sent it to you by email")
        assert "https" not in " ".join(caller.heard)
        (mail,) = await store.earlier_sessions([EMAIL], SessionId(""), 10)
        (row,) = await store.outgoing_of(mail.channel, mail.thread, 10)
        assert row.outgoing.to == EMAIL
        assert "https://help.example.net/refunds" in plain_text(row.outgoing.message.parts)
