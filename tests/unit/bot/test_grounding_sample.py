"""Over the whole sample knowledge base: what an entry says may be said, and no twist of it gets through."""

import random
import re
from collections.abc import Iterator

from bot import Entry
from bot.grounding import flaw
from bot.language import ScriptDetector
from bot.scripts import ScriptTables
from gateway.knowledge import load_knowledge

DETECTOR = ScriptDetector(ScriptTables())
SENTENCE = re.compile(r"(?<=[。！？.!?])\s*")
UNITS = {
    "天": "小时", "小时": "天", "分钟": "天", "个工作日": "小时",
    "days": "hours", "hours": "days", "minutes": "days", "working days": "hours", "business days": "hours",
}  # fmt: skip
UNIT = re.compile(rf"(\d+ ?)({'|'.join(sorted(UNITS, key=len, reverse=True))})")
LIES = {
    "zh": ("详见 https://evil.example/x 。", "请联系Paypal客服。", "保证全部免费。", "我们会赔偿您的损失。"),
    "en": (" See https://evil.example/x.", " Ask Paypal Support.", " This is always free and guaranteed.", " You will get a compensation."),
}


def answers() -> list[tuple[Entry, str, str]]:
    return [(entry, tag, text) for entry in load_knowledge("") for tag, text in entry.answer.items() if tag in LIES]


def refused(entry: Entry, tag: str, said: str) -> bool:
    return flaw(said, (entry.id,), {entry.id: entry.answer[tag]}, {"zh": "zh-CN"}.get(tag, tag), DETECTOR) is not None


def twisted(tag: str, text: str, other: str) -> Iterator[str]:
    """The answer with one thing changed, or added, that it does not say."""
    yield re.sub(r"\d+", lambda found: str(int(found[0]) + 3), text, count=1)
    yield UNIT.sub(lambda found: found[1] + UNITS[found[2]], text, count=1)
    if tag == "en":
        yield re.sub(r"\b(can|is|are|will|do) ", r"\1 not ", text, count=1)
        yield re.sub(r" not |n't\b", " ", text, count=1)
    else:
        yield re.sub(r"(可以|支持)", r"不\1", text, count=1)
        yield re.sub(r"(?<!差)不(?!过|同|断|仅)", "", text, count=1)
    yield from (text + lie for lie in LIES[tag])
    yield f"{text} {SENTENCE.split(other)[0]}"


def test_an_entrys_own_sentences_go_out_whole_in_part_and_in_another_order() -> None:
    found = []
    for entry, tag, text in answers():
        parts = [part for part in SENTENCE.split(text) if part.strip()]
        found += [refused(entry, tag, said) for said in {text, " ".join(parts[:2]), parts[-1], " ".join(reversed(parts))}]
    assert len(found) > 400
    assert sum(found) <= 0.03 * len(found)


def test_no_twist_of_an_answer_gets_through() -> None:
    chance, let_through, count = random.Random(1), [], 0
    known = answers()
    for entry, tag, text in known:
        _, _, other = chance.choice([one for one in known if one[1] == tag and one[0].id != entry.id])
        for said in twisted(tag, text, other):
            if said != text:
                count += 1
                let_through += [] if refused(entry, tag, said) else [said]
    assert count > 800
    assert let_through == []
