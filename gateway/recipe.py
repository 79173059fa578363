"""What a bot is made from, in two steps: one that is slow and can be kept (`prepared`), and one that is quick (`assembled`). Pure.

Both steps are the bot's own; this is the one place that knows how they are called.
"""

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from bot import Bot, Encoder, Prepared, digest, load_encoder, prepare
from bot import Label as Told
from bot.triage import Triager
from config.schema import Bot as Settings
from gateway.contents import Contents
from gateway.core.knowledge import Label
from gateway.core.texts import Texts

LABELS_MIN_COUNT = 100
"""Fewer tell too little to correct what the knowledge base says of itself."""
_FORMAT = "1"
"""Rises when what is kept is made in another way."""


class Recipe(Struct, frozen=True):
    """Everything that a bot's decisions depend on."""

    contents: Contents
    target_precision: float
    labels: tuple[Label, ...] = ()
    by_meaning: bool = True
    """With the encoder, where it is installed."""

    @property
    def key(self) -> str:
        """In one process equal recipes make equal bots. Quick enough for the loop."""
        told = "\n".join(label.id for label in self.labels)
        parts = (self.contents.digest, repr(self.target_precision), repr(self.by_meaning), told)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:48]


def enough(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The labels to go by: the oldest 100, 200, 400 ..., so that not every new one makes another bot."""
    count = LABELS_MIN_COUNT
    if len(labels) < count:
        return ()
    while count * 2 <= len(labels):
        count *= 2
    return tuple(sorted(labels, key=lambda label: (label.at, label.id))[:count])


def prepared_key(recipe: Recipe) -> str:
    """What `prepared` depends on: questions and how sure to be, not what is answered. For a thread: it may load the encoder."""
    encoder = _encoder(recipe)
    made = digest(recipe.contents.entries, encoder.name if encoder else None, recipe.target_precision, _told(recipe))
    return hashlib.sha256(f"{_FORMAT}/{made}".encode()).hexdigest()[:48]


def prepared(recipe: Recipe) -> bytes:
    """What takes long: seconds for a thousand entries."""
    return prepare(recipe.contents.entries, _encoder(recipe), recipe.target_precision, _told(recipe)).to_bytes()


def assembled(recipe: Recipe, made: bytes, texts: Texts, settings: Settings | None = None) -> Bot:
    """The bot. `made` is what `prepared` gave for an equal recipe; `settings` say how it classifies what goes to people."""
    entries, settings = recipe.contents.entries, settings or Settings()
    encoder = _encoder(recipe)
    judge = Triager(entries, settings=settings.triage, areas=settings.areas, encoder=encoder)
    return Bot(
        entries, texts=texts, target_precision=recipe.target_precision, judge=judge, encoder=encoder,
        prepared=Prepared.from_bytes(made),
    )  # fmt: skip


def _encoder(recipe: Recipe) -> Encoder | None:
    return load_encoder() if recipe.by_meaning else None


def _told(recipe: Recipe) -> list[Told]:
    return [Told(label.text, label.entry) for label in recipe.labels]
