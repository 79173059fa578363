"""The same question in many guises: misspelt, Traditional, polite, full of pictures, as pinyin, in a letter. Seeds are fixed."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from bot import Bot, Entry
from bot.encoder import load_encoder
from gateway.core.decision import Kind
from gateway.core.ids import EntryId
from gateway.knowledge import load_knowledge
from tests.unit.bot.mails import in_a_mail
from tests.unit.bot.phrases import ANGER, CHAT, GOODBYES, GREETINGS, PERSON, THANKS
from tests.unit.bot.shop import TEXTS, ask
from tests.unit.bot.spoiling import SPOILED
from tests.unit.bot.test_mails import mailed

DAY = "2026-11-15"
NONSENSE = (
    "how do I bake bread", "book me a flight to Tokyo", "what is the capital of Peru", "my dog is sick what should I do",
    "怎么做红烧肉", "帮我订一张去北京的机票", "狗生病了怎么办", "明天会下雨吗",
)  # fmt: skip
SUBJECTS = ("", "咨询", "Question", "关于订单 20261122-8841", "Order", "紧急！！", "怎么取消订单", "Do you sell wholesale?")
NO_QUESTIONS = (
    "资料已发，请查收附件。", "供您参考，无需回复。", "我已经按您说的操作了，现在好了。", "下周我们公司放假，特此告知。",
    "Please find attached the photos you asked for.", "FYI, no reply needed.", "Our office is closed next week.",
)  # fmt: skip
Asked = tuple[str, EntryId]


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def answered(bot: Bot, text: str) -> EntryId | None:
    """The entry whose answer, or handoff, the customer gets."""
    return bot.decide(ask(text, today=DAY)).entry


def first(bot: Bot, text: str) -> EntryId | None:
    """The likeliest entry, whatever is done about it."""
    decision = bot.decide(ask(text, today=DAY))
    return decision.entry or next((candidate.entry for candidate in decision.candidates), None)


@pytest.fixture(scope="module")
def questions() -> list[Asked]:
    """One question of each entry of the sample knowledge base in Chinese and one in English, the last of each."""
    return [
        (next(question for question in reversed(entry.questions) if is_chinese(question) is chinese), entry.id)
        for entry in load_knowledge("")
        for chinese in (True, False)
        if entry.is_valid_on(DAY)
    ]


@pytest.mark.parametrize(
    ("guise", "at_least"),
    [
        ("traditional", 1.0),
        ("full width", 1.0),
        ("spaces", 1.0),
        ("emoji", 1.0),
        ("polite", 1.0),
        ("emoji and polite", 1.0),
        ("taiwan", 0.98),
    ],
)
def test_a_guise_that_changes_no_word_costs_no_answer(sample: Bot, questions: list[Asked], guise: str, at_least: float) -> None:
    dice = Random(11)
    kept = [answered(sample, SPOILED[guise](text, dice)) == entry for text, entry in questions]
    assert sum(kept) >= at_least * len(questions)


def test_misspelt_questions_are_still_understood(sample: Bot, questions: list[Asked]) -> None:
    dice = Random(12)
    kept = [first(sample, SPOILED["typos"](text, dice)) == entry for text, entry in questions]
    assert sum(kept) >= 0.96 * len(questions)


def test_chinese_questions_are_understood_as_pinyin(sample: Bot, questions: list[Asked]) -> None:
    dice = Random(13)
    chinese = [(text, entry) for text, entry in questions if is_chinese(text)]
    kept = [first(sample, SPOILED["pinyin"](text, dice)) == entry for text, entry in chinese]
    assert sum(kept) >= 0.9 * len(chinese)


def test_a_question_in_a_long_letter_is_answered(sample: Bot, questions: list[Asked]) -> None:
    dice = Random(14)
    some = questions[::3]
    kept = [answered(sample, in_a_mail(text, dice)) == entry for text, entry in some]
    assert sum(kept) >= 0.95 * len(some)


def test_a_letter_around_nothing_that_the_shop_knows_is_not_answered(sample: Bot) -> None:
    dice = Random(15)
    assert [text for text in NONSENSE for _ in range(4) if answered(sample, in_a_mail(text, dice))] == []


@pytest.mark.parametrize(
    "phrases", [PERSON, ANGER, GREETINGS, THANKS, GOODBYES, CHAT], ids=["person", "anger", "greetings", "thanks", "goodbyes", "chat"]
)
def test_what_is_no_question_gets_no_knowledge(sample: Bot, phrases: Sequence[str]) -> None:
    dice = Random(16)
    kinds = [(text, sample.decide(ask(SPOILED["emoji"](text, dice), today=DAY))) for text in phrases]
    assert [text for text, decision in kinds if decision.kind is Kind.ANSWER] == []


def test_a_question_that_is_negated_is_never_answered_with_its_entry(sample: Bot, questions: list[Asked]) -> None:
    deeds = [
        ("取消订单", "cancel my order"), ("注销账号", "delete my account"), ("修改收货地址", "change my delivery address"),
        ("退货", "return the item"), ("续费会员", "renew my membership"), ("开发票", "issue an invoice"),
    ]  # fmt: skip
    zh, en = (
        ("不要{}", "请不要帮我{}", "我不想{}", "千万别{}", "我没有要{}", "先不用{}了"),
        ("please do not {}", "I don't want to {}", "never {}"),
    )
    said = [form.format(deed[place]) for place, forms in ((0, zh), (1, en)) for form in forms for deed in deeds]
    assert [text for text in said if sample.decide(ask(text, today=DAY)).kind is Kind.ANSWER] == []


# ---- over the public data sets ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(frontdesk_data: Path) -> Bot:
    """The bilingual shop of the public data."""
    listed = yaml.safe_load((frontdesk_data / "faq" / "shop_kb.yaml").read_text(encoding="utf-8"))["entries"]
    entries = [Entry(id=one["id"], questions=(*one["q"]["en"], *one["q"]["zh"]), answer=one["a"]) for one in listed]
    return Bot(entries, texts=TEXTS, encoder=load_encoder())


@pytest.fixture(scope="module")
def probes(frontdesk_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((frontdesk_data / "faq" / "shop_probes.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("group", ["human", "abuse", "greet", "thanks", "chitchat", "oos"])
def test_probes_that_are_no_question_get_no_knowledge(shop: Bot, probes: dict[str, Any], group: str) -> None:
    texts = [text for some in probes[group].values() for text in some]
    assert [text for text in texts if shop.decide(ask(text)).kind is Kind.ANSWER] == []


def test_every_wish_of_the_probes_with_several_is_seen(shop: Bot, probes: dict[str, Any]) -> None:
    unseen = []
    for text, wished in probes["multi"]:
        decision = shop.decide(ask(text))
        seen = {decision.entry, *(candidate.entry for candidate in decision.candidates)}
        unseen += [(text, entry) for entry in wished if entry not in seen]
    assert unseen == []


def test_questions_of_the_public_shop_are_answered_by_mail_under_any_subject(frontdesk_data: Path, shop: Bot) -> None:
    listed = yaml.safe_load((frontdesk_data / "faq" / "shop_kb.yaml").read_text(encoding="utf-8"))["entries"]
    asked = [(text, one["id"]) for one in listed for texts in one["q"].values() for text in texts]
    kept = 0
    for number, (text, entry) in enumerate(asked):
        words = f"您好：\n\n{text}\n\n谢谢！\n老顾客" if is_chinese(text) else f"Hi,\n\n{text}\n\nThanks!\n\nA customer"
        decision = mailed(shop, words, SUBJECTS[number % len(SUBJECTS)])
        kept += entry in decision.detail.get("entries", [decision.entry])
    assert kept >= 0.97 * len(asked)


def test_mails_that_ask_nothing_get_no_knowledge_whatever_their_subject(shop: Bot) -> None:
    mails = [(words, subject) for words in NO_QUESTIONS for subject in ("", "Question", "订单", "退款", "Refund", "发票")]
    assert [mail for mail in mails if mailed(shop, *mail).kind is Kind.ANSWER] == []


def test_no_negated_probe_is_answered_with_the_opposite(shop: Bot, probes: dict[str, Any]) -> None:
    assert [text for text, _, opposite in probes["negation"] if shop.decide(ask(text)).entry == opposite] == []


def test_questions_of_a_public_set_survive_typos_and_letters(frontdesk_data: Path) -> None:
    rows = [json.loads(line) for line in (frontdesk_data / "faq" / "sets" / "clinc150s.jsonl").read_text(encoding="utf-8").splitlines()]
    stored: dict[str, list[str]] = {}
    for row in rows:
        if row["split"] == "train" and not row["oos"]:
            stored.setdefault(row["label"], []).append(row["text"])
    entries = [Entry(id=EntryId(label), questions=tuple(texts[:5]), answer={"en": label}) for label, texts in stored.items()]
    bot = Bot(entries, texts=TEXTS, encoder=load_encoder())
    asked = [(row["text"], row["label"]) for row in rows if row["split"] == "val" and not row["oos"]][::14]
    dice = Random(17)
    clean, misspelt, posted = 0, 0, 0
    for text, label in asked:
        if first(bot, text) == label:
            clean += 1
            misspelt += first(bot, SPOILED["typos"](text, dice)) == label
            posted += first(bot, in_a_mail(text, dice)) == label
    assert misspelt >= 0.92 * clean
    assert posted >= 0.90 * clean
