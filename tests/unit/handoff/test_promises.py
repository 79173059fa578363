"""What somebody who wrote a mail is told, and how it waits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from config.email import Imap, Smtp
from config.schema import Email, Hours, Queue, Settings
from config.texts import load_texts
from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Decision, Kind
from gateway.core.draft import Draft
from gateway.core.handoff import Reason, Stage
from gateway.core.ids import ChannelName
from gateway.core.message import Author
from gateway.core.parts import Text, plain_text
from gateway.core.session import Move, Session, State
from gateway.core.texts import Texts
from handoff import moves
from handoff.entry import Situation, enter
from handoff.hours import Calendar
from handoff.outlooks import alike
from handoff.promises import Outlook, answered_by, received, reference
from tests.fakes import CountedIds
from tests.unit.handoff.people import DEFAULT, SITE, agent, entry, session

TEXTS = Texts(load_texts())
MONDAY_TEN = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
"""Ten o'clock in Shanghai."""
WORKDAYS = Calendar(Hours())
PERSON = Decision(kind=Kind.HANDOFF, language="zh-CN", reason=Reason.EXPLICIT_REQUEST, trigger="person")
MAILBOX = Email(address="support@example.com", imap=Imap(host="h", user="u"), smtp=Smtp(host="h"))
SETTINGS = Settings(channels={SITE: MAILBOX})


def outlook(**fields: Any) -> Outlook:
    given: dict[str, Any] = {"within_s": 14_400.0, "calendar": WORKDAYS} | fields
    return Outlook(**given)


def entered(around: Outlook, at: datetime = MONDAY_TEN, decision: Decision = PERSON, **fields: Any) -> Changes:
    mailer = structs.replace(session(language="zh-CN", seq=1, **fields), address=Address(AddressKind.EMAIL, "", "customer@example.net"))
    draft = Draft(mailer, now=at, ids=CountedIds(), is_pushed=True, is_joined=True, is_letter=True)
    situation = Situation(queue=DEFAULT, rules=Queue(), channel_type="email", is_staffed=False, calendar=around.calendar, outlook=around)
    enter(draft, "我要人工", decision, situation, TEXTS, SETTINGS)
    return draft.changes()


def now_of(changes: Changes) -> Session:
    assert changes.session is not None
    return changes.session


def words(changes: Changes) -> str:
    return plain_text(changes.messages[-1].parts)


def test_a_mail_is_told_that_it_has_come_and_until_when_a_person_answers() -> None:
    changes = entered(outlook())
    number = reference(now_of(changes).id)
    assert words(changes) == f"您的邮件已收到，编号 {number}。客服人员会在 11月2日（周一）14:00（北京时间）之前回复您。"
    assert [message.author for message in changes.messages] == [Author.SYSTEM]


def test_at_night_a_mail_is_told_when_people_are_back_and_waits_in_the_line_all_the_same() -> None:
    friday_night = datetime(2026, 11, 6, 13, 0, tzinfo=UTC)
    changes = entered(outlook(), friday_night)
    assert "下次服务从 11月9日（周一）09:00（北京时间）开始。客服人员会在 11月9日（周一）13:00" in words(changes)
    (handoff,) = changes.handoffs
    assert (handoff.stage, now_of(changes).state, changes.cases) == (Stage.QUEUED, State.QUEUED, ())


