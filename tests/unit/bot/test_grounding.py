"""What a language model says is let through only where the cited entries say it: hostile and careless answers are refused."""

import pytest

from bot.grounding import Flaw, flaw
from bot.language import ScriptDetector
from bot.scripts import ScriptTables
from tests.effort import at_most

DETECTOR = ScriptDetector(ScriptTables())
EN = (
    "Refunds take 3 to 5 business days after we receive the parcel. Money goes back to the card that you paid with. Shipping fees are not "
    "refunded. See https://shop.example/refunds for details. Orders over $99 ship free within China."
)
ZH = (
    "收到退货后，我们会在3天内原路退款，运费不退。质量问题请拍照联系客服，电话400-123-4567。满99元包邮，工作日9:00到18:00处理。"
    "生鲜商品签收24小时后不支持退货。"
)
SOURCES = {"refund": EN, "zh": ZH, "other": "Vouchers are valid for 90 days and can't be combined."}


def found(answer: str, *cites: str, language: str = "") -> Flaw | None:
    chosen = cites or (("zh",) if any(char >= "\u3400" for char in answer) else ("refund",))
    return flaw(answer, chosen, SOURCES, language or ("zh-CN" if "zh" in chosen else "en"), DETECTOR)


@pytest.mark.parametrize(
    "answer",
    [
        "A refund takes 3 to 5 business days after we receive the parcel, and the money goes back to your card.",
        "Refunds take three to five business days after we receive the parcel.",
        "Shipping fees are not refunded.",
        "See https://shop.example/refunds for details.",
        "Orders over $99 ship free within China.",
        "收到退货后三天内会原路退款，运费不退。",
        "满99元包邮。",
        "质量问题请拍照联系客服，电话400-123-4567。",
        "生鲜商品签收24小时后不支持退货。",
    ],
)
def test_what_the_entry_says_in_other_words_goes_out(answer: str) -> None:
    assert found(answer) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", Flaw.EMPTY),
        ("Refunds take 3 to 5 hours after we receive the parcel.", Flaw.NUMBER),
        ("Refunds take 30 business days after we receive the parcel.", Flaw.NUMBER),
        ("Refunds take ten business days after we receive the parcel.", Flaw.NUMBER),
        ("Orders over €99 ship free within China.", Flaw.NUMBER),
        ("收到退货后5天内原路退款。", Flaw.NUMBER),
        ("收到退货后三周内原路退款。", Flaw.NUMBER),
        ("满99元包邮，工作日9:00到20:00处理。", Flaw.NUMBER),
        ("请拨打400-123-9999联系客服。", Flaw.NUMBER),
        ("Shipping fees are refunded.", Flaw.TURNED),
        ("Yes, refunds take 3 to 5 business days after we receive the parcel.", Flaw.UNSUPPORTED),
        ("Refunds always take 3 to 5 business days after we receive the parcel.", Flaw.TURNED),
        ("收到退货后三天内会原路退款，运费也退。", Flaw.UNSUPPORTED),
        ("生鲜商品签收24小时后支持退货。", Flaw.TURNED),
        ("See https://evil.example/refunds for details.", Flaw.LINK),
        ("See https://shop.example/refunds/now for details.", Flaw.LINK),
        ("See [details](https://shop.example/refunds).", Flaw.LINK),
        ("Write to help@shop.example for a refund of the parcel.", Flaw.LINK),
        ("See evil.example for details.", Flaw.LINK),
        ("Money goes back to your PayPal card that you paid with.", Flaw.NAME),
        ("原路退款到Alipay。", Flaw.NAME),
        ("I am sorry to hear that you feel cheated by our terrible company.", Flaw.UNSUPPORTED),
        ("You will get a compensation for the parcel.", Flaw.UNSUPPORTED),
        ("全部商品免费包邮。", Flaw.UNSUPPORTED),
        ("<b>满99元包邮</b>", Flaw.MARKUP),
        ("```满99元包邮```", Flaw.MARKUP),
        ("满99元\u202e包邮", Flaw.MARKUP),
        ("{{result.secret}}满99元包邮", Flaw.MARKUP),
        ("收到退货後三天內會原路退款。", Flaw.LANGUAGE),
        ("满99元包邮。" * 60, Flaw.TOO_LONG),
    ],
)
def test_what_the_entry_does_not_say_is_refused(answer: str, expected: Flaw) -> None:
    assert found(answer) is expected


@pytest.mark.parametrize(("answer", "cite"), [("满99元包邮。", "zh"), ("Shipping fees are not refunded.", "refund")])
def test_the_customers_language_is_kept(answer: str, cite: str) -> None:
    assert found(answer, cite, language="en" if cite == "zh" else "zh-CN") is Flaw.LANGUAGE


def test_only_what_is_cited_counts_and_only_what_was_shown_may_be_cited() -> None:
    assert flaw("满99元包邮。", (), SOURCES, "zh-CN", DETECTOR) is Flaw.UNCITED
    assert found("满99元包邮。", "made-up") is Flaw.UNKNOWN_CITATION
    assert found("Shipping fees are not refunded.", "other") is Flaw.UNSUPPORTED
    assert found("Shipping fees are not refunded. Vouchers are valid for 90 days.", "refund", "other") is None


def test_words_from_everywhere_are_no_statement_of_the_entry() -> None:
    assert found("Refunds of shipping fees go back to the card within China.") is not None


@pytest.mark.parametrize("text", ["1" * 1500, "a." * 700, "9:" * 700, "不" * 1500, "a@" * 700, "](" * 700, "https://" * 180, "one " * 370])
def test_no_answer_takes_long_to_judge(text: str) -> None:
    sources = {"long": ("Refunds take 3 to 5 days. " * 300 + text)[:9000]}
    at_most(60, lambda: flaw(text, ("long",), sources, "en", DETECTOR))


def test_a_long_answer_over_a_long_entry_holds_nobody_up() -> None:
    sources = {name: " ".join(f"Box {number} has {name} {number}." for number in range(300)) for name in ("wood", "iron", "glass")}
    said = " ".join(f"Box {number} has wood {number}." for number in range(58))

    def judged(answer: str) -> Flaw | None:
        return flaw(answer, tuple(sources), sources, "en", DETECTOR)

    assert at_most(4.5, lambda: judged(said), than=lambda: judged("Box 7 has wood 7.")) is None  # most of it is to read the entry, once
