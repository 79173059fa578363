"""Whatever is said, nothing raises, and 4 KB of it cost little: measured against other work, as on a busy machine."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.courtesies import is_courtesy
from bot.language import ScriptDetector
from bot.letters import written
from bot.looks import Looks
from bot.negation import conflict, negated, stance
from bot.normalize import TextNormalizer
from bot.reading import Reader
from bot.rules import WordRules
from bot.scripts import ScriptTables
from bot.segments import asks, has_content, segments, tells, wishes
from tests.effort import at_most
from tests.unit.bot.shop import ENTRIES

BYTES_MAX = 4_096
WORK_MAX = 170
"""Times a little word count, for one text of 4 KB and everything that this package's word part does with it."""

SCRIPTS = ScriptTables()
NORMALIZER = TextNormalizer(SCRIPTS)
RULES = WordRules()
READER = Reader(NORMALIZER, ScriptDetector(SCRIPTS), RULES)
CORES = [NORMALIZER.core(NORMALIZER.plain(question)) for entry in ENTRIES for question in entry.questions]
LOOKS = Looks(CORES, SCRIPTS)
LOOKS.build()

ADVERSARIAL = {
    "letters": "a",
    "capitals": "AAAA ",
    "combining marks": "e\u0301\u0323\u0489",
    "zalgo": "h" + "\u0300\u0316\u035d\u0489" * 20,
    "zero width": "退\u200b\u200d\ufeff",
    "bidi": "\u202eabc\u202c \u2066x\u2069",
    "families": "👨\u200d👩\u200d👧\u200d👦",
    "flags": "🇨🇳🇹🇼",
    "keycaps": "1\ufe0f\u20e3",
    "not": "不",
    "do not": "not ",
    "never not": "never not do not ",
    "别": "别不要没",
    "不要": "不要再给我",
    "想要": "我想要",
    "找": "转接到一个一下给我找",
    "hello": "hello there ",
    "在吗": "在吗",
    "thanks": "thank you so much ",
    "谢谢": "非常感谢谢谢您了",
    "please": "please can you tell me ",
    "麻烦": "麻烦你告诉我想问一下",
    "and how": ", and how do i also ",
    "另外": "，另外怎么",
    "commas": "，a",
    "spaces in Chinese": "退 款 ",
    "dots": "a. ",
    "ellipses": "...!!??…。。",
    "lines": "x\n",
    "empty lines": "\n \r\n",
    "quoted": "> > > a\n",
    "wrote": "On Mon, 3 Jan at 10 x wrote\n",
    "写道": "在 2026 年 1 月 1 日 客服 <",
    "addresses": "<<a@b<c@d>",
    "headers": "From: a\nTo: b\n",
    "rules": "________\n-------\n",
    "original": "-----Original Message-----\n",
    "items": "1. 2) ① 第一、",
    "stickers": "[微笑][",
    "brackets": "[[[[((((",
    "pinyin": "tuikuan duojiu ",
    "pinyin joined": "xianxianxianfangan",
    "initials": "tk zfb dj ",
    "tones": "tuì kuǎn ",
    "typos": "refnud lnog ordre ",
    "one long misspelt word": "refundrefnud",
    "homophones": "退宽多久道帐",
    "Taiwan": "軟體硬碟滑鼠",
    "full width": "ＡＢＣ　？！",
    "Hangul fillers": "\u3164\u115f\u1160",
    "controls": "\x00\x01\x1b[31m\x7f",
    "surrogates": "\ud83d",
    "private": "\ue000\U000f0000",
    "tags": "\U000e0041\U000e007f",
    "Arabic": "مرحبا كيف ",
    "ligature": "\ufdfa",
    "abuse": "fuck you are such a very ",
    "垃圾": "垃圾你们是",
    "person": "i want to talk to a ",
    "real real": "real live actual ",
    "call": "please can you call me ",
    "not a bot": "someone not a ",
    "customer": "customer service ",
    "人工": "帮我转人工客服服务",
    "haha": "haha lol ",
    "stop": "stop renewing without ",
    "html": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE x; -- ",
    "format": "%s{0}${x}{{}}",
    "backslashes": "\\\\n\\",
}


def worked(text: str) -> None:
    """Everything that the words' modules do with a text."""
    said = READER.read(text)
    written(text)
    for piece in said.segments:
        asks(piece), wishes(piece), tells(piece), has_content(piece), is_courtesy(piece)
    for core in (said.core, *said.questions):
        list(LOOKS.others(core))
        negated(core)
    RULES.anger(said.plain)
    RULES.smalltalk(said.plain)
    conflict(said.core, stance(CORES), CORES[0])


def of_4_kb(piece: str) -> str:
    """The piece, repeated until it fills what a chat message may hold."""
    size = len(piece.encode("utf-8", "surrogatepass"))
    return piece * (BYTES_MAX // size)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Tables are read once, by whoever comes first."""
    worked("tuikuan 退宽 軟體 refnud 轉人工")


@pytest.mark.parametrize("piece", ADVERSARIAL.values(), ids=ADVERSARIAL)
@pytest.mark.parametrize("end", ["", "？x how"], ids=["bare", "with an end"])
def test_no_repetition_costs_more_than_a_blink(piece: str, end: str) -> None:
    at_most(WORK_MAX, partial(worked, of_4_kb(piece) + end))


@pytest.mark.parametrize("piece", ["不要", "and how do i ", "tuikuan ", "> a\n", "我想问一下", "thank you "])
def test_twice_the_text_costs_no_more_than_twice_the_time(piece: str) -> None:
    long = of_4_kb(piece)
    at_most(8, partial(worked, long), than=partial(worked, long[: len(long) // 4]))  # four times the text; 16 would be a square


words = st.sampled_from([*ADVERSARIAL.values(), "怎么退货", "how do I return it", "\n", " ", "，", "。", "?", ", and "])


@given(st.lists(words, max_size=40).map("".join))
def test_no_mixture_raises(text: str) -> None:
    worked(text[:2_000])


@given(st.text(max_size=400))
def test_no_text_raises(text: str) -> None:
    worked(text)


@given(st.lists(words | st.text(max_size=12), max_size=20).map("".join))
def test_pieces_are_few_and_come_from_the_text(text: str) -> None:
    pieces = segments(text)
    assert len(pieces) <= 12
    assert all(piece.strip() for piece in pieces)
    letters = set(text) | {" "}
    assert all(set(piece) <= letters for piece in pieces)


@given(st.text(max_size=200))
def test_what_was_read_twice_reads_the_same(text: str) -> None:
    assert READER.read(text) == Reader(NORMALIZER, ScriptDetector(SCRIPTS), RULES).read(text)