def test_what_was_promised_stands_in_the_session_the_line_the_packet_and_the_trace() -> None:
    changes = entered(outlook())
    due = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    (handoff,) = changes.handoffs
    assert (now_of(changes).due_at, handoff.due_at, handoff.told_until, handoff.packet.due_at) == (due, due, due, due)
    assert [(trace.what, trace.why["due_at"]) for trace in changes.traces] == [("promised", due.isoformat()), ("queued", due.isoformat())]


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        (outlook(recent_waits_s=(100.0,) * 5), "2026-11-02T06:00:00+00:00"),  # quicker than promised: the promise
        (outlook(recent_waits_s=(18_000.0,) * 5), "2026-11-02T07:00:00+00:00"),  # nine of ten wait five hours: so much
        (outlook(recent_waits_s=(36_000.0,) * 5), "2026-11-03T01:00:00+00:00"),  # ten hours end at night: when people are back
        (outlook(is_slow=True), None),
    ],
)
def test_what_is_said_is_never_better_than_what_is_measured(around: Outlook, expected: str | None) -> None:
    until = answered_by(around, datetime(2026, 11, 2, 6, 0, tzinfo=UTC), MONDAY_TEN)
    assert (until and until.astimezone(UTC).isoformat()) == expected


def test_where_mails_are_late_no_time_is_told_and_none_is_told_that_is_past() -> None:
    slow = entered(outlook(is_slow=True))
    assert words(slow).endswith("近期来信较多，回复会比平时慢一些。客服人员会尽快回复您。")
    assert slow.handoffs[0].told_until is None
    assert answered_by(outlook(), MONDAY_TEN - timedelta(hours=1), MONDAY_TEN) is None


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "A colleague will answer you by Monday, November 2, 14:00 (Beijing time)."),
        ("zh-TW", "客服人員會在 11月2日（週一）14:00（北京時間）之前回覆您。"),
    ],
)
def test_every_language_says_the_day_and_the_zone(language: str, told: str) -> None:
    assert received(TEXTS, language, session().id, outlook(), datetime(2026, 11, 2, 6, 0, tzinfo=UTC), MONDAY_TEN).endswith(told)


def test_who_is_always_open_says_hours() -> None:
    assert words(entered(outlook(calendar=None))).endswith("客服人员会在 4 小时内回复您。")


def test_whoever_may_be_a_program_is_told_nothing_and_is_in_the_line() -> None:
    changes = entered(outlook(), is_muted=True)
    assert (changes.messages, changes.outgoing, changes.handoffs[0].told_until) == ((), (), None)
    assert now_of(changes).state is State.QUEUED


def test_an_agents_mail_ends_the_silence_and_the_clock() -> None:
    started = now_of(entered(outlook(), is_muted=True))
    draft = _draft(structs.replace(started, is_late=True))
    moves.accept(draft, moves.offer(draft, entry("x"), agent("a").id, 30, (), {}), agent("a"), TEXTS)
    draft.move(Move.AGENT_SPOKE)
    draft.say(Author.AGENT, (Text("您好"),))
    now = draft.session
    assert (now.due_at, now.is_late, now.is_muted) == (None, False, False)
    assert [message.author for message in draft.messages] == [Author.AGENT], "no mail says that somebody has joined"


def test_a_mail_takes_nothing_of_an_agents_hands_while_its_customer_has_the_word() -> None:
    draft = _draft(session())
    taken = entry("x", stage=Stage.ACCEPTED)
    moves.has_spoken(draft, taken)
    (resting,) = draft.changes().handoffs
    moves.is_answered(again := _draft(session()), resting)
    assert (resting.units, again.changes().handoffs[0].units) == (0, 1)


def test_the_delay_is_told_once() -> None:
    draft = _draft(now_of(entered(outlook())))
    after = moves.tell_delay(draft, entry("x", told_until=MONDAY_TEN), TEXTS)
    assert after.told_until is None
    assert "需要的时间比之前告知的更长" in plain_text(draft.messages[0].parts)


def test_mails_and_chats_have_waiting_times_of_their_own() -> None:
    site, mail = ChannelName("site"), ChannelName("support")
    both = Settings(channels={site: Settings().channels["site"], mail: MAILBOX})
    assert (alike(both, mail), alike(both, site), alike(Settings(), site)) == (("support",), ("site",), None)


def _draft(of: Session) -> Draft:
    return Draft(of, now=MONDAY_TEN, ids=CountedIds(), is_pushed=True, is_joined=True, is_letter=True)
