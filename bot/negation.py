"""Negation that similarity can't see: "please do not cancel my order" shares every word with "how do I cancel my order".

Only the will and its denial are looked at ("don't cancel", "I did not cancel", 别取消, 不想取消), not the state ("it can't be cancelled",
"I never received it", 没收到, 取消不了): a state is what people ask about. Two negations make none ("don't forget to cancel", 不得不取消).
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.normalize import HAN
from bot.terms import stem
from gateway.core.expressions import expression

_GOVERNED_MAX_COUNT = 3
"""Words behind the negator that it governs: the verb, and at most what it is done to."""


_ROOT_MIN_CHARS = 3


_DENIED = expression(r"\b(?:did|have|has|had|never) not\b|\bnever\b|没")


class Negated(Struct, frozen=True):
    """What a text wants not to happen: stems of English words, pairs of Chinese characters."""

    verbs: tuple[str, ...] = ()
    """In the text's order: the first says most."""
    is_all: bool = False
    """Whether nothing else is asked: the negated wish is the whole text."""
    is_denied: bool = False
    """Whether it tells what was not done, instead of what is not to be done."""


class Stance(Struct, frozen=True):
    """How an entry's questions speak of things: what they want, and what they want not to happen."""

    wanted: frozenset[str]
    avoided: frozenset[str]


def negated(plain: str) -> Negated:
    """The negated wish of a plain text; an empty one where there is none."""
    if (_NEGATOR_EN.search(plain) is None) and (_NEGATOR_ZH.search(plain) is None):
        return Negated()
    verbs, rest = _english(plain.split())
    pairs, left = _chinese(plain)
    found = (*verbs, *pairs)
    has_more = any(word not in _EMPTY for word in rest) if verbs else len(left) > 1
    return Negated(found, bool(found) and not has_more, _DENIED.search(plain) is not None)


def stance(variants: Sequence[str]) -> Stance:
    """What an entry's plain questions want and avoid."""
    wanted: set[str] = set()
    avoided: set[str] = set()
    for variant in variants:
        unwanted = negated(variant).verbs
        avoided.update(unwanted)
        wanted |= _content(variant).difference(unwanted)
    return Stance(frozenset(wanted), frozenset(avoided))


def conflict(asked: str, entry: Stance, nearest: str) -> bool:
    """Whether the question wants what the entry doesn't, or the reverse. `nearest`: the entry's question that comes nearest."""
    unwanted = negated(asked)
    for verb in unwanted.verbs:
        if verb in entry.avoided:
            return False
        if verb in entry.wanted:
            return True
    if unwanted.verbs:
        return unwanted.is_all and not entry.avoided
    return bool(entry.avoided) and _is_wanted(asked, negated(nearest))


def _is_wanted(asked: str, avoided: Negated) -> bool:
    """The reverse: whether the text plainly wants what a stored question is only about avoiding."""
    is_plain = _NEGATOR_EN.search(asked) is None and _NEGATOR_ZH.search(asked) is None
    return is_plain and avoided.is_all and not avoided.is_denied and avoided.verbs[0] in _content(asked)


# ---- English ---------------------------------------------------------------------------------------------------------------------

