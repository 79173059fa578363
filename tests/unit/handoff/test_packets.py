"""What agents read before they take over."""

from typing import Any

from msgspec import structs

from config.texts import load_texts
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Decision, Kind
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import ContactId, EntryId, MessageId
from gateway.core.message import Author, Message
from gateway.core.parts import Text
from gateway.core.texts import Texts
from handoff.packets import Background, bare, build
from tests.fakes import START
from tests.unit.handoff.people import session


def customer(seq: int, text: str) -> Message:
    return Message(id=MessageId(f"c{seq}"), session_id=session().id, seq=seq, author=Author.CUSTOMER, at=START, parts=(Text(text),))


def bot(seq: int, reply_to: int, **why: Any) -> Message:
    return Message(
        id=MessageId(f"b{seq}"), session_id=session().id, seq=seq, author=Author.BOT, at=START, parts=(Text("..."),), reply_to=reply_to,
        why=why,
    )  # fmt: skip


def test_the_summary_tells_the_question_and_not_the_number_that_the_bot_asked_for() -> None:
    messages = [
        customer(1, "退款多久到账"), bot(2, 1, decision="answer", entry="refund"),
        customer(3, "我的订单到哪了"), bot(4, 3, decision="clarify", entry="where", slot="order"),
        customer(5, "12"), bot(6, 5, decision="clarify", entry="where", slot="order", asked="order"),
        customer(7, "A1234567"),
    ]  # fmt: skip
    failed = Decision(
        kind=Kind.HANDOFF, language="zh-CN", reason=Reason.LOOKUP_FAILED, entry=EntryId("where"), confidence=1.0, detail={"asked": "order"}
    )
    background = Background(channel_type="webchat", urgency=Urgency.NORMAL)
    packet = build(session(seq=7), messages, "A1234567", failed, background, Texts(load_texts()), "zh-CN")
    assert packet.summary.startswith("客户诉求：我的订单到哪了 ")


def test_an_address_that_the_bot_asked_for_is_no_wish() -> None:
    messages = [
        customer(1, "退款多久到账"), bot(2, 1, decision="answer", entry="refund"),
        customer(3, "customer@example.net"), bot(4, 3, decision="contact"),
        customer(5, "转人工"),
    ]  # fmt: skip
    asked = Decision(kind=Kind.HANDOFF, language="zh-CN", reason=Reason.EXPLICIT_REQUEST)
    packet = build(session(seq=5), messages, "转人工", asked, Background(channel_type="webchat"), Texts(load_texts()), "zh-CN")
    assert packet.summary.startswith("客户诉求：退款多久到账 ")
    assert [turn.question for turn in packet.bot_turns] == ["退款多久到账", "转人工"]
    assert bare(session(seq=5), "webchat", messages[:4], Reason.TRANSFER, "").wish == "退款多久到账"


def test_a_first_mail_that_goes_to_people_at_once_is_as_proven_as_its_sender() -> None:
    first = structs.replace(session(seq=1), address=Address(AddressKind.EMAIL, "", "customer@example.net"), contact_id=ContactId("C1"))
    unproven = structs.replace(first, contact_id=None, is_doubtful=True)
    proofs = [bare(one, "email", [], Reason.TRANSFER, "").customer["identities"][0]["verified_by"] for one in (first, unproven)]
    assert proofs == ["dmarc", "none"]


def test_an_id_that_the_channel_vouches_for_is_no_hearsay() -> None:
    follower = structs.replace(session(seq=1), address=Address(AddressKind.OPENID, "wx1", "oUser"))
    proofs = [bare(one, "wechat", [], Reason.TRANSFER, "").customer["identities"][0]["verified_by"] for one in (follower, session(seq=1))]
    assert proofs == ["channel", "none"]
