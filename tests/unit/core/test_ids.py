"""Ids: their form, their order, and those that a replay makes again."""

from gateway.core.ids import ChannelName, RandomIds, Thread, session_id, ulid


def test_ulid_of_the_specification() -> None:
    assert ulid(1469918176385, bytes(10)) == "01ARYZ6S410000000000000000"


def test_later_ids_sort_behind_earlier_ones() -> None:
    assert ulid(1, b"\xff" * 10) < ulid(2, bytes(10))


def test_random_ids_are_all_different() -> None:
    ids = RandomIds(lambda: 1_793_611_800_000)
    assert len({ids.new() for _ in range(10_000)}) == 10_000


def test_a_replay_makes_the_same_session_id() -> None:
    one, two = (session_id(ChannelName("site"), Thread("v"), episode) for episode in (1, 2))
    assert one == session_id(ChannelName("site"), Thread("v"), 1)
    assert one != two
    assert len(one) == 26


def test_parts_do_not_run_into_one_another() -> None:
    assert session_id(ChannelName("a"), Thread("bc"), 1) != session_id(ChannelName("ab"), Thread("c"), 1)