_NEGATOR_EN = expression(r"\b(?:not|never|without|no need|stop|avoid|rather than|instead of)\b")
_THINGS = frozenset(["they", "people", "children", "some", "many", "most", "which", "that", "why", "what"])
"""Whose "do not" is a state, like that of any plural: "my cards do not work". Else it is the speaker's wish, or an order."""
_FALSE_STARTS = frozenset(["forget", "hesitate", "fail", "mind", "worry", "not", "only", "just", "sure", "yet", "even", "really", "quite"])
_STATES_EN = (
    "know understand see have remember work get find receive arrive come go show appear load open respond reply happen exist "
    "seem match recognize recognise fit like think feel believe look mean matter accept let allow help tell say hear answer "
    "contain include sure able possible correct right available enough good clear valid here there mine what who where how when "
    "arrived received came went got showed shown fitted told said heard answered worked found understood did does do done was "
    "were is are been had has expect expecting getting receiving working showing seeing in on at of for through with by"
)
_STATES = frozenset(map(stem, _STATES_EN.split()))
_WILLING_EN = (
    "want wanna wish need plan intend mean meant like try trying going gonna decide decided ask asked request requested agree "
    "agreed have to please ever be been being get getting you me us him them it this that the a an my your our his her their "
    "any anymore again just yet still now also already actually really accidentally automatically auto wanted wanting needed "
    "planning planned let authorize authorise authorized authorised"
)
_WILLING = frozenset(_WILLING_EN.split())
_OBJECTS_EN = "the a an my your our his her their this that any it him them me us these those"
_OBJECTS = frozenset(_OBJECTS_EN.split())
_STOPS_EN = (
    "i we he she they but and so because if or can could how what where when which who why will would should is are am do does "
    "did please since as until unless while though although for with from than then"
)
_STOPS = frozenset(_STOPS_EN.split())
_EMPTY_EN = "pls plz hi hello thanks thank yes no ok to of in on at not never without need rather want dont"
_EMPTY = _WILLING | _STOPS | frozenset(_EMPTY_EN.split())


