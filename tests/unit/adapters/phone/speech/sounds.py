"""Sounds for tests: tones, hiss, and something that has a voice in it."""

from pathlib import Path

import numpy as np

from adapters.phone.audio import RATE_HZ, Pcm
from adapters.phone.speech.shaping import Samples, silence, to_pcm


def tone(seconds: float, *hertz: float, level: float = 0.2) -> Samples:
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    found: Samples = (level * np.sum([np.sin(2 * np.pi * one * at) for one in hertz], axis=0)).astype(np.float32)
    return found


def hiss(seconds: float, level: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, level, int(seconds * RATE_HZ)).astype(np.float32)


def vowel(seconds: float, hertz: float = 125.0, level: float = 0.3) -> Samples:
    """A voice without words: many overtones of a low note, some of them strong as in an "ah", syllable after syllable."""
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    found = np.zeros(len(at))
    for overtone in range(1, int(3_400 / hertz)):
        place = overtone * hertz
        strength = np.exp(-(((place - 700) / 250) ** 2)) + 0.6 * np.exp(-(((place - 1_200) / 250) ** 2)) + 0.2 / overtone
        found += strength * np.sin(2 * np.pi * place * at + overtone)
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * at)
    voiced: Samples = (found * syllables / np.abs(found).max() * level).astype(np.float32)
    return voiced


def pcm(*parts: Samples | float) -> Pcm:
    """One behind the other; a number is so many seconds of silence."""
    return to_pcm(np.concatenate([silence(part) if isinstance(part, float) else part for part in parts]))


def kept(folder: Path) -> list[Path]:
    """The files of kept speech."""
    return sorted(folder.glob("*/*.pcm"))
