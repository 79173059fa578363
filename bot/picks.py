"""Answers to "did you mean": a place ("2", "第二个", "the last one"), a choice's own words or part of them, several, all, none."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.terms import stem, words
from gateway.core.decision import PERSON
from gateway.core.expressions import expression
from gateway.core.ids import EntryId

ENTRY = "entry:"
"""A choice's id is this and the entry's id."""
NONE = "none"
"""What `picked` says when the customer wants none of the choices."""
UNCLEAR = "unclear"
"""What `picked` says when the customer agrees, and there is more than one choice to agree to."""
PICK_MAX_CHARS = 60
"""Longer texts are questions of their own."""


class Picks(Protocol):
    """Reads an answer to the bot's own question."""

    def picked(self, plain: str, offered: Sequence[str], titles: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
        """The ids of the choices that are meant, (NONE,) or (UNCLEAR,), or () where the text is no answer to the choices.

        `titles`: what stands for each choice, in plain text, in every language that it has.
        """
        ...


class WordPicks:
    """Reads Chinese and English."""

    def picked(self, plain: str, offered: Sequence[str], titles: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
        if not offered or not plain or len(plain) > PICK_MAX_CHARS:
            return ()
        entries = [choice for choice in offered if choice != PERSON]
        if _NONE.fullmatch(plain) or (_NO.fullmatch(plain) and entries):
            return (NONE,)
        if _YES.fullmatch(plain):
            return (UNCLEAR,) if len(entries) > 1 else tuple(entries or offered)
        if _ALL.fullmatch(plain) and len(entries) > 1:
            return tuple(entries[:2] if plain[0] == "前" else entries)
        return _placed(plain, offered) or _named(plain, entries, titles)


def choice_id(entry: EntryId) -> str:
    """The id of the choice that stands for an entry."""
    return ENTRY + entry


def is_place(plain: str) -> bool:
    """Whether a text names a place in a list ("1", "第二个", "the last one") and nothing else."""
    return len(plain) <= PICK_MAX_CHARS and bool(_BARE_NUMBER.fullmatch(plain) or _ONE.fullmatch(plain) or _LAST.fullmatch(plain))


def entry_of(choice: str) -> EntryId | None:
    """The entry that a choice stands for."""
    return EntryId(choice[len(ENTRY) :]) if choice.startswith(ENTRY) else None


# ---- by place -------------------------------------------------------------------------------------------------------------------

_ORDINALS: tuple[tuple[str, ...], ...] = (
    ("1", "一", "a", "first", "1st", "one", "头", "首"),
    ("2", "二", "两", "b", "second", "2nd", "two"),
    ("3", "三", "c", "third", "3rd", "three"),
    ("4", "四", "d", "fourth", "4th", "four"),
)
_PLACES = {word: place for place, words in enumerate(_ORDINALS) for word in words}
_ZH_PLACE = r"(?:选项|选择|问题|编号|序号|第)*([一二两三四1-4头首])(?:个|项|条|种|号|点)*(?:问题|选项)?"
_EN_PLACE = (
    r"(?:the |option |number |no |choice |answer |question |nr )*"
    r"(1st|2nd|3rd|4th|[1-4]|a|b|c|d|first|second|third|fourth|one|two|three|four)(?: one| option| choice| question)?"
)
_ZH_FRONT = (
    r"(?:我)?(?:就)?(?:选择|选|要|是|要问的是|问的是|问的|想问的是|想问|说的是|指的是|"
    r"想知道|想了解|看看|回复|应该是|好像是)?(?:的是)?(?:关于)?(?:那个|这个)?"
)
_ZH_END = r"(?:吧|啊|呢|哦|呀|谢谢|了|的)*"
_EN_FRONT = (
    r"(?:(?:i|id|i will|i would|ill|let|lets|please|pls|its|it is|is|that is|probably|maybe|mean|meant|pick|choose|take|want|like|to|go|"
    r"with|for|say|guess|think|yes|ok|okay) )*"
)
_EN_END = r"(?: please| pls| thanks| thank you| then)*"
_ONE = expression(rf"{_ZH_FRONT}{_ZH_PLACE}{_ZH_END}|{_EN_FRONT}{_EN_PLACE}{_EN_END}")
_SEVERAL = expression(
    rf"{_ZH_FRONT}{_ZH_PLACE}(?:和|跟|与|还有|及| )+{_ZH_PLACE}{_ZH_END}|{_EN_FRONT}{_EN_PLACE}(?: and| plus)? {_EN_PLACE}{_EN_END}"
)
_LAST = expression(
    rf"{_ZH_FRONT}最后(?:面)?(?:的)?(?:一个|那个|一项|一条|个)?{_ZH_END}|{_EN_FRONT}(?:the )?last(?: one| option| choice)?{_EN_END}"
)
_BARE_NUMBER = expression(r"(?:选|第|no |number )?[0-9]{1,2}(?:个|项|号)?")


def _placed(plain: str, offered: Sequence[str]) -> tuple[str, ...]:
    if _LAST.fullmatch(plain):
        return (offered[-1] if offered[-1] != PERSON or len(offered) == 1 else offered[-2],)
    said = _ONE.fullmatch(plain) or _SEVERAL.fullmatch(plain)
    places = [_PLACES[word] for word in said.groups() if word] if said else []
    return tuple(dict.fromkeys(offered[place] for place in places)) if all(place < len(offered) for place in places) else ()


# ---- all and none ---------------------------------------------------------------------------------------------------------------

_ALL = expression(
    r"(?:我)?(?:都|全|全部|两个|三个|这些|前两个|前2个)(?:都)?(?:是|要|想问|想知道|想了解|选|问|需要)(?:了解|知道)?(?:一下)?(?:的|吧|啊|呢)*|前(?:两|2|二)个|"
    r"(?:i want |i meant? )?(?:both|all)(?: of (?:them|these|those|it))?(?: please)?|all (?:three|two)(?: of them)?"
)
_YES = expression(
    r"(?:是的?|对的?|嗯+|没错|正是|就是(?:这个|它)?|是这个|对对|好的?|可以|行|要|需要|yes|yeah|yep|yup|ya|correct|right|exactly|sure|ok|okay|"
    r"that is (?:it|right|the one)|thats it|this one|that one)(?:啊|呀|吧|了| please| it is)*"
)
_NO = expression(r"(?:不|不是|不要|没有|否|不用|no|nope|nah|not really)(?:的|啊|呢|吧|了|这个| thanks| thank you)*")
_NONE = expression(
    r"(?:以上|这些|上面(?:的|这些)?|你说的|这几个)?(?:都|全|一个也|一个都)(?:不是|不对|没有|不要|不符合|不行|不合适)(?:这些|这个|我要的|我想要的|我想问的|我问的|我要问的)?(?:的|啊|呢|吧|了)*"
    r"|(?:以上|上面的?|这些|里面)?(?:没有|不是)(?:一个)?(?:我要的|我想要的|我想问的|我要问的|这些|合适的|符合的)(?:问题|选项)?(?:的|啊|呢|吧)*"
    r"|(?:这些|以上|上面)(?:都)?(?:不是|不对)"
    r"|(?:no |it is )?(?:none|neither)(?: of (?:these|those|them|the above|that|it))?|not (?:these|those|any of (?:these|those|them))|"
    r"no (?:it is )?not (?:any of )?(?:these|those|them|that)|(?:it is |i mean |i meant )?something else|none of the above|"
    r"其他|其它|别的|其他的|其它的|(?:我)?(?:问的|想问的|说的|要问的)?(?:是)?(?:其他|其它|别的)的?(?:问题|事)?"
)

# ---- by its words ---------------------------------------------------------------------------------------------------------------

_NAMED = expression(
    r"(?:the |that )?(?:one|option|question|thing) (?:about|with|on|for|that says|regarding|of) (?:the |a |my |an )?(?P<en>.+?)(?: please)?"
    r"|(?:i )?(?:mean|meant) (?:the |that )?(?P<meant>.+?)(?: one| question| option)?"
    r"|(?:the |that )(?P<that>.+?) (?:one|question|option)(?: please)?"
    r"|(?:我)?(?:选|要|问的?是|想问的?是?|说的是|指的是|是)?(?:关于|有关)(?P<zh>.+?)(?:的)?(?:那个|这个|那条|那一?项|问题|选项)*(?:吧|啊|呢)?"
    r"|(?:我)?(?:选|要|问的?是|想问的?是|说的是|指的是|是)?(?P<of>.+?)(?:的)?(?:那个|这个|那条|那一?项|的问题|选项)(?:吧|啊|呢)?"
    r"|(?:我)?(?:选|问的是|想问的是|说的是|指的是|是)(?P<is>.+?)(?:吧|啊|呢)?"
)
_HAN_MIN = 2
_WORD_MIN = 3


def _named(plain: str, entries: Sequence[str], titles: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The one choice that has these words; where two have them, none is meant."""
    found = _NAMED.fullmatch(plain)
    named = next((word for word in found.groups() if word), "") if found else ""
    for said in dict.fromkeys(filter(None, (plain, named))):
        holding = [choice for choice in entries if any(_holds(title, said) for title in titles.get(choice, ()))]
        if len(holding) == 1:
            return (holding[0],)
    return _nearest(named, entries, titles) if named else ()


def _holds(title: str, said: str) -> bool:
    """Whether what was said is the title, or a part of it that can stand for it."""
    if said.isascii():
        return len(said) >= _WORD_MIN and f" {said} " in f" {title} "
    return len(said) >= _HAN_MIN and said in title


def _nearest(named: str, entries: Sequence[str], titles: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """ "The one about refunds": the choice that shares most words with it, and more than any other."""
    said = _stems(named)
    shared = {choice: max((len(said & _stems(title)) for title in titles.get(choice, ())), default=0) for choice in entries}
    best = max(shared.values(), default=0)
    chosen = [choice for choice, count in shared.items() if count == best]
    return (chosen[0],) if best and len(chosen) == 1 else ()


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in _EMPTY)


_EMPTY_WORDS = "a an the i my your it is are do does to of in on for with how what when where can be and or 的 了 吗 呢 是 我 怎 么"
_EMPTY = frozenset(_EMPTY_WORDS.split())