def _english(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is negated, and the words that remain."""
    found: list[str] = []
    rest = list(words)
    for place, word in enumerate(words):
        span = _governed(words, place, word)
        if span:
            governed, end = span
            found += governed
            rest[place:end] = [""] * (end - place)
    return found, [word for word in rest if word and word.isascii()]


def _governed(words: Sequence[str], place: int, word: str) -> tuple[list[str], int] | None:
    """What a negator at this place governs, and where that ends."""
    after = words[place + 1] if place + 1 < len(words) else ""
    match word:
        case "not" if _is_wished(words, place):
            return _verbs(words, place + 1)
        case "never":
            return _verbs(words, place + 1, past_is_state=True)
        case "without" | "stop" | "avoid" if after.endswith("ing"):
            return _verbs(words, place + 1)
        case "need" | "than" if place and (words[place - 1], word) in {("no", "need"), ("rather", "than")}:
            return _verbs(words, place + 1)
    return None


def _is_wished(words: Sequence[str], place: int) -> bool:
    """Whether this "not" speaks of somebody's will or deed, and not of how things are."""
    before = words[place - 1] if place else ""
    who = words[place - 2] if place > 1 else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if {"sure", "ensure"} & set(words[max(0, place - 6) : place]):
        return True
    match before:
        case "do":
            return who not in _THINGS and (not who.endswith("s") or who in {"pls", "yes", "always"})
        case "did" | "will" | "would":
            return who in {"i", "we"}
        case "should" | "must":
            return who in {"you", "we", "i"} and after not in {"have", "be"}
        case "am" | "are":
            return after in {"trying", "going", "planning", "asking"}
        case _:
            return before in {"", "i", "we", "to", "please", "pls", "better", "rather", "definitely", "absolutely"}


def _verbs(words: Sequence[str], start: int, *, past_is_state: bool = False) -> tuple[list[str], int] | None:
    """The verb from here on, with what it is done to; None where a state is negated, or a thing and no deed."""
    found: list[str] = []
    has_object = False
    place = start
    while place < min(len(words), start + 8) and len(found) < _GOVERNED_MAX_COUNT:
        word = words[place]
        if word in _STOPS or not word.isascii():
            break
        if not found and word in _FALSE_STARTS:
            return None
        if word not in _WILLING:
            found.append(word)
        elif not found:
            has_object = word in _OBJECTS or (has_object and word != "to")
        place += 1
    if not found:
        return None
    if has_object:
        found = [word for word in found if word.endswith("ed")]
    elif stem(found[0]) in _STATES or (past_is_state and found[0].endswith("ed") and "to" not in words[start:place]):
        return None
    return ([_root(word) for word in found], place) if found else None


def _root(word: str) -> str:
    """The stem, with the consonant that an ending doubled taken back: "cancelled" and "cancel"."""
    root = stem(word)
    return root[:-1] if root != word and len(root) > _ROOT_MIN_CHARS and root[-1] == root[-2] and root[-1] in "lpt" else root


# ---- Chinese ---------------------------------------------------------------------------------------------------------------------

_NEGATOR_ZH = expression("[不别勿甭没无]")
_WILL_ZH = (
    r"(?<![要用想需可])(?:不是要|不是想|不要|不想要?|不用|不需要?|不必|不再|不打算|不准备|不愿意?|不希望|不同意|无需|无须|请勿|切勿|勿|甭|"
    r"(?<![特识区类级性个分差告派辨永离])别(?![的人处名称墅])|没(?:有)?(?:要|想要?|打算|说要?|让|申请|同意|授权|叫|要求))"
)
_DEEDS_ZH = (
    "取消|退|换货|续|买|购买|注销|删|修改|更改|改|参加|升级|订阅|预订|预定|订|办理|办|开通|绑定|解绑|申请|支付|付款|付|充值|提现|转账|投诉|寄|发货|扣|关闭|"
    "终止|停止|解除|撤|签收|报名|下单|授权|自动|收货"
)
_BARE_ZH = rf"(?<![不没是可得])不(?={_DEEDS_ZH})(?!自动(?:更新|显示|跳))"
"""A bare 不 is a will only before what customers do: 不显示 and 不更新 are states."""
_FILLERS_ZH = r"(?:再|给我|帮我|替我|给|帮|把|让|去|被|来|现在|马上|立刻|自动|随便|擅自|直接|先|就)*+"
_THINGS_ZH = r"(?![这那了它此该一忘个吗呢啊吧的])"
_SPAN_ZH = rf"((?:(?![不别勿没怎如什能可吗呢么但想要还请谢谁哪几多]|我(?!的)|而且|因为|所以|时候|的话)[{HAN}]){{1,10}})"
_NEGATED_ZH = expression(f"(?:{_WILL_ZH}|{_BARE_ZH}){_FILLERS_ZH}{_THINGS_ZH}{_SPAN_ZH}")
_DOUBLED_ZH = expression("(?:不能|不得|不可|不会|不可能|没法|不是)$")
_COURTESY_ZH = expression("请|我|你们?|您|的|了|吧|啊|呀|千万|先|哦|谢谢|还是|就|麻烦|现在|也|都|那|算")


def _chinese(plain: str) -> tuple[list[str], str]:
    """What is negated, and the characters that remain."""
    found: list[str] = []
    rest = plain
    for match in _spans(plain):
        span = match[1]
        found += [pair for i in range(len(span) - 1) if (pair := span[i : i + 2]) not in _VAGUE_PAIRS]
        rest = rest.replace(match[0], "", 1)
    return found, _COURTESY_ZH.sub("", rest)


def _spans(plain: str) -> Iterator[re.Match[str]]:
    for match in _NEGATED_ZH.finditer(plain):
        before, after = plain[match.start() - 1 : match.start()], plain[match.start() + 1 : match.start() + 2]
        if (before != after or not before) and not _DOUBLED_ZH.search(plain[max(0, match.start() - 4) : match.start()]):
            yield match  # 退不退 is a question, 不得不 a must


_VAGUE_ZH = "我的 的我 你的 一个 这个 我们 你们 的订 的账 的会 的信 订单 会员 账号 账户 东西 商品"
_VAGUE_PAIRS = frozenset(_VAGUE_ZH.split())
"""What it is done to says nothing about the deed."""


def _content(plain: str) -> frozenset[str]:
    return frozenset({_root(word) for word in plain.split()} | {plain[i : i + 2] for i in range(len(plain) - 1)})
