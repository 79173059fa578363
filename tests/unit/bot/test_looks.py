"""A question that was misspelt, typed as pinyin or said in Taiwan's words is read as it was meant."""

import pytest

from bot.looks import Look, Looks
from bot.normalize import TextNormalizer
from bot.pinyin import Sounds
from bot.scripts import ScriptTables
from bot.spelling import Spelling, common_words, real_words
from bot.syllables import Syllables, alike, toneless

QUESTIONS = (
    "How long does a refund take?", "How do I cancel my order?", "How do I change my delivery address?", "I forgot my password",
    "Why was my card declined?", "Is the product under warranty?", "Where is my order?", "Do you ship abroad?",
    "退款多久到账", "怎么取消订单", "怎么修改收货地址", "忘记密码怎么办", "运费多少钱", "包邮吗", "怎么开发票", "优惠券用不了", "想退货",
    "支持支付宝付款吗", "软件怎么升级", "怎么查物流信息",
)  # fmt: skip


@pytest.fixture(scope="module")
def cores() -> list[str]:
    normalizer = TextNormalizer(ScriptTables())
    return [normalizer.core(normalizer.plain(question)) for question in QUESTIONS]


@pytest.fixture(scope="module")
def spelling(cores: list[str]) -> Spelling:
    return Spelling(cores, common_words(), real_words())


@pytest.fixture(scope="module")
def sounds(cores: list[str]) -> Sounds:
    return Sounds(cores, frozenset(common_words()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how lnog does a refnud tkae", "how long does a refund take"),
        ("wher is my oder", "where is my order"),
        ("hwo do i cancle my ordr", "how do i cancel my order"),
        ("i forgto my pasword", "i forgot my password"),
        ("my crad was declinde", "my card was declined"),
        ("is teh produt undr warrenty", "is the product under warranty"),
        ("wheremy order", "where my order"),
        ("can cel my order", "cancel my order"),
        ("cancellll my order", "cancel my order"),
        ("pasword忘了", "password忘了"),
    ],
)
def test_a_misspelt_word_becomes_the_one_that_was_meant(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.repaired(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "how do i bake bread",
        "book me a flight to tokyo",
        "take a car to the bank",
        "my drain leaks fluid",
        "bake a lemon cake with fluid icing",
        "退款多久到账",
        "a1b2c3",
        "xq",
        "qwrtzpsdfg",
        "order 66",
        "",
    ],
)
def test_a_word_that_is_right_or_hopeless_stays(spelling: Spelling, text: str) -> None:
    assert spelling.repaired(text) == text


def test_without_latin_words_nothing_is_repaired() -> None:
    assert Spelling(["退款多久到账"], ()).repaired("refnud") == "refnud"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tui kuan duo jiu", "退款多久"),
        ("tuikuan duojiu daozhang", "退款多久到账"),
        ("tuì kuǎn duō jiǔ", "退款多久"),
        ("tui4kuan3 duo1 jiu3", "退款多久"),
        ("tk多久", "退款多久"),
        ("zenme quxiao dingdan", "怎么取消订单"),
        ("wang ji mi ma zen me ban", "忘记密码怎么办"),
        ("wo yao tui huo", "我要退货"),
        ("youhuiquan yongbuliao", "优惠券用不了"),
        ("zhifubao keyi ma", "支付宝可以吗"),
        ("zfb可以吗", "支付宝可以吗"),
        ("怎么 quxiao 订单", "怎么取消订单"),
        ("zenme kai fapiao", "怎么开发票"),
    ],
)
def test_pinyin_is_heard(sounds: Sounds, typed: str, meant: str) -> None:
    assert sounds.heard(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("退宽多久到帐", "退款多久到帐"), ("包油吗", "包邮吗"), ("怎么取消丁单", "怎么取消订单"), ("怎么差物流", "怎么查物流")],
)
def test_a_character_of_the_same_sound_is_heard(sounds: Sounds, typed: str, meant: str) -> None:
    assert sounds.heard(typed).replace("账", "帐") == meant


@pytest.mark.parametrize(
    "text",
    [
        "how long can you hang on", "what time do you open", "can she pay me", "he sang a long song", "退款多久到账", "会员权限怎么看",
        "帮我订一张去北京的机票", "vip", "", "!!", "x" * 200,
    ],
)  # fmt: skip
def test_what_is_no_pinyin_stays(sounds: Sounds, text: str) -> None:
    assert sounds.heard(text) == text


def test_without_chinese_questions_nothing_is_heard() -> None:
    assert Sounds(["how long does a refund take"], frozenset()).heard("tui kuan duo jiu") == "tui kuan duo jiu"


def test_syllables_know_their_tones_away_and_their_neighbours() -> None:
    assert Syllables().of("行") == ("xing", "hang")
    assert Syllables().of("a") == ()
    assert toneless("lǜ sè") == "lv se"
    assert alike("zhang") == ("zhang", "zan", "zang", "zhan")


def test_what_is_built_beforehand_reads_the_same(cores: list[str]) -> None:
    built = Looks(cores, ScriptTables())
    built.build()
    assert list(built.others("tuikuan duojiu")) == list(Looks(cores, ScriptTables()).others("tuikuan duojiu"))


def test_each_look_says_what_it_is_and_keeps_a_little_less(cores: list[str]) -> None:
    looks = Looks(cores, ScriptTables())
    assert list(looks.others("refnud time")) == [Look("spelling", "refund time", 0.997, 0.3)]
    assert list(looks.others("tuikuan duojiu"))[-1] == Look("sound", "退款多久", 0.99)
    assert list(looks.others("软体如何才能升级")) == [Look("words", "软件如何才能升级", 0.999)]
    assert list(looks.others("发票怎么开")) == [Look("order", "怎么开发票", 0.99)]
    assert list(looks.others("退款多久到账")) == []


def test_a_single_word_changed_in_a_long_text_gives_no_start(cores: list[str]) -> None:
    looks = Looks(cores, ScriptTables())
    assert [look.ahead for look in looks.others("please tell me when my very late refnud comes")] == [0.0]
    assert [look.ahead for look in looks.others("please tell me whn my very late refnud comes")] == [0.3]


def test_what_few_customers_say_is_listed_apart_from_what_many_do() -> None:
    assert not set(real_words()) & set(common_words())
