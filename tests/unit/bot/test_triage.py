"""What is handed off is judged: its kind, area, urgency and mood, and each says why."""

from typing import Any

import pytest

from bot.entries import Entry
from bot.normalize import TextNormalizer
from bot.scripts import ScriptTables
from bot.triage import Triager
from config.schema import Area
from config.schema import Triage as Rules
from gateway.core.decision import Triage
from gateway.core.handoff import Urgency
from gateway.core.ids import EntryId

NORMALIZER = TextNormalizer(ScriptTables())
ENTRIES = (
    Entry(id=EntryId("refund"), questions=("退款多久到账", "怎么申请退款", "how long does a refund take"), category="payment"),
    Entry(id=EntryId("track"), questions=("我的快递到哪了", "怎么查物流", "where is my parcel"), category="delivery"),
    Entry(id=EntryId("stolen"), questions=("卡丢了怎么办", "my card is lost"), category="payment", urgency=Urgency.URGENT),
    Entry(id=EntryId("news"), questions=("怎么订阅资讯", "subscribe to news"), category="account", urgency=Urgency.LOW),
)
PLAIN = Triager(ENTRIES)


def judged(text: str, best: Entry | None = None, by: Triager = PLAIN) -> Triage:
    return by.judge(text, NORMALIZER.core(NORMALIZER.plain(text)), best)


def triager(areas: dict[str, Area] | None = None, **rules: Any) -> Triager:
    return Triager(ENTRIES, settings=Rules(**rules), areas=areas or {})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉你们的快递员", "complaint"), ("我要投訴你們的快遞員", "complaint"), ("I want to make a complaint", "complaint"),
        ("客服态度太差了，没人管", "complaint"), ("客服態度太差了，沒人管", "complaint"), ("worst service ever", "complaint"),
        ("建议你们增加夜间模式", "suggestion"), ("建議你們增加夜間模式", "suggestion"), ("I suggest a dark theme", "suggestion"),
        ("帮我取消订单", "request"), ("幫我取消訂單", "request"), ("please cancel my order", "request"),
        ("退货要多久", "question"), ("退貨要多久", "question"), ("how long does a return take", "question"),
        ("我要表扬你们的客服，特别耐心", "praise"), ("我要表揚你們的客服，特別耐心", "praise"), ("excellent service", "praise"),
        ("好的知道了", "other"), ("早上好呀", "other"), ("ok got it", "other"),
    ],
)  # fmt: skip
def test_the_kind_is_told_in_three_scripts(text: str, kind: str) -> None:
    assert judged(text).kind == kind


@pytest.mark.parametrize(
    "text",
    ["投诉电话是多少", "怎么提建议", "在哪里写评价", "how do I file a claim", "where can I leave feedback", "投訴要找誰"],
)
def test_who_asks_where_to_complain_asks_a_question(text: str) -> None:
    assert judged(text).kind == "question"


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("很急，今天一定要收到", Urgency.HIGH), ("很急，今天一定要收到！", Urgency.HIGH), ("my train leaves in 30 minutes", Urgency.HIGH),
        ("我的卡被盗刷了，马上冻结", Urgency.URGENT), ("我的卡被盜刷了，馬上凍結", Urgency.URGENT),
        ("my card was stolen, block it now", Urgency.URGENT), ("垃圾公司，骗子", Urgency.HIGH), ("怎么开发票", Urgency.NORMAL),
        ("急诊科在几楼", Urgency.NORMAL), ("how do I set up emergency contacts", Urgency.NORMAL),
    ],
)  # fmt: skip
def test_what_presses_is_told_from_what_only_mentions_it(text: str, urgency: Urgency) -> None:
    assert judged(text).urgency is urgency


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("你们这群骗子，气死我了！！！", -1.0, -0.8), ("你們這群騙子，氣死我了", -1.0, -0.8), ("you are a bunch of thieves", -1.0, -0.8),
        ("质量不行，有点失望", -1.0, -0.3), ("I'm disappointed with the quality", -1.0, -0.3), ("怎么查物流", -0.2, 0.2),
        ("where is my parcel", -0.2, 0.2), ("非常满意，下次还来", 0.3, 1.0), ("非常滿意，下次還來", 0.3, 1.0), ("I love it", 0.3, 1.0),
    ],
)  # fmt: skip
def test_the_mood_is_told_in_three_scripts(text: str, lowest: float, highest: float) -> None:
    assert lowest <= judged(text).sentiment <= highest


def test_every_judgement_says_where_it_comes_from() -> None:
    triage = judged("我要投诉你们，没人管我的退款", ENTRIES[0])
    assert triage.why["kind"] == {"by": "rule", "words": "我要投诉"}
    assert triage.why["area"] == {"by": "entry", "words": "refund"}
    assert triage.why["urgency"] == {"by": "rule", "words": "我要投诉"}
    assert judged("请问退货要多久").why["kind"]["by"] == "learned"


def test_words_of_the_configuration_go_before_everything_else() -> None:
    own = triager(kind_words={"praise": ("垃圾",), "complaint": ("ombudsman",)}, urgency_words={"urgent": ("停电",), "low": ("被盗刷",)})
    assert judged("垃圾公司", by=own).kind == "praise"
    assert judged("I will call the Ombudsman!", by=own).kind == "complaint"
    assert judged("I saw two ombudsmans", by=own).why["kind"]["by"] != "configured"
    assert judged("我們這裡停電了", by=own).urgency is Urgency.URGENT
    assert judged("我的卡被盗刷了，马上冻结", by=own).urgency is Urgency.LOW


def test_the_longest_word_names_the_area() -> None:
    areas = {"money": Area(words=("发票", "refund")), "tax": Area(words=("专用发票",), queue="tax"), "people": Area(words=("招聘",))}
    own = triager(areas)
    assert judged("怎麼開專用發票", by=own).area == "tax"
    assert judged("怎么开发票", by=own).area == "money"
    assert judged("my REFUND please", by=own).area == "money"
    assert judged("prefunded cards", by=own).area == ""


def test_an_entrys_category_is_its_area_unless_an_area_takes_it_in() -> None:
    assert judged("钱呢", ENTRIES[0]).area == "payment"
    assert judged("钱呢", ENTRIES[0], triager({"finance": Area(categories=("payment",))})).area == "finance"


def test_where_no_entry_answers_the_categories_words_tell_the_area() -> None:
    assert judged("物流怎么一直不动").area == "delivery"
    assert judged("退款的事").area == "payment"
    assert judged("今天天气不错").area == ""


def test_the_entrys_urgency_counts_and_ours_may_only_raise_it() -> None:
    assert judged("卡丢了", ENTRIES[2]).urgency is Urgency.URGENT
    assert judged("订阅资讯", ENTRIES[3]).urgency is Urgency.LOW
    assert judged("订阅资讯，很急", ENTRIES[3]).urgency is Urgency.HIGH


def test_without_the_learned_heads_words_and_rules_still_tell() -> None:
    bare = triager(learned=False)
    assert judged("我要投诉你们", by=bare).kind == "complaint"
    assert (judged("excellent service", by=bare).kind, judged("excellent service", by=bare).sentiment) == ("question", 0.0)
    assert judged("物流怎么一直不动", by=bare).area == ""


@pytest.mark.parametrize("text", ["", "？？？", "🙂🙂", "\ud800", "啊" * 5_000, "!" * 5_000])
def test_any_text_is_judged(text: str) -> None:
    assert -1 <= judged(text).sentiment <= 1
