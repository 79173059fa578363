"""What a caller hears, in which order."""

from adapters.phone.asterisk.programme import Programme
from adapters.phone.audio import BYTES_PER_S

SECOND = bytes(BYTES_PER_S)
MUSIC = b"\1\0" * 12_000


class Out:
    """Notes what goes out; a flush says what the test has put there."""

    def __init__(self) -> None:
        self.played: list[tuple[str, int]] = []
        self.heard_ms = 0
        self.flushes_count = 0

    async def run(self) -> None: ...

    async def started(self, timeout_s: float) -> None: ...

    def listen(self, *, is_on: bool) -> None: ...

    def play(self, pcm: bytes, mark: str) -> None:
        self.played.append((mark, len(pcm) * 1_000 // BYTES_PER_S))

    def flush(self) -> int:
        self.flushes_count += 1
        return self.heard_ms

    async def drained(self, timeout_s: float) -> None: ...

    @property
    def waiting_ms(self) -> int:
        return 0


def programme(music: bytes = MUSIC) -> tuple[Programme, Out, list[str]]:
    reached: list[str] = []
    made, out = Programme(music, reached.append), Out()
    made.tune(out)
    return made, out, reached


def test_marks_come_in_order_and_one_that_is_reached_tells_those_before_it() -> None:
    made, _, reached = programme()
    for mark in "abc":
        made.play(SECOND, mark)
    made.reached("2")
    made.reached("1")
    assert reached == ["a", "b"]
    made.reached("3")
    made.reached("3")
    assert reached == ["a", "b", "c"]


def test_music_is_a_second_ahead_and_begins_again_at_its_end() -> None:
    made, out, reached = programme()
    made.music(is_on=True)
    assert out.played == [("1", 500), ("2", 500)]
    made.reached("1")
    made.reached("2")
    assert out.played[2:] == [("3", 500), ("4", 500)]
    assert reached == []


def test_words_stand_behind_a_second_of_music_and_music_behind_them() -> None:
    made, out, reached = programme()
    made.music(is_on=True)
    made.play(SECOND, "a")
    made.reached("2")
    assert out.played == [("1", 500), ("2", 500), ("3", 1_000)]
    made.reached("3")
    assert reached == ["a"]
    assert out.played[3:] == [("4", 500), ("5", 500)]


def test_music_stops_at_once_where_nothing_is_said() -> None:
    made, out, _ = programme()
    made.music(is_on=True)
    made.music(is_on=False)
    assert out.flushes_count == 1
    assert made.waiting_ms == 0
    made.reached("1")
    assert len(out.played) == 2


def test_music_that_stops_cuts_no_word() -> None:
    made, out, _ = programme()
    made.music(is_on=True)
    made.play(SECOND, "a")
    made.music(is_on=False)
    assert out.flushes_count == 0


def test_what_was_heard_of_words_does_not_count_the_music_before_them() -> None:
    made, out, reached = programme()
    made.music(is_on=True)
    made.play(SECOND, "a")
    out.heard_ms = 1_300
    assert made.flush() == 300
    assert out.played[-2:] == [("4", 500), ("5", 500)]
    assert reached == []


def test_what_was_heard_is_never_more_than_was_said_nor_less_than_nothing() -> None:
    made, out, _ = programme()
    made.play(SECOND, "a")
    out.heard_ms = 5_000
    assert made.flush() == 1_000
    made.music(is_on=True)
    made.play(SECOND, "b")
    out.heard_ms = 200
    assert made.flush() == 0


def test_what_was_not_heard_is_played_again_over_a_new_socket() -> None:
    made, _, reached = programme()
    made.play(SECOND, "a")
    made.play(SECOND, "b")
    made.reached("1")
    made.tune(None)
    made.play(SECOND, "c")
    new = Out()
    made.tune(new)
    assert new.played == [("2", 1_000), ("3", 1_000)]
    made.reached("3")
    assert reached == ["a", "b", "c"]


def test_without_music_nothing_is_played_and_nothing_hangs() -> None:
    made, out, _ = programme(b"")
    made.music(is_on=True)
    assert out.played == []
