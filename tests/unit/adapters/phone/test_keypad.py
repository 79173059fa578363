"""A caller's keys are taken as fast as anybody presses them, and no faster."""

from adapters.phone.keypad import BURST_COUNT, Keypad


def test_a_number_that_comes_at_once_is_taken_whole_and_a_flood_is_not() -> None:
    keypad = Keypad()
    taken = [keypad.takes(100.0) for _ in range(10_000)]
    assert (sum(taken), all(taken[:BURST_COUNT])) == (40, True)
    assert [keypad.takes(101.0) for _ in range(8)] == [True] * 5 + [False] * 3


def test_whoever_presses_keys_as_people_do_loses_none_of_them() -> None:
    keypad = Keypad()
    assert all(keypad.takes(place * 0.25) for place in range(1_000))
    assert all(keypad.takes(1_000 + place * 0.1) for place in range(60)), "a minute's number, in six seconds"
