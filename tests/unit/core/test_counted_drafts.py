"""What is said on a channel that counts messages: one turn is one message."""

from datetime import timedelta

from gateway.core.draft import Draft
from gateway.core.ids import AgentId
from gateway.core.message import Author, Status
from gateway.core.parts import Text
from gateway.core.session import Move
from tests.fakes import START, CountedIds
from tests.unit.core.test_session import fresh_session, words


def draft(*, is_counted: bool = True, answer_in_s: float | None = None) -> Draft:
    answer_by = None if answer_in_s is None else START + timedelta(seconds=answer_in_s)
    return Draft(fresh_session(), now=START, ids=CountedIds(), is_pushed=True, is_joined=is_counted, answer_by=answer_by)


def test_what_bot_and_system_say_in_one_turn_goes_out_as_one_message() -> None:
    made = draft()
    first = made.say(Author.BOT, (Text("Here you are."),))
    made.move(Move.HAND_OFF)
    made.say(Author.SYSTEM, (Text("A person is coming."), Text("Please wait.")))
    changes = made.changes()
    (row,) = changes.outgoing
    assert str(row.id) == str(first.id)
    assert row.message.parts == (Text("Here you are."), Text("A person is coming."), Text("Please wait."))
    assert (row.message.seq, row.also, row.epoch) == (1, (2,), 2)
    assert [message.parts for message in changes.messages] == [
        (Text("Here you are."),),
        (Text("A person is coming."), Text("Please wait.")),
    ]


def test_an_agents_message_is_a_row_of_its_own_and_keeps_its_place() -> None:
    made = draft()
    made.say(Author.SYSTEM, (Text("one"),))
    made.say(Author.AGENT, (Text("two"),), agent_id=AgentId("a7"))
    made.say(Author.AGENT, (Text("three"),), agent_id=AgentId("a7"))
    made.say(Author.SYSTEM, (Text("four"),))
    made.say(Author.BOT, (Text("five"),))
    assert [(row.message.seq, row.also) for row in made.changes().outgoing] == [(1, ()), (2, ()), (3, ()), (4, (5,))]


def test_where_nobody_counts_each_message_is_a_row() -> None:
    made = draft(is_counted=False)
    for text in ("one", "two"):
        made.say(Author.BOT, (Text(text),))
    assert [(str(row.id) == str(row.message.id), row.also) for row in made.changes().outgoing] == [(True, ()), (True, ())]


def test_what_answers_a_waiting_peer_is_left_to_whoever_is_on_the_line() -> None:
    made = draft(answer_in_s=1.5)
    made.say(Author.BOT, (Text("one"),))
    assert made.changes().outgoing[0].due_at == START + timedelta(seconds=2)


def test_what_comes_after_the_peer_has_gone_is_sent_at_once() -> None:
    made = draft(answer_in_s=0)
    made.say(Author.BOT, (Text("one"),))
    assert made.changes().outgoing[0].due_at is None


def test_a_remark_is_read_by_people_and_sent_to_nobody() -> None:
    made = draft()
    made.hear(words("hello"), (Text("hello"),))
    remark = made.remark((Text("The customer has left."),))
    changes = made.changes()
    assert (remark.author, remark.seq, remark.status) == (Author.SYSTEM, 2, Status.SENT)
    assert changes.outgoing == ()
    assert changes.session is not None
    assert (changes.session.seq, changes.session.last_answer_at) == (2, None)
