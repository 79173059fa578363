"""Speech made fit for a telephone line."""

import numpy as np
import pytest

from adapters.phone.audio import FRAME_BYTES, duration_ms
from adapters.phone.speech.shaping import CEILING, LEVEL, levelled, recorded, resampled, silence, spoken, to_samples, trimmed
from tests.unit.adapters.phone.speech.sounds import tone, vowel


def test_loud_and_faint_voices_come_out_alike() -> None:
    faint, loud = (levelled(vowel(1, level=level)) for level in (0.15, 0.9))
    assert float(np.sqrt(np.square(faint).mean())) == pytest.approx(LEVEL, rel=0.1)
    assert float(np.sqrt(np.square(loud).mean())) == pytest.approx(LEVEL, rel=0.1)


def test_pauses_make_a_voice_no_louder() -> None:
    with_pauses = np.concatenate([vowel(0.5, level=0.5), silence(3), vowel(0.5, level=0.5)])
    assert np.abs(levelled(with_pauses)).max() == pytest.approx(np.abs(levelled(vowel(1, level=0.5))).max(), rel=0.1)


def test_peaks_are_bent_and_never_cut() -> None:
    peaky = np.zeros(8_000, dtype=np.float32)
    peaky[::400] = 1.0
    out = levelled(peaky)
    assert np.abs(out).max() <= CEILING
    assert len(np.unique(np.round(out[::400], 3))) == 1
    assert levelled(silence(1)).tolist() == silence(1).tolist()


def test_silence_around_speech_is_cut_and_whole_frames_are_left() -> None:
    sound = spoken(np.concatenate([silence(2), vowel(1), silence(3)]), 8_000)
    assert len(sound) % FRAME_BYTES == 0
    assert 1_100 <= duration_ms(sound) <= 1_180
    assert spoken(silence(2), 8_000) == b""
    assert len(trimmed(silence(0))) == 0


def test_another_rate_keeps_length_and_pitch() -> None:
    for rate_hz in (16_000, 22_050, 48_000):
        at = np.arange(rate_hz) / rate_hz
        down = resampled((0.3 * np.sin(2 * np.pi * 1_000 * at)).astype(np.float32), rate_hz)
        assert len(down) == 8_000
        assert int(np.abs(np.fft.rfft(down)).argmax()) == 1_000
    assert resampled(silence(0), 22_050).tolist() == []


def test_what_a_telephone_cannot_carry_is_filtered_and_not_folded_back() -> None:
    at = np.arange(22_050) / 22_050
    high = resampled((0.5 * np.sin(2 * np.pi * 6_000 * at)).astype(np.float32), 22_050)
    assert np.abs(high[200:-200]).max() < 0.01


def test_an_operators_recording_keeps_its_level_and_its_pauses() -> None:
    sound = to_samples(recorded(np.concatenate([silence(0.5), tone(0.5, 400, level=0.05), silence(0.5)]), 8_000))
    assert len(sound) == 12_000
    assert np.abs(sound).max() == pytest.approx(0.05, abs=0.001)
