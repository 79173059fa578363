"""What callers hear while they wait, and the tones that say "listen": made here, so that nobody needs a licence for them."""

import logging
from functools import lru_cache
from pathlib import Path

import numpy as np

from adapters.phone.audio import RATE_HZ, Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import Samples, framed, recorded, to_pcm
from adapters.phone.speech.wav import read_wav

log = logging.getLogger(__name__)

BAR_S = 2.4
LEVEL = 0.11
MUSIC_MAX_S = 600.0
_CHORDS = (
    (60, 64, 67, 71), (57, 60, 64, 67), (53, 57, 60, 64), (55, 59, 62, 69),
    (60, 64, 67, 74), (52, 55, 59, 64), (53, 57, 60, 67), (55, 60, 62, 67),
)  # fmt: skip
"""C major 7 and its neighbours, broken upwards and down: calm, and a telephone carries all of it."""
_ORDER = (0, 1, 2, 3, 2, 1, 2, 3)


def hold_music(path: str = "") -> Pcm:
    """What is played in a loop: the operator's .wav, else ours. Reads and computes: not on the loop. Raises SpeechFailed, OSError."""
    if not path:
        return _ours()
    samples, rate_hz = read_wav(Path(path).read_bytes())
    pcm = recorded(samples[: int(MUSIC_MAX_S * rate_hz)], rate_hz)
    if not pcm:
        raise SpeechFailed("expected music, got an empty file", code="unable")
    return pcm


def waiting_music(path: str = "") -> Pcm:
    """The same for callers, who hear something in any case: ours where the operator's can't be played."""
    try:
        return hold_music(path)
    except (SpeechFailed, OSError) as error:
        log.warning("the waiting music can't be played, ours is taken", extra={"why": type(error).__name__})
        return hold_music()


@lru_cache(maxsize=1)  # 300 KB, the same for all
def _ours() -> Pcm:
    """Twenty seconds of a soft, plucked instrument that end where they begin."""
    whole = int(BAR_S * len(_CHORDS) * RATE_HZ)
    heard = np.zeros(whole, dtype=np.float64)
    step_s = BAR_S / len(_ORDER)
    for bar, chord in enumerate(_CHORDS):
        _add(heard, _note(chord[0] - 12, 2.2) * 0.8, bar * BAR_S)
        for at, index in enumerate(_ORDER):
            _add(heard, _note(chord[index], 1.6) * (0.55 if at % 4 else 0.7), bar * BAR_S + at * step_s)
    return framed(to_pcm((heard / np.abs(heard).max() * 2.5 * LEVEL).astype(np.float32)))


@lru_cache(maxsize=1)
def attention() -> Pcm:
    """Two soft tones: somebody is there, though nobody can speak."""
    heard = np.zeros(int(0.9 * RATE_HZ), dtype=np.float64)
    _add(heard, _note(72, 0.4), 0.0)
    _add(heard, _note(67, 0.5), 0.35)
    return framed(to_pcm((heard / np.abs(heard).max() * 0.3).astype(np.float32)))


def _note(key: int, seconds: float) -> Samples:
    """One plucked string: a few overtones, each of which dies the sooner the higher it is."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hertz = 440.0 * 2 ** ((key - 69) / 12)
    heard = np.zeros(len(at))
    for overtone, strength in ((1, 1.0), (2, 0.35), (3, 0.15), (4, 0.06)):
        if hertz * overtone < RATE_HZ * 0.42:
            heard += strength * np.sin(2 * np.pi * hertz * overtone * at) * np.exp(-at * (1.8 + overtone))
    softly = np.minimum(at / 0.012, 1) * np.minimum((seconds - at) / 0.05, 1)
    note: Samples = (heard * softly).astype(np.float32)
    return note


def _add(heard: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", note: Samples, at_s: float) -> None:
    """Notes that last beyond the end sound on at the beginning, so that the loop has no seam."""
    start = int(at_s * RATE_HZ)
    for offset in range(0, len(note), len(heard)):
        piece = note[offset : offset + len(heard)]
        places = (np.arange(len(piece)) + start + offset) % len(heard)
        heard[places] += piece
