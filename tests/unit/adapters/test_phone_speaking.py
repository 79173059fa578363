"""What is written reaches an ear as words: figures said as people say them, nothing that only an eye can use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.phone.speaking.aloud import PIECE_EN_CHARS, PIECE_ZH_CHARS, aloud
from adapters.phone.speaking.chinese import cardinal
from adapters.phone.speaking.english import ordinal, year
from adapters.phone.speaking.figures import figures_said
from adapters.phone.speaking.tongues import tongue_of
from tests.effort import at_most

ZH = {
    "2026-11-12 09:30": "二零二六年十一月十二日 九点半",
    "11月1日至11月12日": "十一月一日至十一月十二日",
    "2026年": "二零二六年",
    "9:00-18:00": "九点到十八点",
    "14:05": "十四点零五分",
    "2:00": "两点",
    "¥99.50": "九十九元五角",
    "99.05元": "九十九元零五分",
    "￥1,299": "一千二百九十九元",
    "0.5元": "五角",
    "$12.30": "十二点三美元",
    "3-5天": "三到五天",
    "3~5个工作日": "三到五个工作日",
    "2个": "两个",
    "第2步": "第二步",
    "第2位": "第二位",
    "2-3人": "两到三人",
    "2万": "两万",
    "2.2万元": "二点二万元",
    "¥2": "两元",
    "2折": "二折",
    "第2个": "第二个",
    "2月": "二月",
    "20000元": "两万元",
    "10%": "百分之十",
    "5%-10%": "百分之五到百分之十",
    "400-800-1234": "四零零，八零零，幺二三四",
    "13800138000": "幺三八，零零幺三，八零零零",
    "+86 138 0013 8000": "八六，幺三八，零零幺三，八零零零",
    "+8613800138000": "八六，幺三八，零零幺三，八零零零",
    "请拨打110": "请拨打幺幺零",
    "热线95555": "热线九五五五五",
    "110元": "一百一十元",
    "订单 2026112200017": "订单 二零二六，幺幺二二，零零零幺七",
    "单号 SF1234567890": "单号 S F 幺二三四，五六七八，九零",
    "订单20261103-88": "订单二零二六，幺幺零三，八八",
    "验证码：4821": "验证码：四八二幺",
    "验证码在300秒内有效": "验证码在三百秒内有效",
    "温度-5℃": "温度负五摄氏度",
    "1.5kg": "一点五公斤",
    "10x20cm": "十乘二十厘米",
    "5G": "五 G",
    "v2.3.1": "V 二点三点一",
    "1/2": "二分之一",
    "1-2个月": "一到两个月",
    "满100减10": "满一百减十",
    "007": "零零七",
}
EN = {
    "2026-11-12": "November twelfth, twenty twenty-six",
    "by Nov 12, 2026 at 9:30": "by November twelfth, twenty twenty-six at nine thirty a.m.",
    "31 December": "December thirty-first",
    "9:00-18:00": "nine a.m. to six p.m.",
    "5:30 PM": "five thirty p.m.",
    "$12.30": "twelve dollars and thirty cents",
    "$1": "one dollar",
    "¥99.50": "ninety-nine point five yuan",
    "99 USD": "ninety-nine dollars",
    "3-5 business days": "three to five business days",
    "10%": "ten percent",
    "call 400-800-1234": "call four zero zero, eight zero zero, one two three four",
    "call +1 202 555 0123": "call one, two zero two, five five five, zero one two three",
    "(202) 555-0123": "two zero two, five five five, zero one two three",
    "SF1234": "S F one two three four",
    "order SO-2026-000123": "order S O two zero two six, zero zero zero one, two three",
    "case QKHW-AMEY": "case Q K H W A M E Y",
    "SELF-SERVICE and Wi-Fi": "SELF-SERVICE and Wi-Fi",
    "order 20261103-88": "order two zero two six, one one zero three, eight eight",
    "by 2026-11-25.": "by November twenty-fifth, twenty twenty-six.",
    "11/22/2026 or 22/11/2026": "November twenty-second, twenty twenty-six or November twenty-second, twenty twenty-six",
    "9am-6pm": "nine a.m. to six p.m.",
    "8-10 a.m.": "eight to ten a.m.",
    "call 1-800-555-0199": "call one, eight zero zero, five five five, zero one nine nine",
    "+12025550123": "one, two zero two, five five five, zero one two three",
    "30-day returns": "thirty-day returns",
    "$0.99": "ninety-nine cents",
    "code 1234": "code one two three four",
    "1.5 kg": "one point five kilograms",
    "1st, 2nd and 21st": "first, second and twenty-first",
    "3/4": "three quarters",
    "24/7": "twenty-four seven",
    "1,250,000": "one million two hundred fifty thousand",
    "-5°C": "minus five degrees Celsius",
    "dial 911": "dial nine one one",
    "911 points": "nine hundred eleven points",
    "16GB": "sixteen gigabytes",
}


@pytest.mark.parametrize(("written", "said"), [*ZH.items()])
def test_figures_in_mandarin(written: str, said: str) -> None:
    assert figures_said(written, tongue_of("zh-CN")) == said


@pytest.mark.parametrize(("written", "said"), [*EN.items()])
def test_figures_in_english(written: str, said: str) -> None:
    if written.startswith("("):
        assert aloud(written, "en").parts == (said + ".",)
    else:
        assert figures_said(written, tongue_of("en")) == said


def test_taiwan_has_its_own_words_and_no_telephone_one() -> None:
    tongue = tongue_of("zh-TW")
    assert figures_said("14:05 20000元 13800138000 -3", tongue) == "十四點零五分 兩萬元 一三八，零零一三，八零零零 負三"


def test_large_and_holey_numbers() -> None:
    said = {n: cardinal(str(n)) for n in (0, 10, 105, 110, 2002, 10010, 20000, 100000001, 1050000000)}
    assert list(said.values()) == ["零", "十", "一百零五", "一百一十", "两千零二", "一万零一十", "两万", "一亿零一", "十亿五千万"]
    assert [year(y) for y in ("1999", "2005", "2026", "1900")] == [
        "nineteen ninety-nine", "two thousand five", "twenty twenty-six", "nineteen hundred",
    ]  # fmt: skip
    assert [ordinal(n) for n in ("3", "12", "20", "101")] == ["third", "twelfth", "twentieth", "one hundred first"]


def test_nothing_for_the_eye_is_said_and_links_are_kept_aside() -> None:
    text = (
        "## 退款\n\n**退款多久到账？**\n\n1. 打开「我的订单」→ 申请退款 😊\n- 支付宝/微信：1～3天\n- 银行卡（含信用卡）：5-7天\n\n---\n"
        "详见[退款说明](https://www.example.com/refund)，或访问 https://www.example.com/help?id=3 。\n费用 99 元/年"
    )
    said = aloud(text, "zh-CN")
    assert "".join(said.parts) == (
        "退款。退款多久到账？一，打开，我的订单，然后申请退款。支付宝或微信：一到三天。银行卡，含信用卡，五到七天。"
        "详见退款说明，或访问网页。费用九十九元每年。"
    )
    assert said.links == ("https://www.example.com/refund", "https://www.example.com/help?id=3")


def test_english_signs_and_shortenings() -> None:
    text = "Write to *support@example.com* (e.g. Mon–Fri 9:00-18:00). Orders >= $50: free | Alipay/WeChat & cards\nhttps://example.com/x"
    assert " ".join(aloud(text, "en").parts) == (
        "Write to support at example dot com, for example Monday to Friday nine a.m. to six p.m. "
        "Orders at least fifty dollars: free, Alipay or WeChat and cards. our web page."
    )


def test_the_second_in_line_is_no_two() -> None:
    assert aloud("您目前排在第 2 位。", "zh-CN", markdown=False).parts == ("您目前排在第二位。",)
    assert aloud("您目前排在第 12 位，还有 2 位客服。", "zh-TW", markdown=False).parts == ("您目前排在第十二位，还有兩位客服。",)


def test_a_hash_before_digits_is_a_number() -> None:
    assert aloud("Order #12345678", "en").parts == ("Order number one two three four, five six seven eight.",)
    assert aloud("您的订单#12345678", "zh-CN").parts == ("您的订单幺二三四，五六七八。",)


def test_what_is_cut_short_is_said_whole_and_no_address_is_read() -> None:
    text = "Open Mon, Wed and Sat 10:00-14:00, ~2 hrs and/or longer. See www.example.com/hours."
    assert " ".join(aloud(text, "en").parts) == (
        "Open Monday, Wednesday and Saturday ten a.m. to two p.m., about two hours or longer. See our web page."
    )
    assert aloud("大概 ~3天，见 www.example.com", "zh-CN").parts == ("大概约三天，见网页。",)
    assert aloud("Sat down on the Sun.", "en").parts == ("Sat down on the Sun.",)


def test_a_customers_stars_are_words_and_ours_are_marks() -> None:
    assert aloud("5 * 3", "en", markdown=False).parts == ("five by three.",)
    assert aloud("**5**", "en").parts == ("five.",)


def test_long_answers_come_in_pieces_that_end_where_one_breathes() -> None:
    zh = aloud("您好，这是一句话。" * 40, "zh-CN").parts
    assert max(map(len, zh)) <= PIECE_ZH_CHARS
    assert all(piece.endswith("。") for piece in zh)
    en = aloud("A sentence without any end, but with commas, " * 40, "en").parts
    assert max(map(len, en)) <= PIECE_EN_CHARS
    assert max(map(len, aloud("长" * 1_000, "zh-CN").parts)) == 2 * PIECE_ZH_CHARS


@pytest.mark.parametrize("text", ["", "   ", "😊", "---", "\n\n", "。。。", "![](x)"])
def test_where_there_is_nothing_to_say_nothing_is_said(text: str) -> None:
    assert aloud(text, "zh-CN").parts == ()


@given(st.text(alphabet="0123456789.,:-/%¥$年月日个 ap m+()[]*#|>。，AZxv\n第", max_size=60), st.sampled_from(["zh-CN", "zh-TW", "en"]))
def test_whatever_is_written_something_fit_for_a_voice_comes_out(text: str, language: str) -> None:
    for part in aloud(text, language).parts:
        assert part == part.strip()
        assert part
        assert not any(char.isdigit() for char in part)


def test_no_text_takes_long() -> None:
    hostile = [
        "1" * 8_000,
        "9:" * 4_000,
        "(" * 8_000,
        "[a](" * 2_000,
        " " * 8_000,
        "1-" * 4_000,
        "http://" * 1_100,
        "。" * 8_000,
        ", " * 4_000,
    ]
    at_most(400, lambda: [aloud(text, language) for text in hostile for language in ("zh-CN", "en")])
