"""Keys as tones in the sound: what a receiver has to take by ITU-T Q.24, through A-law, and what it has to leave."""

import numpy as np
import pytest

from adapters.phone.sip.tone_keys import ToneKeys
from tests.peers.sip_sound import from_alaw, to_alaw

ALL = "123A456B789C*0#D"
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)


def tones(keys: str, *, ms: int = 40, pause_ms: int = 40, low_db: float = -12.0, high_db: float = -12.0, tune: float = 1.0) -> np.ndarray:
    """Of full scale."""
    at, parts = np.arange(ms * 8) / 8_000, []
    for key in keys:
        row, column = divmod(ALL.index(key), 4)
        deep = 10 ** (low_db / 20) * np.sin(2 * np.pi * LOW[row] * tune * at)
        shrill = 10 ** (high_db / 20) * np.sin(2 * np.pi * HIGH[column] * tune * at + 1.0)
        parts += [32_767 * (deep + shrill), np.zeros(pause_ms * 8)]
    return np.concatenate(parts)


def heard(sound: np.ndarray, *, cut: int = 160, before: int = 0) -> str:
    """In packets, through A-law."""
    pcm = np.clip(np.concatenate((np.zeros(before), sound, np.zeros(800))), -32_768, 32_767).astype("<i2").tobytes()
    line, coded = ToneKeys(), from_alaw(to_alaw(pcm))
    return "".join(line.feed(coded[start : start + 2 * cut]) for start in range(0, len(coded), 2 * cut))


@pytest.mark.parametrize("before", range(0, 51, 7))
def test_the_shortest_keys_are_heard_once_each_wherever_they_begin(before: int) -> None:
    assert heard(tones(ALL + "1155"), before=before) == ALL + "1155"


@pytest.mark.parametrize(
    ("low_db", "high_db", "tune"),
    [
        (-9, -9, 1.0),
        (-34, -34, 1.0),
        (-20, -16, 1.0),
        (-12, -20, 1.0),
        (-20, -16, 1.015),
        (-12, -20, 0.985),
        (-15, -15, 0.985),
        (-15, -15, 1.015),
    ],
)
def test_loud_faint_twisted_and_out_of_tune_keys_are_heard(low_db: float, high_db: float, tune: float) -> None:
    assert heard(tones(ALL, ms=50, low_db=low_db, high_db=high_db, tune=tune)) == ALL


def test_keys_are_heard_over_noise_and_in_packets_of_any_size() -> None:
    sound = tones(ALL, ms=60)
    noise = np.random.default_rng(1).normal(0, 32_767 * 10 ** (-27 / 20), len(sound))
    assert heard(sound + noise) == ALL
    assert {heard(sound, cut=cut) for cut in (40, 80, 237, 480)} == {ALL}


def test_a_long_key_is_one_and_a_gap_of_ten_milliseconds_is_none() -> None:
    long = tones("5", ms=1_000)
    long[4_000:4_080] = 0
    assert heard(long) == "5"


def test_what_is_shorter_than_a_key_or_but_one_tone_is_none() -> None:
    assert heard(tones(ALL, ms=20)) == ""
    assert heard(tones(ALL, ms=200, low_db=-60)) == ""
    assert heard(tones(ALL, ms=200, high_db=-60)) == ""
    assert heard(np.random.default_rng(2).normal(0, 6_000, 80_000)) == ""


def test_a_key_told_in_another_way_within_a_second_is_the_same_one() -> None:
    line = ToneKeys()
    line.feed(tones("5").astype("<i2").tobytes())
    assert (line.has_just_told("5"), line.has_just_told("6")) == (True, False)
    line.feed(bytes(17_000))
    assert not line.has_just_told("5")
