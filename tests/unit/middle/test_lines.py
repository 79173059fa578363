"""Slow channels have lines of their own; a line whose peer is away rests."""

from gateway.core.ids import ChannelName
from gateway.lines import Line, Lines
from tests.peers.mail_channel import MailChannel
from tests.peers.push_channel import PushChannel

MAIL, PUSH = ChannelName("mail"), ChannelName("push")


def test_a_channel_that_asks_for_places_has_a_line_of_its_own() -> None:
    lines = Lines({PUSH: PushChannel(), MAIL: MailChannel(at_once_count=2)}, 32)
    assert [(line.only, tuple(line.but), line.free(0)) for line in lines.all] == [(None, (MAIL,), 32), (MAIL, (), 2)]
    assert (lines.has_own(MAIL), lines.has_own(PUSH)) == (True, False)
    assert lines.of(PUSH) is lines.of(ChannelName("gone from the settings")) is lines.all[0]


def test_a_place_is_free_again_when_its_message_is_done_with() -> None:
    line = Line(2)
    line.take(2, 0)
    assert line.free(0) == 0
    line.give_back()
    assert line.free(0) == 1


def test_a_line_rests_longer_and_longer_and_one_looks_whether_the_peer_is_back() -> None:
    line, now_s, rests = Line(4, only=MAIL), 0.0, list[float]()
    for _ in range(9):
        rests.append(line.rest(now_s))
        assert line.free(now_s + rests[-1] - 1) == 0
        now_s += rests[-1]
        assert line.free(now_s) == 1
    assert rests == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    line.wake()
    assert line.free(now_s) == 4
    assert line.rest(now_s) == 5


def test_a_longer_rest_that_the_peer_names_is_kept() -> None:
    line = Line(4, only=MAIL)
    assert line.rest(0, 3600) == 3600
    assert line.rest(3600, 1) == 10


def test_those_that_failed_together_rest_together() -> None:
    line = Line(3, only=MAIL)
    line.take(3, 0)
    assert [line.rest(0), line.rest(1), line.rest(4)] == [5, 4, 1]
    for _ in range(3):
        line.give_back()
    assert (line.free(4.5), line.free(5)) == (0, 1)


def test_a_line_of_its_own_in_which_nothing_was_found_is_not_asked_at_every_signal() -> None:
    line, shared = Line(2, only=MAIL), Line(32)
    for one in (line, shared):
        one.take(0, 10.0)
    assert (line.is_due(10.1), line.is_due(10.3), shared.is_due(10.0)) == (False, True, True)
    line.take(1, 10.3)
    assert line.is_due(10.3)
    line.take(0, 10.3)
    line.give_back()
    assert line.is_due(10.3), "the next of its thread may go"


def test_what_was_signalled_too_soon_is_looked_at_as_soon_as_it_may_be() -> None:
    lines = Lines({MAIL: MailChannel(at_once_count=2)}, 32)
    line = lines.of(MAIL)
    line.take(0, 10.0)
    assert lines.due_in(10.05) is None, "nobody has signalled"
    assert not line.is_due(10.05)
    waits = lines.due_in(10.05)
    assert waits is not None
    assert round(waits, 3) == 0.15
    assert line.is_due(10.2)
    line.take(0, 10.2)
    assert lines.due_in(10.21) is None
