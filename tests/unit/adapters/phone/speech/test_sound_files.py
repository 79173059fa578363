"""Sound files, as operators and speech services make them."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.wav import read_wav, to_ulaw, write_ulaw, write_wav


def wave(kind: int, bits: int, body: bytes, *, rate_hz: int = 8_000, channels: int = 1, more: bytes = b"", between: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", kind, channels, rate_hz, rate_hz * channels * bits // 8, channels * bits // 8, bits) + more
    chunks = struct.pack("<4sI", b"fmt ", len(form)) + form + between + struct.pack("<4sI", b"data", len(body)) + body
    return struct.pack("<4sI4s", b"RIFF", len(chunks) + 4, b"WAVE") + chunks


def test_every_form_of_a_recording_is_read() -> None:
    half = 0.5
    forms = [
        (1, 8, bytes([192, 64])), (1, 16, struct.pack("<2h", 16_384, -16_384)), (1, 24, b"\x00\x00\x40\x00\x00\xc0"),
        (1, 32, struct.pack("<2i", 2**30, -(2**30))), (3, 32, struct.pack("<2f", 0.5, -0.5)),
    ]  # fmt: skip
    for kind, bits, body in forms:
        samples, rate_hz = read_wav(wave(kind, bits, body, rate_hz=44_100))
        assert rate_hz == 44_100
        assert samples.tolist() == pytest.approx([half, -half]), (kind, bits)


def test_mu_law_and_a_law_are_read_as_g_711_says() -> None:
    ulaw, _ = read_wav(wave(7, 8, bytes([0xFF, 0x7F, 0x80, 0x00, 0xE7])))
    assert (ulaw * 32_768).tolist() == [0.0, 0.0, 32_124.0, -32_124.0, 260.0]
    alaw, _ = read_wav(wave(6, 8, bytes([0xD5, 0x55, 0xAA, 0x2A])))
    assert (alaw * 32_768).tolist() == [8.0, -8.0, 32_256.0, -32_256.0]


def test_two_channels_become_one() -> None:
    samples, _ = read_wav(wave(1, 16, struct.pack("<4h", 16_384, 0, -16_384, 0), channels=2))
    assert samples.tolist() == [0.25, -0.25]


def test_chunks_that_nobody_needs_and_the_extensible_form_are_passed_over() -> None:
    guid = struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    listed = struct.pack("<4sI", b"LIST", 3) + b"abc\0"
    samples, _ = read_wav(wave(0xFFFE, 16, struct.pack("<h", 16_384), more=guid, between=listed))
    assert samples.tolist() == [0.5]


def test_a_file_that_was_streamed_and_knows_no_length_is_read_to_its_end() -> None:
    content = bytearray(wave(1, 16, struct.pack("<2h", 16_384, -16_384)))
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    assert read_wav(bytes(content))[0].tolist() == [0.5, -0.5]


def test_what_is_no_recording_is_refused_in_words() -> None:
    for content in (b"", b"ID3\x04", wave(1, 16, b"", rate_hz=1), wave(85, 0, b"mp3"), wave(1, 16, b"", channels=40), b"RIFF\0\0\0\0WAVE"):
        with pytest.raises(SpeechFailed, match="expected"):
            read_wav(content)


@given(st.binary(max_size=200), st.integers(0, 8), st.sampled_from([4, 8, 12, 16, 24, 32, 64]))
def test_no_bytes_break_the_reader(body: bytes, kind: int, bits: int) -> None:
    for content in (body, wave(kind, bits, body), b"RIFF\0\0\0\0WAVE" + body):
        try:
            samples, _ = read_wav(content)
        except SpeechFailed:
            continue
        assert np.abs(samples).max(initial=0) <= 1


def test_what_we_write_is_read_again() -> None:
    sound = np.arange(-32_000, 32_000, 500, dtype="<i2").tobytes()
    samples, rate_hz = read_wav(write_wav(sound))
    assert rate_hz == 8_000
    assert (samples * 32_768).astype("<i2").tobytes() == sound
    coarse, _ = read_wav(write_ulaw(sound))
    assert np.abs(coarse - samples).max() < 0.02
    assert to_ulaw(struct.pack("<3h", 0, 32_124, -32_124)) == b"\xff\x80\x00"
