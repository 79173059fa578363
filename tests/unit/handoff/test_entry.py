"""From the bot to people: a place in the queue, or a case where nobody is there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from config.schema import Hours, Queue, Settings
from config.texts import load_texts
from config.wechat import WeChat
from gateway.core.changes import Changes
from gateway.core.contact import Contact
from gateway.core.decision import Candidate, Decision, Kind
from gateway.core.draft import Draft
from gateway.core.handoff import Failure, Reason, Stage, Urgency
from gateway.core.ids import ContactId, EntryId, MessageId, QueueName
from gateway.core.message import Author, Message
from gateway.core.parts import Text, plain_text
from gateway.core.session import BotMemory, Session, State
from gateway.core.texts import Texts
from handoff import packets
from handoff.cases import take_contact
from handoff.entry import Situation, enter, queue_for
from handoff.hours import Calendar
from tests.fakes import START, CountedIds
from tests.unit.handoff.people import DEFAULT, entry, session

TEXTS = Texts(load_texts())
SETTINGS = Settings()
NIGHTS_OFF = Calendar(Hours(timezone="Asia/Shanghai"))
LOW = Decision(
    kind=Kind.HANDOFF, language="en", reason=Reason.REPEATED_MISS, trigger="two misses", confidence=0.41, category="payment",
    candidates=(Candidate(EntryId("refund-time"), 0.41, "How long does a refund take?"),), memory=BotMemory(misses=2),
)  # fmt: skip


def situation(**fields: Any) -> Situation:
    given: dict[str, Any] = {"queue": DEFAULT, "rules": Queue(), "channel_type": "webchat"} | fields
    return Situation(**given)


def said(seq: int, author: Author, text: str, **fields: Any) -> Message:
    return Message(
        id=MessageId(str(seq)), session_id=session().id, seq=seq, author=author, at=START, parts=(Text(text),),
        **fields,
    )  # fmt: skip


def entered(around: Situation, decision: Decision = LOW, wish: str = "where is my money", **fields: Any) -> Changes:
    given: dict[str, Any] = {"seq": 3, "language": "en", "memory": decision.memory} | fields
    draft = Draft(session(**given), now=START, ids=CountedIds(), is_pushed=False)
    draft.answering(3, {"decision": "handoff", "reason": "repeated_miss"})
    enter(draft, wish, decision, around, TEXTS, SETTINGS)
    return draft.changes()


def now_of(changes: Changes) -> Session:
    assert changes.session is not None
    return changes.session


def test_the_session_the_entry_its_packet_and_the_words_are_one_transaction() -> None:
    changes = entered(situation())
    (handoff,) = changes.handoffs
    assert now_of(changes).state is State.QUEUED
    assert now_of(changes).handoff_id == handoff.id
    assert (handoff.stage, handoff.version, handoff.queue, handoff.reason) == (Stage.QUEUED, 1, "default", Reason.REPEATED_MISS)
    assert handoff.packet.wish == "where is my money"
    assert [trace.what for trace in changes.traces] == ["queued"]
    assert changes.traces[0].why["trigger"] == "two misses"


def test_the_customer_hears_that_a_person_is_coming_and_the_place_in_the_line() -> None:
    (message,) = entered(situation(waiting=(entry("a", waited_s=9), entry("b", waited_s=5)))).messages
    assert plain_text(message.parts) == "I am passing you to a colleague. You are number 3 in line."
    assert (message.author, message.reply_to) == (Author.SYSTEM, 3)


@pytest.mark.parametrize("is_staffed", [True, False])
def test_words_of_care_are_said_first_whoever_is_there(is_staffed: bool) -> None:
    changes = entered(situation(is_staffed=is_staffed), structs.replace(LOW, lead="You are not alone.", text="A colleague will help."))
    said = plain_text(changes.messages[0].parts).splitlines()
    assert said[0] == "You are not alone."
    assert ("A colleague will help." in said) is is_staffed


def test_the_packet_says_why_the_bot_decided_as_it_did() -> None:
    (handoff,) = entered(situation(), structs.replace(LOW, detail={"guard": "negation", "segments": [["x", "refund-time", 0.41]]})).handoffs
    assert handoff.packet.bot_turns[-1].why == {"guard": "negation", "segments": [["x", "refund-time", 0.41]]}


@pytest.mark.parametrize(("can_send", "is_told"), [(False, True), (True, False)])
def test_who_is_answered_only_when_they_write_is_told_to_write_again(can_send: bool, is_told: bool) -> None:
    oa = WeChat(app_id="wx1", app_secret="s", token="token", mode="plain", customer_service=can_send)
    draft = Draft(session(language="zh-CN"), now=START, ids=CountedIds(), is_pushed=True, is_joined=True)
    enter(draft, "转人工", LOW, situation(), TEXTS, Settings(channels={session().channel: oa}))
    assert ("请稍后发送任意内容查看" in plain_text(draft.messages[0].parts)) is is_told


@pytest.mark.parametrize(("can_send", "promise"), [(True, "客服会在这里回复您"), (False, "请留下邮箱或手机号")])
def test_a_case_is_promised_an_answer_in_the_chat_only_where_agents_can_write_there(can_send: bool, promise: str) -> None:
    oa = WeChat(app_id="wx1", app_secret="s", token="token", mode="plain", customer_service=can_send)
    draft = Draft(session(language="zh-CN"), now=START, ids=CountedIds(), is_pushed=True, is_joined=True)
    enter(draft, "转人工", LOW, situation(is_staffed=False), TEXTS, Settings(channels={session().channel: oa}))
    assert promise in plain_text(draft.messages[0].parts)


def test_a_waiting_time_is_said_only_with_enough_recent_waits() -> None:
    (message,) = entered(situation(recent_waits_s=(100.0, 110.0, 120.0, 200.0, 400.0))).messages
    assert plain_text(message.parts).endswith("It usually takes about 2 minutes, and in nine of ten cases no more than 7 minutes.")
    (silent,) = entered(situation(recent_waits_s=(100.0, 110.0, 120.0, 200.0))).messages
    assert plain_text(silent.parts).endswith("You are number 1 in line.")


def test_urgency_vips_and_the_queue_give_a_head_start_in_minutes() -> None:
    vip = Contact(id=ContactId("c"), created_at=START, is_vip=True)
    around = situation(contact=vip, rules=Queue(priority=5))
    (handoff,) = entered(around, structs.replace(LOW, urgency=Urgency.HIGH)).handoffs
    assert handoff.priority == 35.0


def test_out_of_hours_it_says_when_it_opens_and_opens_a_case_at_once() -> None:
    sunday = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    draft = Draft(session(seq=3, language="en"), now=sunday, ids=CountedIds(), is_pushed=False)
    enter(draft, "where is my money", LOW, situation(calendar=NIGHTS_OFF), TEXTS, SETTINGS)
    changes = draft.changes()
    (message,), (case,), (handoff,) = changes.messages, changes.cases, changes.handoffs
    assert plain_text(message.parts).startswith(
        "I am sorry, our team is not there at the moment. We are back on Monday, 11/2, at 09:00 (Beijing time)."
    )
    assert case.number in plain_text(message.parts)
    assert (case.subject, case.packet.wish, case.version) == ("where is my money", "where is my money", 1)
    assert (handoff.stage, handoff.failure, handoff.ended_at) == (Stage.FAILED, Failure.CLOSED_HOURS, sunday)
    assert now_of(changes).state is State.BOT
    assert now_of(changes).memory.awaits_contact


def test_at_half_past_seven_it_opens_today() -> None:
    draft = Draft(session(language="zh-CN"), now=datetime(2026, 11, 1, 23, 30, tzinfo=UTC), ids=CountedIds(), is_pushed=False)
    enter(draft, "转人工", LOW, situation(calendar=NIGHTS_OFF), TEXTS, SETTINGS)
    assert "下次服务从今天 09:00（北京时间）开始" in plain_text(draft.messages[0].parts)


def test_with_nobody_there_the_bot_keeps_the_session_and_asks_where_to_answer() -> None:
    changes = entered(situation(is_staffed=False))
    (handoff,), (message,) = changes.handoffs, changes.messages
    assert (handoff.stage, handoff.failure) == (Stage.FAILED, Failure.NO_AGENT)
    assert (message.author, message.reply_to) == (Author.BOT, 3)
    assert "Please leave an email address or a phone number" in plain_text(message.parts)
    assert [trace.what for trace in changes.traces] == ["failed"]


def test_after_a_case_the_bot_does_not_hand_off_again_at_once() -> None:
    assert now_of(entered(situation(is_staffed=False))).memory == BotMemory(awaits_contact=True)


def test_a_second_wish_for_a_person_does_not_open_a_second_case() -> None:
    (case,) = entered(situation(is_staffed=False)).cases
    again = entered(situation(is_staffed=False, open_case=case))
    assert again.cases == ()
    assert case.number in plain_text(again.messages[0].parts)
    assert again.handoffs[0].packet.open_cases == (case.id,)


def test_a_known_address_is_not_asked_for_again() -> None:
    known = Contact(id=ContactId("c"), created_at=START, email="wang@example.com")
    changes = entered(situation(is_staffed=False, contact=known))
    assert changes.cases[0].email == "wang@example.com"
    assert not now_of(changes).memory.awaits_contact
    assert "wang@example.com" not in plain_text(changes.messages[0].parts)


def test_the_packet_tells_every_turn_of_the_bot_with_its_confidence() -> None:
    recorded = (
        said(1, Author.CUSTOMER, "hello"),
        said(2, Author.BOT, "Hi", reply_to=1, why={"decision": "chitchat", "confidence": 1.0, "candidates": []}),
        said(3, Author.CUSTOMER, "where is my money"),
    )
    packet = entered(situation(messages=recorded)).handoffs[0].packet
    assert [(turn.seq, turn.question, turn.decision, turn.confidence) for turn in packet.bot_turns] == [
        (2, "hello", "chitchat", 1.0),
        (3, "where is my money", "handoff", 0.41),
    ]
    assert packet.bot_turns[1].title == "How long does a refund take?"
    assert packet.category == "payment"


def test_the_summary_tells_the_question_and_not_only_the_wish_for_a_person() -> None:
    recorded = (said(1, Author.CUSTOMER, "I was charged twice"), said(3, Author.CUSTOMER, "a person please"))
    asked = structs.replace(LOW, reason=Reason.EXPLICIT_REQUEST)
    packet = entered(situation(messages=recorded), asked, wish="a person please").handoffs[0].packet
    assert "I was charged twice" in packet.summary
    assert packet.wish == "a person please"


@pytest.mark.parametrize("wish", ["word " * 500, "退款" * 500, "a" * 4000, "很 long 的 text " * 200])
def test_the_summary_stays_within_eighty_words(wish: str) -> None:
    summary = entered(situation(), wish=wish).handoffs[0].packet.summary
    assert packets.count_words(summary) <= 80
    assert summary.endswith("。")


def test_a_queue_that_the_bot_names_comes_before_the_channels_own() -> None:
    settings = Settings(queues={"default": Queue(), "refunds": Queue()})
    assert queue_for(settings, session(), QueueName("refunds")) == "refunds"
    assert queue_for(settings, session(), QueueName("unknown")) == "default"


def test_contact_details_go_into_the_case_and_are_confirmed_with_its_number() -> None:
    (case,) = entered(situation(is_staffed=False)).cases
    draft = Draft(session(language="en", memory=BotMemory(awaits_contact=True)), now=START, ids=CountedIds(), is_pushed=False)
    assert take_contact(draft, case, "it's wang@example.com", TEXTS, "Bot")
    changes = draft.changes()
    assert (changes.cases[0].email, changes.cases[0].version) == ("wang@example.com", 2)
    assert plain_text(changes.messages[0].parts) == f"Thank you. Case {case.number}: we will get back to you at wang@example.com."
    assert not now_of(changes).memory.awaits_contact


def test_another_question_is_not_taken_for_contact_details() -> None:
    (case,) = entered(situation(is_staffed=False)).cases
    draft = Draft(session(memory=BotMemory(awaits_contact=True)), now=START, ids=CountedIds(), is_pushed=False)
    assert not take_contact(draft, case, "how long does a refund take", TEXTS, "Bot")
    assert draft.messages == []
    assert draft.session.memory.awaits_contact


def test_a_late_reader_is_told_the_day_in_chinese() -> None:
    friday_night = datetime(2026, 11, 6, 12, 0, tzinfo=UTC) + timedelta(hours=1)
    draft = Draft(session(language="zh-TW"), now=friday_night, ids=CountedIds(), is_pushed=False)
    enter(draft, "真人", LOW, situation(calendar=NIGHTS_OFF), TEXTS, SETTINGS)
    assert "11月9日（週一）09:00" in plain_text(draft.messages[0].parts)
