"""Why the bot says what it says: every candidate with what it was weighed by."""

from bot import Bot
from gateway.core.ids import EntryId
from tests.unit.bot.shop import ask


def test_every_candidate_says_what_speaks_for_it_and_from_when_on_it_is_answered(bot: Bot) -> None:
    tried = bot.tried(ask("订单退款"))
    assert tried.decision == bot.decide(ask("订单退款"))
    assert list(tried.weighed) == [one.entry for one in tried.decision.candidates]
    assert len(tried.weighed) > 1
    for weighed in tried.weighed.values():
        assert weighed.why["features"]["letters"] > 0
        assert 0.5 < weighed.answers_from < 1
    assert tried.clarifies_from == 0.45


def test_the_question_that_stands_nearest_is_in_the_words_of_the_knowledge_base(bot: Bot) -> None:
    tried = bot.tried(ask("WHERE'S my refund"))
    assert tried.weighed
    for entry_id, weighed in tried.weighed.items():
        entry = bot.entry(entry_id)
        assert entry is not None
        assert weighed.question in entry.questions


def test_pieces_of_a_message_are_each_weighed_by_their_own_look(bot: Bot) -> None:
    both = "How long does a refund take? And can I cancel my order?"
    tried = bot.tried(ask(both))
    refund, cancelling = (tried.weighed[EntryId(name)] for name in ("refund-time", "cancel-order"))
    assert refund.why["exact"] == "how long does a refund take"
    assert cancelling.question == "How do I cancel my order?"
    assert cancelling.why["features"]["letters"] > 0.5


def test_what_is_no_question_is_weighed_by_nothing(bot: Bot) -> None:
    assert bot.tried(ask("你好")).weighed == {}
