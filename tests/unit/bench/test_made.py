"""What is made for the benchmarks is the same every time, and what it is said to be."""

from collections import defaultdict
from itertools import pairwise

from bench.backlog import events
from bench.deciding import asked_of, knowledge
from bench.picking import CAPACITY, NOW, a_line
from gateway.core.events import Said
from gateway.core.parts import Text
from handoff.picking import pick


def test_a_knowledge_base_has_as_many_questions_as_asked_for_and_is_the_same_again() -> None:
    entries = knowledge(200)
    assert sum(len(entry.questions) for entry in entries) == 200
    assert entries == knowledge(200)
    assert entries != knowledge(200, seed=1)


def test_what_is_asked_is_not_what_is_stored() -> None:
    entries = knowledge(200)
    stored = {question for entry in entries for question in entry.questions}
    asked = asked_of(entries, 40)
    assert len(asked) == 40
    assert not stored & set(asked)
    assert asked == asked_of(entries, 40)


def test_a_backlog_has_every_event_once_and_no_visitor_repeats_themself() -> None:
    said = defaultdict(list)
    keys = set()
    for event in events(3_500):
        assert isinstance(event.event, Said)
        (part,) = event.event.parts
        assert isinstance(part, Text)
        said[event.thread].append(part.text)
        keys.add(event.key)
    assert len(keys) == 3_500
    assert len(said) == 1_000
    assert all(first != second for texts in said.values() for first, second in pairwise(texts))


def test_a_line_is_the_same_again_and_everybody_free_fills_all_hands() -> None:
    line, staff = a_line(400, 10, 4)
    assert (line, staff) == a_line(400, 10, 4)
    assert len(pick(line, staff, {}, NOW).offers) == 10 * CAPACITY
