"""Follow-ups: "那多久到？", "and for abroad?", "这个要钱吗" mean little alone, and much after the question before."""

from collections.abc import Sequence
from enum import Enum

from bot.normalize import HAN
from bot.ranking import Ranked
from gateway.core.expressions import expression

FOLLOW_UP_MAX_HAN = 14
FOLLOW_UP_MAX_WORDS = 9
"""A longer question stands for itself, whatever it begins with."""
SHORT_MAX_HAN = 6
SHORT_MAX_WORDS = 4
TOPIC_MIN_HAN, TOPIC_MAX_HAN, TOPIC_MAX_WORDS = 2, 4, 2
TOGETHER_WEIGHT = 0.6
"""How much the question before counts in the order of the entries; the rest is what the follow-up says by itself."""
TOGETHER_SHARE_MIN = 0.25
AGREED_ODDS = 4.0
"""An entry that is likeliest both alone and together is right far oftener than either says."""
_SMOOTH = 0.05
_P_MAX = 0.99


class Leaning(Enum):
    """How much a question leans on the one before it."""

    NONE = 0
    SHORT = 1
    """So short that it may."""
    MARKED = 2
    """Its words say so: "and ...", "what about ...", "那...", "...呢", "it"."""


_HAN = expression(f"[{HAN}]")
_MARKED_ZH = expression(
    r"^(?:那么?(?!个|些|里|边|天|次|种|一)|那如果|要是|如果是?|假如|换成|还有|另外|以及|然后呢?|同样|也是|也|再|又)"
    r"|(?:这个|那个|这样|那样|这些|那些|它们?|该|此|这(?=要|能|可|是|会|怎|需|多)|那(?=要|能|可|是|会|怎|需|多))"
    r"|呢$"
)
_MARKED_EN = expression(
    r"^(?:and|but|or|so|then|also|what about|how about|what if|same (?:for|with)|and if|in that case|if so|if not|for)\b"
    r"|\b(?:it|that|this|they|them|those|these|there|one|ones|either|too|instead|as well)\b"
)
_HOLLOW_ZH = expression(
    r"(?:那么?|然后|大概|大约|一般|通常|最快|最晚|需要|可以|这个|那个|这样|的话|请问|一共|还|就|又|再|要|得|会|能|才|它|该"
    r"|多久|多长时间|多少[天钱]?|几[天号点]|什么时候|何时|啥时候|啥时|怎么|怎样|如何|哪里|哪儿|办理?|弄|搞|操作|做|算|开始|完成|处理|好|行"
    r"|到[账达]?|收到|拿到|时间|天|钱|费用|价格|收费|贵|在|吗|呢|呀|啊|了|的|\s)++"
)
_HOLLOW_EN = expression(
    r"(?:(?:how|long|much|many|soon|fast|when|where|what|and|so|then|but|also|about|does|do|did|will|would|is|are|can|could|should|it|its|that"
    r"|this|they|them|those|these|to|for|the|a|there|i|you|me|my|takes?|costs?|gets?|have|has|need|works?|happen|comes?|arrives?|usually"
    r"|normally|be|by|in|at|until|times?|days|price|pay|done|ready)(?: |$))++"
)
_OPENS_ZH = expression(r"^(?:那么?|那如果|要是|如果是?|假如|换成|还有|另外|以及|然后|同样|也是|再|又)(?:的)?|呢$")
_OPENS_EN = expression(r"^(?:(?:and|but|or|so|then|also|what about|how about|what if|same for|same with|if)\b ?)+")


def leaning(plain: str, core: str) -> Leaning:
    """How much a question, in plain text and without courtesies, leans on the one before it.

    `plain` too, because "呢" at the end is a courtesy to the search and a sign to the reader.
    """
    han = len(_HAN.findall(core))
    if han:
        if han > FOLLOW_UP_MAX_HAN:
            return Leaning.NONE
        is_marked, is_short = _MARKED_ZH.search(plain), han <= SHORT_MAX_HAN
    else:
        count = len(core.split())
        if count > FOLLOW_UP_MAX_WORDS:
            return Leaning.NONE
        is_marked, is_short = _MARKED_EN.search(plain), count <= SHORT_MAX_WORDS
    return Leaning.MARKED if is_marked else Leaning.SHORT if is_short else Leaning.NONE


def is_hollow(core: str) -> bool:
    """Whether a question says what is asked ("how long does it take", "多久到") and nothing of the matter that it is asked about."""
    return (_HOLLOW_ZH if _HAN.search(core) else _HOLLOW_EN).fullmatch(core) is not None


def is_topic(core: str) -> bool:
    """Whether it is a word or two, such as "退款" or "gift card": what it is about, and nothing of what is asked."""
    han = len(_HAN.findall(core))
    is_short = TOPIC_MIN_HAN <= han <= TOPIC_MAX_HAN if han else 0 < len(core.split()) <= TOPIC_MAX_WORDS
    return is_short and not is_hollow(core)


def bare(core: str) -> str:
    """The follow-up without the words that only join it; itself where nothing else is left."""
    without = (_OPENS_ZH if _HAN.search(core) else _OPENS_EN).sub("", core).strip()
    return without or core


def merged(alone: Sequence[Ranked], together: Sequence[Ranked], last: str | None) -> list[Ranked]:
    """The entries for a follow-up, best first: those that it may mean alone, and together with the question before it.

    `last`: the entry that answered that question. Together it always stands first, because its own words are in there; what is left is
    shared among the others.
    """
    gone = next((item.p for item in together if item.entry.id == last), 0.0)
    share = max(1.0 - gone, TOGETHER_SHARE_MIN)
    by_itself = {item.entry.id: item for item in alone if item.entry.id != last}
    with_it = {item.entry.id: (item, min(item.p / share, _P_MAX)) for item in together if item.entry.id != last}
    agreed = next(iter(by_itself), None) if next(iter(by_itself), None) == next(iter(with_it), None) else None
    found = []
    for entry in {**by_itself, **with_it}:
        item = by_itself.get(entry) or with_it[entry][0]
        p, q = by_itself[entry].p if entry in by_itself else 0.0, with_it[entry][1] if entry in with_it else 0.0
        order = (p + _SMOOTH) ** (1 - TOGETHER_WEIGHT) * (q + _SMOOTH) ** TOGETHER_WEIGHT
        why = {**item.why, "alone": round(p, 4), "together": round(q, 4), "agreed": entry == agreed}
        found.append((order, Ranked(item.entry, _surer(1 - (1 - p) * (1 - q), is_agreed=entry == agreed), why, item.features)))
    return [item for _, item in sorted(found, key=lambda pair: -pair[0])]


def _surer(p: float, *, is_agreed: bool) -> float:
    if not is_agreed or p >= _P_MAX:
        return min(p, _P_MAX)
    odds = AGREED_ODDS * p / (1 - p)
    return min(odds / (1 + odds), _P_MAX)
