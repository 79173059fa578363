"""What is to be said, listened for or done next on one call, as it is told in several commands; and the turn that comes of it."""

from adapters.phone.audio import duration_ms
from adapters.phone.driver import Hearing, LineFailed, Speech
from adapters.phone.twiml.line import Line
from adapters.phone.twiml.turns import Finish, Listen, Piece, Refuse, Turn, Wish, duration_of, fitting

PIECES_MAX_COUNT = 200
"""That wait to be played: more is a mistake of ours, and is refused."""
LULLS_MAX_COUNT = 3
"""That many times the cloud came and there was nothing to say: what was listened for last is listened for again."""


class Score:
    """Of one call."""

    def __init__(self, line: Line, leg: str) -> None:
        self._line = line
        self._leg = leg
        self._pieces: list[Piece] = []
        self._standing: Hearing | None = None
        self._music_ms = 0
        self._lull_count = 0
        self.wish: Wish | None = None
        self.is_music = False

    @property
    def has_pieces(self) -> bool:
        """Something waits to be played."""
        return bool(self._pieces)

    @property
    def has_something(self) -> bool:
        """It is somebody's turn: there is no need to wait for more."""
        if self.is_music:
            return self.wish is not None
        return self.wish is not None and (bool(self._pieces) or self.wish != Listen(None))

    async def add(self, speech: Speech, mark: str) -> None:
        """Behind what waits already. Raises LineFailed for too much of it."""
        if len(self._pieces) >= PIECES_MAX_COUNT:
            raise LineFailed(f"expected at most {PIECES_MAX_COUNT} pieces at once", code="unable")
        if speech.pcm is None:
            piece = Piece(speech=speech, mark=mark, of_ms=duration_of(speech.text))
        else:
            piece = Piece(speech=speech, mark=mark, of_ms=duration_ms(speech.pcm), address=await self._line.sound(speech.pcm))
        self._pieces.append(piece)

    def clear(self) -> None:
        """Nothing of it is played."""
        self._pieces.clear()

    def hear(self, hearing: Hearing | None) -> Wish:
        """It is the caller's turn: the waiting music is over. For keys alone it goes on."""
        self._standing = hearing
        self.is_music = self.is_music and hearing is None
        return Listen(hearing)

    def wait(self) -> Wish:
        """It is somebody else's turn: music, and keys alone, unless something was just asked for."""
        self.is_music = True
        if not isinstance(self.wish, Listen):
            self._standing = None
        return self.wish if isinstance(self.wish, Listen) else Listen(None)

    def again(self) -> Wish:
        """What was listened for last."""
        return Listen(self._standing)

    def want(self, wish: Wish) -> bool:
        """This is next, in place of what was to be; False behind the end."""
        if isinstance(self.wish, Finish | Refuse):
            return False
        self.wish = wish
        self._lull_count = 0
        return True

    async def turn(self, number: int) -> Turn:
        """All of it, or as much as goes into one answer."""
        count = fitting(self._pieces, self._line.way(self._leg, number))
        pieces, self._pieces = tuple(self._pieces[:count]), self._pieces[count:]
        wish: Wish = Listen(None)
        if not self._pieces:
            wish, self.wish = self.wish or self._patient(has_pieces=bool(pieces)), None
        music, music_ms = "", 0
        if self.is_music and isinstance(wish, Listen):
            music, music_ms = await self._line.music_piece(self._music_ms)
            self._music_ms += music_ms
        return Turn(number=number, pieces=pieces, wish=wish, music=music, music_ms=music_ms, is_waiting=self.is_music)

    def _patient(self, *, has_pieces: bool) -> Wish:
        """Nobody has said what is listened for: for a while a key alone, then what it was before."""
        self._lull_count = 0 if has_pieces else self._lull_count + 1
        return Listen(self._standing if has_pieces or self.is_music or self._lull_count > LULLS_MAX_COUNT else None)
