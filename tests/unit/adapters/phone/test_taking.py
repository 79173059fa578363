"""A message after the tone."""

from adapters.phone.audio import BYTES_PER_S, duration_ms
from adapters.phone.taking import Taking, is_loud, tone

SPEECH = tone()
SILENCE = bytes(BYTES_PER_S // 2)


def test_the_tone_is_heard_and_short() -> None:
    assert duration_ms(SPEECH) == 300
    assert is_loud(SPEECH)
    assert not is_loud(SILENCE)
    assert not is_loud(b"")


def test_a_message_ends_behind_a_long_silence_which_is_no_part_of_it() -> None:
    taking = Taking(60)
    assert not taking.hear(SPEECH)
    assert [taking.hear(SILENCE) for _ in range(12)] == [False] * 11 + [True]
    assert duration_ms(taking.message) == 800


def test_who_says_nothing_leaves_nothing() -> None:
    taking = Taking(60)
    assert [taking.hear(SILENCE) for _ in range(20)].index(True) == 19
    assert taking.message == b""


def test_a_message_is_never_longer_than_allowed() -> None:
    taking = Taking(1)
    assert [taking.hear(SPEECH) for _ in range(4)] == [False, False, False, True]
    assert duration_ms(taking.message) == 1_000
