"""Two programs do not answer each other for long: who writes too often gets people, and no automatic word."""

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.email.breaker import Breaker, Judged, counted_as
from adapters.email.marks import WRITER
from adapters.email.tokens import Tokens
from gateway.core.contact import Proof
from gateway.core.events import Inbound, Quiet, Remarked, Said
from tests.unit.adapters.mail_means import NAME, SECRET, SUPPORT, Mailroom, MemoryMarks, mail, settings_of

TOKENS = Tokens(SECRET, NAME, SUPPORT)


def quiets(events: Sequence[Inbound]) -> list[Quiet | None]:
    return [event.quiet for event in events if isinstance(event.event, Said)]


class Hour:
    """A breaker and its clock."""

    def __init__(self, per_hour: int = 3) -> None:
        self.now_s = 1_000_000.0
        self.marks = MemoryMarks()
        self.per_hour = per_hour

    async def judge(self, *mails: tuple[str, str], is_reply: bool = False) -> list[Judged]:
        breaker = Breaker(NAME, self.marks, per_hour=self.per_hour, now=lambda: datetime.fromtimestamp(self.now_s, UTC))
        return await breaker.judge([(address, key, is_reply) for address, key in mails])


async def test_beyond_the_hours_count_a_sender_is_over_and_told_of_once() -> None:
    hour = Hour()
    judged = await hour.judge(*(("a@example.net", str(number)) for number in range(5)), ("b@example.net", "9"))
    assert judged == [Judged(), Judged(), Judged(), Judged(True, True), Judged(True, False), Judged()]
    hour.now_s += 3_601
    assert await hour.judge(("a@example.net", "later")) == [Judged()]


async def test_five_replies_in_ten_minutes_are_enough_whatever_the_hour_allows() -> None:
    hour = Hour(per_hour=100)
    judged = await hour.judge(*(("a@example.net", str(number)) for number in range(7)), is_reply=True)
    assert [one.is_over for one in judged] == [False] * 5 + [True] * 2
    assert [one.is_over for one in await hour.judge(("a@example.net", "first"))] == [False]
    hour.now_s += 599
    assert [one.is_over for one in await hour.judge(("a@example.net", "x"), is_reply=True)] == [True]
    hour.now_s += 2
    assert [one.is_over for one in await hour.judge(("a@example.net", "y"), is_reply=True)] == [False]


async def test_a_mail_that_comes_again_is_judged_as_it_was_and_counts_once() -> None:
    hour = Hour()
    mails = [("a@example.net", str(number)) for number in range(5)]
    first = await hour.judge(*mails)
    hour.now_s += 10
    assert await hour.judge(*mails) == first
    assert hour.marks.writes == [(WRITER, 1)]


async def test_a_note_that_cannot_be_read_begins_anew() -> None:
    hour = Hour()
    await hour.marks.mark(NAME, WRITER, {"a@example.net": "{nonsense"}, datetime.fromtimestamp(0, UTC))
    assert await hour.judge(("a@example.net", "1")) == [Judged()]


async def test_a_flood_of_one_sender_keeps_its_note_small() -> None:
    hour = Hour(per_hour=100)
    await hour.judge(*(("a@example.net", str(number)) for number in range(2_000)))
    assert len(hour.marks.values(WRITER)["a@example.net"]) < 10_000
    assert await hour.judge(("a@example.net", "next")) == [Judged(True, False)]


async def test_people_get_what_is_over_the_limit_and_read_why_nothing_was_said() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com", auto_replies_per_hour=2))
    events = await room.take(*(mail(f"Again {number}", mid=f"{number}@example.net") for number in range(4)))
    assert quiets(events) == [None, None, Quiet.LIMITED, Quiet.LIMITED]
    told = [event for event in events if isinstance(event.event, Remarked)]
    assert [event.event for event in told] == [Remarked(what="mail_limited", who="customer@example.net")]
    assert told[0].thread == events[2].thread
    room.channel = room.opened()
    assert quiets(await room.take(mail("And again", mid="5@example.net"))) == [Quiet.LIMITED]
    room.later(hours=1, seconds=1)
    assert quiets(await room.take(mail("The day after", mid="6@example.net"))) == [None]


async def test_what_a_program_wrote_does_not_count_against_a_person() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com", auto_replies_per_hour=1))
    away = mail("I am away.", mid="away@example.net", Auto_Submitted="auto-replied")
    assert quiets(await room.take(away, mail())) == [Quiet.AUTOMATIC, None]


async def test_an_address_that_people_may_vary_at_will_is_one() -> None:
    for one, same in (
        ("A+1@example.net", "a@example.net"),
        ("j.doe+x@googlemail.com", "jdoe@gmail.com"),
        ("a.b@example.net", "a.b@example.net"),
    ):
        assert counted_as(one) == same
    room = Mailroom(settings_of(authserv_id="mx.example.com", auto_replies_per_hour=2))
    events = await room.take(*(mail("Bomb", sender=f"v+{number}@example.net", mid=f"{number}@example.net") for number in range(3)))
    assert quiets(events) == [None, None, Quiet.LIMITED]


async def test_a_program_that_answers_under_ever_new_names_gets_two_words_at_most() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com"))
    (event,) = await room.take(mail())
    heard = []
    for number in range(4):
        answer = TOKENS.message_id(f"out{number}", event.thread)
        event = (await room.take(mail("Noted.", sender=f"robot{number}@example.org", mid=f"r{number}@example.org", References=answer)))[0]
        heard.append(event.quiet)
    assert heard == [None, Quiet.LIMITED, Quiet.LIMITED, Quiet.LIMITED]


async def test_strangers_on_one_thread_are_counted_together() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com"))
    (event,) = await room.take(mail())
    answer = TOKENS.message_id("out1", event.thread)
    mails = [mail("Noted.", sender=f"robot{number}@example.org", mid=f"r{number}@example.org", References=answer) for number in range(7)]
    events = await room.take(*mails)
    assert quiets(events) == [None] * 5 + [Quiet.LIMITED] * 2
    assert [one.event.who for one in events if isinstance(one.event, Remarked)] == [f"robot{number}@example.org" for number in range(5)]


async def test_what_its_domain_says_is_forged_gets_no_automatic_word() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com"))
    events = await room.take(mail(proof="fail"), mail(proof="none", mid="two@example.net"))
    assert [(event.quiet, event.proof) for event in events] == [(Quiet.LIMITED, Proof.NONE), (None, Proof.NONE)]


async def test_many_names_that_want_one_address_answered_are_counted_together() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com", auto_replies_per_hour=2))
    mails = [mail("x", sender=f"a{number}@evil{number}.example", mid=f"{number}@e", Reply_To="v+1@example.org") for number in range(4)]
    assert quiets(await room.take(*mails)) == [None, None, Quiet.LIMITED, Quiet.LIMITED]
