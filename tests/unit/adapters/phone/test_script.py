"""Lines of the dialogue as pieces for a voice."""

from adapters.phone.dialogue.state import Line
from adapters.phone.script import Piece, pieces_of
from config.texts import load_texts
from gateway.core.texts import Texts

TEXTS = Texts(load_texts())


def test_a_prompt_that_is_always_the_same_may_be_a_recording() -> None:
    assert pieces_of(Line(language="en", key="parted"), TEXTS)[0].key == "phone.parted"
    (said,) = pieces_of(Line(language="en", key="position", values={"position": "3"}), TEXTS)
    assert (said.key, said.text) == ("", "You are number three in line.")


def test_a_recorded_greeting_stands_for_any_other() -> None:
    named = Line(language="en", key="greeting", values={"company": "Example"})
    assert pieces_of(named, TEXTS) == (Piece("Hello, and welcome to Example.", "en", "phone.greeting_plain"),)
    own = Line(language="en", key="greeting", text="Good morning.", values={})
    assert pieces_of(own, TEXTS) == (Piece("Good morning.", "en", "phone.greeting_plain"),)
