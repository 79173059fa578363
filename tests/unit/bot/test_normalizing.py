"""Two ways to write the same thing become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.normalize import MAX_CHARS, TextNormalizer


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("轉人工", "转人工"),
        ("請問運費多少錢？", "请问运费多少钱"),
        ("退款多久到帳", "退款多久到账"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("退 款 多 久 到 账", "退款多久到账"),
        ("iPhone 怎么 退", "iphone怎么退"),
        ("怎么退货👍👍🏻 ❤️", "怎么退货"),
        ("怎么退货[微笑]", "怎么退货"),
        ("[银行]卡换了", "银行卡换了"),
        ("there's an error", "there is an error"),
        ("怎么\u200b退\ufeff货", "怎么退货"),
        ("哈哈哈哈哈哈", "哈哈"),
        ("sooooo slow!!!", "soo slow"),
        ("order 100000", "order 100000"),
        ("I can't cancel, it won’t work", "i can not cancel it will not work"),
        ("I don't want it", "i do not want it"),
        ("Where's my order?", "where my order"),
        ("a:_b", "a b"),
        ("???", ""),
        ("👍", ""),
        ("", ""),
    ],
)
def test_spellings_of_one_text_become_one(normalizer: TextNormalizer, text: str, plain: str) -> None:
    assert normalizer.plain(text) == plain


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("您好，请问退款多久到账呀？谢谢", "退款多久到账"),
        ("麻烦问一下怎么退货", "怎么退货"),
        ("Hello, could you please tell me how I cancel my order? Thanks!", "how i cancel my order"),
        ("Hi there, please cancel my order", "cancel my order"),
        ("客服你好，我想咨询一下基金怎么撤单", "基金怎么撤单"),
        ("在吗？你们几点上班，谢谢您！", "你们几点上班"),
        ("有个问题想问一下怎么退货，在线等", "怎么退货"),
        ("Hi there! are you open today, thanks in advance", "are you open today"),
        ("hello, there are two payments", "there are two payments"),
        ("问题件怎么处理", "问题件怎么处理"),
        ("咨询电话是多少", "咨询电话是多少"),
        ("你好", "你好"),
        ("谢谢", "谢谢"),
        ("please", "please"),
        ("hello", "hello"),
    ],
)
def test_courtesies_go_but_something_always_stays(normalizer: TextNormalizer, text: str, core: str) -> None:
    assert normalizer.core(normalizer.plain(text)) == core


@given(st.text(max_size=300))
def test_normalizing_twice_changes_nothing_more(normalizer: TextNormalizer, text: str) -> None:
    plain = normalizer.plain(text)
    assert normalizer.plain(plain) == plain
    assert len(plain) <= MAX_CHARS
    assert bool(normalizer.core(plain)) == bool(plain)
