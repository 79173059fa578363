"""What a bot is made from decides what is prepared anew, and whether meaning is compared."""

from bot import Entry, Prepared
from gateway.contents import contents_of
from gateway.core.ids import EntryId
from gateway.recipe import Recipe, prepared, prepared_key

ENTRIES = (
    Entry(id=EntryId("refund"), questions=("where is my refund", "refund please"), answer={"en": "Three days."}),
    Entry(id=EntryId("hours"), questions=("when are you open", "opening hours"), answer={"en": "Nine to six."}),
)


def test_without_the_encoder_no_meanings_are_prepared() -> None:
    made = Prepared.from_bytes(prepared(Recipe(contents_of(ENTRIES), 0.95, by_meaning=False)))
    assert made.embeddings.shape == (0, 512)


def test_switching_the_encoder_off_makes_another_bot() -> None:
    usual, plain = (Recipe(contents_of(ENTRIES), 0.95, by_meaning=by_meaning) for by_meaning in (True, False))
    assert usual.key != plain.key
    assert prepared_key(usual) != prepared_key(plain)
