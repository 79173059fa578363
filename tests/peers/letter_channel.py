"""A channel of mails whose letters are scripted: what the desk does with a mail is tried without one having to be read."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from gateway.core.channel import Capabilities, Grade, Opened, Parsed, Raw, Reach
from gateway.core.errors import NotFound
from gateway.core.ids import ChannelName
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Letter, Part

MAIL = ChannelName("mail")
CAN = Capabilities(
    reach=Reach.PUSHED, text_max_bytes=200_000, markdown=Grade.NATIVE, files=Grade.NATIVE, file_max_bytes=20_000_000, is_whole=True,
    letters=True,
)  # fmt: skip


@dataclass
class LetterChannel:
    """Opens what it is given under the raw file's id."""

    name: ChannelName = MAIL
    type: str = "email"
    capabilities: Capabilities = CAN
    letters: dict[str, Opened] = field(default_factory=dict)
    contents: dict[tuple[str, int], bytes] = field(default_factory=dict)
    asked_remote: list[bool] = field(default_factory=list)

    def parse(self, raw: Raw) -> Parsed:
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        return Receipt()

    async def open_letter(self, letter: Letter, *, with_remote: bool = False) -> Opened:
        self.asked_remote.append(with_remote)
        assert letter.raw is not None
        if letter.raw.id not in self.letters:
            raise NotFound("no such mail")
        return self.letters[letter.raw.id]

    def enclosure(self, letter: Letter, place: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        assert letter.raw is not None
        return opened(self.contents, (letter.raw.id, place))


@asynccontextmanager
async def opened(contents: dict[tuple[str, int], bytes], key: tuple[str, int]) -> AsyncIterator[AsyncIterator[bytes]]:
    """The content, as long as the block is not left."""
    yield pieces(contents, key)


async def pieces(contents: dict[tuple[str, int], bytes], key: tuple[str, int]) -> AsyncIterator[bytes]:
    """The content in two pieces, or NotFound at the first."""
    if key not in contents:
        raise NotFound("nothing lies there")
    content = contents[key]
    yield content[:3]
    yield content[3:]
