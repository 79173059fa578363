"""A text is read once, however many customers say it."""

from bot.language import ScriptDetector
from bot.normalize import TextNormalizer
from bot.reading import Reader
from bot.rules import Hit, Topic, WordRules
from bot.scripts import ScriptTables


class CountingNormalizer(TextNormalizer):
    """Counts what it is asked."""

    count = 0

    def plain(self, text: str) -> str:
        self.count += 1
        return super().plain(text)


def reader() -> tuple[Reader, CountingNormalizer]:
    scripts = ScriptTables()
    normalizer = CountingNormalizer(scripts)
    return Reader(normalizer, ScriptDetector(scripts), WordRules()), normalizer


def test_a_text_says_its_words_its_language_and_a_wish_for_a_person() -> None:
    said = reader()[0].read("Hello, HUMAN agent please!!")
    assert (said.plain, said.language) == ("hello human agent please", "en")
    assert said.person == Hit(Topic.PERSON, "hello human agent please")


def test_the_same_text_is_read_once_and_reads_the_same() -> None:
    reads, normalizer = reader()
    first = reads.read("怎么退款？")
    assert reads.read("怎么退款？") == first
    assert (first.core, first.language, first.person) == ("怎么退款", "zh-Hans", None)
    assert normalizer.count == 1


def test_a_message_of_several_wishes_says_what_may_be_looked_up() -> None:
    said = reader()[0].read("Hello! My item arrived broken, can I get it repaired?? How are you? Thanks a lot")
    assert said.questions == ("my item arrived broken", "can i get it repaired")


def test_a_wish_for_a_person_is_found_behind_a_story() -> None:
    said = reader()[0].read(
        "I have been waiting for my parcel since the beginning of last month and nobody told me a thing. Let me talk to a human."
    )
    assert said.person is not None


def test_a_long_text_is_not_kept() -> None:
    reads, normalizer = reader()
    long = "where is my parcel " * 5
    assert reads.read(long) == reads.read(long)
    assert normalizer.count == 4  # the whole, and its only piece, which may be shorter
