"""What is said looks well in mail programs, and nothing that is said is ever markup."""

import re
from functools import partial
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from adapters.email.writing import look
from adapters.email.writing.speech import language_of
from tests.effort import at_most

TAGS = {"p", "br", "a", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "div", "hr"}


def test_markdown_is_shown_as_what_it_stands_for() -> None:
    for said, expected in (
        ("**a** *b* ~~c~~ `d<e`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d&lt;e</code></p>"),
        ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
        ("**a _b** c_", "<p><strong>a _b</strong> c_</p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("- a\n- b\n  - c\n\n1. d\n2. e", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ol><li>d</li><li>e</li></ol>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("# 标题\n> 引用 **x**\n---", "<p>标题</p><div><p>引用 <strong>x</strong></p></div><hr>"),
        ("```py\n<b>\n```\nend", "<pre>&lt;b&gt;</pre><p>end</p>"),
        ("[订单](https://x.example/?a=1&b=2) \\*x\\*", '<p><a href="https://x.example/?a=1&amp;b=2">订单</a> *x*</p>'),
        ("见 https://x.example/a_b_c.", '<p>见 <a href="https://x.example/a_b_c">https://x.example/a_b_c</a>.</p>'),
        ("<https://y.example>", '<p><a href="https://y.example">https://y.example</a></p>'),
        ('[x](javascript:alert(1)) [y](data:text/html,z) [z](https://a"onclick=b)', "<p>x y z</p>"),
        ("snake_case_name 2*3*4", "<p>snake_case_name 2<em>3</em>4</p>"),
    ):  # fmt: skip
        assert _plain(look.markdown(said)) == expected


def test_plain_words_stay_as_they_are_and_their_addresses_can_be_followed() -> None:
    assert _plain(look.paragraphs("a  b\n**c** <https://x.example/?q=1>\n\nd")) == (
        '<p>a&nbsp; b<br>**c** &lt;<a href="https://x.example/?q=1">https://x.example/?q=1</a>&gt;</p><p>d</p>'
    )


PIECES = (*"<>\"'&*_~`[]()!#- \n1.\\x\x00:/", "https://a", "javascript:", "<b>", "](", "mailto:", "```\n", "\n> ", "\n- ", "\n  - ")


@tried(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_text_becomes_markup_and_every_tag_is_closed_where_it_should_be(said: str) -> None:
    for html in (look.markdown(said), look.paragraphs(said), look.small(said)):
        _Strict().check(html)


def test_hostile_text_holds_up_nobody() -> None:
    for piece in ("[", "](", "**a", "*a ", "_a", "`", "<https://", "> ", "- ", "https://x", "~~", "\\", "1. ", "\n", "[a](b(", "***"):
        at_most(200, partial(look.markdown, piece * (60_000 // len(piece))))


def test_a_language_is_known_by_its_letters() -> None:
    said = ("退款什么时候到账", "退款什麼時候到帳", "ありがとうございます", "Hello there", "12", "", "客服中心")
    assert [language_of((text,)) for text in said] == ["zh-Hans", "zh-Hant", "ja", "en", "", "", "zh-Hans"]
    assert language_of(("", "42", "您好")) == "zh-Hans"


def _plain(html: str) -> str:
    return re.sub(r' (?:dir|style)="[^"]*"', "", html).replace("\n", "")


class _Strict(HTMLParser):
    """Knows our tags and their attributes, each closed in its order, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def check(self, html: str) -> None:
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= {"dir", "style", "href", "start"}
        assert all(re.match(r"https?://|mailto:", value or "") for name, value in attrs if name == "href")
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
