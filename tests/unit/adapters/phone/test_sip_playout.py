"""What one caller is to hear, fed into a buffer that the line empties."""

from adapters.phone.audio import BYTES_PER_S, FRAME_BYTES
from adapters.phone.sip.playout import AHEAD_BYTES, LIVE_CUSHION_BYTES, LIVE_MAX_BYTES, QUEUE_MAX_FRAMES, Inactive, Playout, Restarted

A, B, MUSIC = b"\1\0", b"\2\0", b"\3\0\4\0"


class Line:
    """The stack's buffer: as it is said to behave, flush and restart included."""

    def __init__(self, room_bytes: int = 32_768) -> None:
        self.buffer = bytearray()
        self.sent = bytearray()
        self.error: Exception | None = None
        self._room_bytes = room_bytes
        self._flushes = False

    def waiting_bytes(self) -> int:
        if self.error:
            error = self.error
            self.error = error if isinstance(error, Inactive) else None
            raise error
        return len(self.buffer)

    def write(self, pcm: bytes) -> int:
        taken = pcm[: self._room_bytes - len(self.buffer)]
        self.buffer += taken
        return len(taken)

    def read(self, max_bytes: int) -> bytes:
        return b""

    def flush(self) -> None:
        self._flushes = True

    def play(self, frames: int = 1) -> None:
        """That many times 20 ms."""
        for _ in range(frames):
            if self._flushes:
                self.buffer.clear()
                self._flushes = False
            self.sent += self.buffer[:FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
            del self.buffer[:FRAME_BYTES]

    def restart(self) -> None:
        self.buffer.clear()
        self.error = Restarted()


def _run(playout: Playout, line: Line, frames: int) -> list[str]:
    marks = []
    for _ in range(frames):
        marks += playout.tick(line)[1]
        line.play()
    return marks


def test_a_mark_is_reached_when_the_last_sample_before_it_has_gone() -> None:
    playout, line = Playout(), Line()
    playout.add(A * 160 * 3)
    playout.mark("a")
    playout.add(B * 160)
    playout.mark("b")
    assert _run(playout, line, 3) == []
    assert _run(playout, line, 1) == ["a"]
    assert _run(playout, line, 1) == ["b"]
    assert bytes(line.sent[: FRAME_BYTES * 4]) == A * 480 + B * 160
    assert playout.is_idle


def test_a_mark_without_sound_is_reached_at_once() -> None:
    playout, line = Playout(), Line()
    playout.mark("now")
    assert _run(playout, line, 1) == ["now"]


def test_only_a_little_is_out_at_any_time() -> None:
    playout, line = Playout(), Line()
    playout.add(A * 8_000 * 5)
    for _ in range(100):
        playout.tick(line)
        assert len(line.buffer) <= AHEAD_BYTES
        line.play()
    assert len(line.sent) == 100 * FRAME_BYTES
    assert set(bytes(line.sent)) == {0, 1}


def test_a_flush_is_silence_within_a_frame_and_what_comes_next_is_whole() -> None:
    playout, line = Playout(), Line()
    playout.add(A * 8_000)
    playout.mark("never")
    _run(playout, line, 5)
    playout.flush(line)
    playout.add(B * 320)
    playout.mark("next")
    line.sent.clear()
    assert _run(playout, line, 8) == ["next"]
    assert bytes(line.sent).count(A) <= 160
    assert bytes(line.sent).count(B) == 320


def test_what_a_renegotiation_has_swallowed_is_said_again_with_its_marks() -> None:
    playout, line = Playout(), Line()
    for name, sound in (("a", A), ("b", B)):
        playout.add(sound * 160 * 4)
        playout.mark(name)
    _run(playout, line, 2)
    line.restart()
    playout.add(A * 160)
    playout.mark("c")
    assert _run(playout, line, 20) == ["a", "b", "c"]
    said = bytes(line.sent).replace(b"\0\0", b"")
    assert said == A * 800 + B * 640 + A * 160  # the frame that nobody had counted yet is heard twice


def test_nothing_is_lost_while_the_call_carries_no_sound() -> None:
    playout, line = Playout(), Line()
    line.error = Inactive()
    playout.add(A * 160 * 2)
    playout.mark("a")
    for _ in range(5):
        assert playout.tick(line) == (b"", [])
    line.error = None
    assert _run(playout, line, 4) == ["a"]


def test_music_plays_in_a_loop_under_speech() -> None:
    playout, line = Playout(MUSIC * 1_000), Line()
    playout.set_music(is_on=True)
    _run(playout, line, 200)
    assert bytes(line.sent).count(b"\0\0") == 0 or bytes(line.sent[FRAME_BYTES:]).count(MUSIC) > 5_000
    playout.add(A * 160)
    playout.mark("a")
    assert "a" in _run(playout, line, 20)
    playout.set_music(is_on=False)
    _run(playout, line, 20)
    assert playout.is_resting


def test_nobody_s_music_is_no_music() -> None:
    playout = Playout()
    playout.set_music(is_on=True)
    assert playout.is_resting


def test_the_other_side_s_voice_has_a_cushion_and_never_lags() -> None:
    playout, line = Playout(), Line()
    playout.add_live(A * 160)
    playout.tick(line)
    assert len(line.buffer) == LIVE_CUSHION_BYTES + FRAME_BYTES
    for _ in range(100):  # their clock runs double
        playout.add_live(A * 320)
        playout.tick(line)
        line.play()
        assert len(line.buffer) <= LIVE_MAX_BYTES
    for _ in range(50):
        playout.tick(line)
        line.play()
    assert playout.is_resting


def test_speech_goes_before_the_other_side_s_voice() -> None:
    playout, line = Playout(), Line()
    playout.add_live(B * 160)
    playout.add(A * 160)
    playout.tick(line)
    playout.add_live(B * 160)
    playout.tick(line)
    assert bytes(line.buffer) == A * 160
    line.play()
    playout.add_live(B * 160)
    playout.tick(line)
    assert bytes(line.buffer).count(B) == 160


def test_a_queue_has_an_end() -> None:
    playout = Playout()
    assert all(playout.add(bytes(FRAME_BYTES)) for _ in range(QUEUE_MAX_FRAMES))
    assert not playout.add(bytes(FRAME_BYTES))
    assert playout.queue_frames == 1_000


def test_a_full_line_buffer_takes_the_rest_later() -> None:
    playout, line = Playout(), Line(room_bytes=1_000)
    playout.add(A * 1_600)
    playout.mark("a")
    assert _run(playout, line, 12) == ["a"]
    assert bytes(line.sent).count(A) == 1_600
    assert BYTES_PER_S == 16_000
