"""Whether what a language model says is nothing but what the cited entries say. Pure, and suspicious: what can't be shown is refused.

Every sentence must be carried by the cited texts: its numbers with their units, addresses, names and the words that turn a meaning round
must stand there, nearly all of its other words too, and most of them in one place. The customer's question carries nothing. A refused
answer costs little: the entry's own words are said instead.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain, pairwise

from bot.language import Detector, base
from bot.terms import stem
from gateway.core.expressions import expression

ANSWER_MAX_CHARS = 1_500
LONGER_THAN_SOURCES = 1.3
"""How much longer than the cited texts together an answer may be, over the first 200 characters."""
CARRIED_MIN = 0.75
"""The share of a sentence's content that must stand in the cited texts."""
TOGETHER_MIN = 0.5
"""The share that must stand in one sentence of them and its neighbours: words from everywhere are a new statement."""
SENTENCES_MAX_COUNT = 60


class Flaw(StrEnum):
    """Why an answer is refused."""

    EMPTY = "empty"
    UNCITED = "uncited"
    UNKNOWN_CITATION = "unknown_citation"
    TOO_LONG = "too_long"
    MARKUP = "markup"
    LANGUAGE = "language"
    LINK = "link"
    NUMBER = "number"
    NAME = "name"
    TURNED = "turned"
    """A negation, a yes, a limit: a word that turns the meaning round."""
    UNSUPPORTED = "unsupported"


def flaw(answer: str, cited: Sequence[str], sources: Mapping[str, str], language: str, detector: Detector) -> Flaw | None:
    """What is wrong with an answer that cites these entries; None: it says what they say. `sources`: what was shown, by entry id."""
    if not answer.strip():
        return Flaw.EMPTY
    if not cited:
        return Flaw.UNCITED
    if any(entry not in sources for entry in cited):
        return Flaw.UNKNOWN_CITATION
    text, source = _plain(answer), _plain("\n".join(sources[entry] for entry in dict.fromkeys(cited)))
    if len(answer) > ANSWER_MAX_CHARS or len(text) > max(200.0, len(source) * LONGER_THAN_SOURCES):
        return Flaw.TOO_LONG
    return (
        _markup(answer, source) or _language(answer, language, detector) or _links(text, source) or _numbers(text, source)
        or _names(text, source) or _carried(text, source)
    )  # fmt: skip


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\u200b", "")


# ---- form ----------------------------------------------------------------------------------------------------------------------------

_MARKUP = expression(r"<[A-Za-z/!]|```|!\[|\{\{|&#?\w{2,8};|javascript:|data:[a-z]", re.IGNORECASE)
_HAN = expression("[\u3400-\u9fff]")
_LATIN = expression(r"[A-Za-z]{2,}")


def _markup(answer: str, source: str) -> Flaw | None:
    hidden = any(unicodedata.category(char) in ("Cc", "Cf", "Co") and char not in "\n\u200d" for char in answer)
    return Flaw.MARKUP if hidden or any(found[0] not in source for found in _MARKUP.finditer(answer)) else None


def _language(answer: str, language: str, detector: Detector) -> Flaw | None:
    """The customer's, in its script; a name in another language in between is no other language."""
    wanted, found = base(language), detector.language(answer)
    if wanted.startswith("zh"):
        return None if _HAN.search(answer) and found in ("zh", wanted, None) else Flaw.LANGUAGE
    return Flaw.LANGUAGE if _HAN.search(answer) or found not in (wanted, None) else None


# ---- what must stand there as it is --------------------------------------------------------------------------------------------------

_ADDRESS = expression(
    r"(?:https?://|www\.)[^\s()<>\[\]，。；！？、）】」』]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|(?<![\w.@-])[\w-]{1,63}(?:\.[a-z]{2,12})+(?:/[^\s()，。]*)?",
    re.ASCII | re.IGNORECASE,
)
_TARGET = expression(r"\]\(([^()\s]*)")
_NUMBER = expression(r"\d+(?:[.,:/-]\d+)*", re.ASCII)
_UNITS = expression(
    r"\s*-?\s*(?:(?:business|working|calendar|full|whole|natural) )?"
    r"(?P<unit>days?|hours?|minutes?|seconds?|weeks?|months?|years?|times?|percent|"
    r"%|yuan|rmb|cny|usd|dollars?|eur|euros?|pounds?|kg|km|pieces?|items?|am|pm|"
    r"个工作日|个自然日|工作日|自然日|个小时|小时|分钟|秒|个月|月|天|日|周|年|元|块|美元|欧元|次|件|倍|折|公斤|公里|点|号|岁|时)",
    re.IGNORECASE,
)
_RANGE = expression(r"(\d+)\s*(?:[-–—~至到]|to|and)\s*(\d+)", re.ASCII)
_PREFIX_MONEY = expression(r"[$¥€£]\s*$")
_ZH_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_ZH_NUMBER = expression(
    "[零〇一二两三四五六七八九十百千万]+(?=(?:个)?(?:工作日|自然日|小时|分钟|秒|月|天|日|周|年|元|块|次|件|倍|折|公斤|公里|岁|成))"
)
_EN_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        (
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        )
    )
} | {
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "ninety": "90",
    "hundred": "100",
    "thousand": "1000",
    "half": "0.5",
}
_EN_NUMBER = expression(rf"\b(?:{'|'.join(_EN_NUMBERS)})\b", re.IGNORECASE)
_ONE = expression(r"\bone\b(?!\s+(?:business |working )?(?:day|hour|minute|week|month|year|time|item|piece))", re.IGNORECASE)


def _links(text: str, source: str) -> Flaw | None:
    """Addresses of any kind, whole: a longer or a shorter one leads elsewhere."""
    known = {found[0].rstrip(".,;:!?").lower() for found in _ADDRESS.finditer(source)}
    wanted = [found[0].rstrip(".,;:!?").lower() for found in _ADDRESS.finditer(text)]
    targets = [found[1] for found in _TARGET.finditer(text)]
    return Flaw.LINK if any(one not in known for one in wanted) or any(f"]({one})" not in source for one in targets) else None


def _numbers(text: str, source: str) -> Flaw | None:
    """Each number stands there, with the same unit where it has one; from one to another only as it is there."""
    there = set(_quantities(source))
    wrong = set(_quantities(text)) - there - {(number, "") for number, _ in there}
    return Flaw.NUMBER if wrong or set(_RANGE.findall(_counted(text))) - set(_RANGE.findall(_counted(source))) else None


def _counted(text: str) -> str:
    """The text with its number words in digits."""
    counted = _ONE.sub(" ", _ZH_NUMBER.sub(lambda found: _in_digits(found[0]), text))
    return _EN_NUMBER.sub(lambda found: _EN_NUMBERS[found[0].lower()], counted)


def _quantities(text: str) -> Iterable[tuple[str, str]]:
    """(number, unit) of everything that counts, in digits."""
    counted = _counted(text)
    for found in _NUMBER.finditer(counted):
        unit = _UNITS.match(counted, found.end())
        money = _PREFIX_MONEY.search(counted, max(0, found.start() - 2), found.start())
        name = unit["unit"].lower().rstrip("s").removeprefix("个") if unit else money[0].strip() if money else ""
        for number in re.split(r"[/:-]", found[0].replace(",", "")):
            yield number.lstrip("0") or "0", name


def _in_digits(written: str) -> str:
    total = part = 0
    for char in written:
        if char in _ZH_DIGITS:
            part = part * 10 + _ZH_DIGITS[char] if part and part < 10 and not total else _ZH_DIGITS[char]
        else:
            size = {"十": 10, "百": 100, "千": 1000, "万": 10_000}[char]
            total = (total + part) * size if size == 10_000 else total + (part or 1) * size
            part = 0
    return str(total + part)


_CAPITAL = expression(r"(?<![.!?:\n] )(?<![\n])(?<!^)\b[A-Z][A-Za-z0-9&'-]*", re.ASCII | re.MULTILINE)
_FIRST_PERSON = frozenset({"i", "i'm", "i'll"})


def _names(text: str, source: str) -> Flaw | None:
    """Latin words in a Chinese sentence, and words with a capital inside an English one, are names: they must stand there."""
    known = {word.lower() for word in re.findall(r"[A-Za-z0-9&'-]+", source)}
    found = _LATIN.findall(text) if _HAN.search(text) else _CAPITAL.findall(text)
    return Flaw.NAME if any(word.lower() not in known | _FIRST_PERSON for word in found) else None


# ---- what is said --------------------------------------------------------------------------------------------------------------------

_SENTENCE = expression(r"[。！？!?；;\n]+|(?<=[^\d\s])\.(?=\s|$)|(?<=\d)\.(?=\s+[A-Z]|\s*$)")
_CLAUSE = expression(r"[，,](?!\d)| (?:and|but) |但是?|并且?|而且")
_TOKEN = expression(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[\u3400-\u9fff]+")
_STOP_WORDS = (
    "a an the of to in on for at by with and or as is are be been being was were will would it its this that these those you your "
    "we our us they their them from then there here please also so if when which who what how do does did has have had can could "
    "may should i my me"
)
_STOP = frozenset(_STOP_WORDS.split()) | frozenset("的了是在和与及请您你我们会将可就也都把被给对为其这那等及吧呢啊吗")
_NO_NEGATION = expression(
    "不客气|不过|不仅|不但|差不多|不管|不论|无论|不断|不同|不久|对不起|不好意思|不错|特别|别的|区别|分别|类别|级别|识别|个别|别人|性别|非常|并非常|除非|没关系|无忧|无线|未来|"
    "否则|是否|能否|可否"
)
_NEGATION = expression(
    "不|没|沒|无|無|别|別|勿|未|非|莫|禁|拒|[a-z]+n't|(?<![a-z])(?:not|never|no|none|nor|neither|without|cannot|unable|except|unless|refuse[sd]?|denied|impossible)(?![a-z])"
)
_TURNING = expression(
    "至少|最少|最多|至多|不超过|以上|以下|以内|之内|超过|之前|之后|以前|以后|必须|一定|仅|只有|只能|全部|所有|任何|永远|永久|终身|随时|"
    "保证|承诺|免费|全额|部分|自动|立即|马上|赔偿|补偿|是的|当然|允许|同意|"
    "(?<![a-z])(?:at least|at most|up to|within|before|after|more than|less than|over|under|must|only|always|all|any|every|forever|"
    "lifetime|guarantee[sd]?|promise[sd]?|free|full|fully|partial|automatic(?:ally)?|immediately|instantly|compensat\\w*|yes|sure|allowed)(?![a-z])"
)


def _carried(text: str, source: str) -> Flaw | None:
    there = [_Sentence(one) for one in _sentences(source)]
    sentences = _sentences(text)
    if len(sentences) > SENTENCES_MAX_COUNT or not there:
        return Flaw.TOO_LONG if there else Flaw.UNSUPPORTED
    places = [range(at, at + width) for width in (1, 2, 3) for at in range(len(there) - width + 1)]
    standing = _standing(there, places)
    return next(filter(None, (_carried_one(_Sentence(one), there, places, standing) for one in dict.fromkeys(sentences))), None)


def _standing(there: Sequence["_Sentence"], places: Sequence[range]) -> Mapping[str, Sequence[int]]:
    """Each word of the source with the places where it stands, by their number."""
    standing = defaultdict[str, list[int]](list)
    for number, place in enumerate(places):
        for word in frozenset().union(*(there[at].content for at in place)):
            standing[word].append(number)
    return standing


def _carried_one(
    said: "_Sentence", there: Sequence["_Sentence"], places: Sequence[range], standing: Mapping[str, Sequence[int]]
) -> Flaw | None:
    """The sentence's words, and where most of them stand together; there, as much must be denied and limited as here."""
    if not said.content:
        return None
    carried = said.content & standing.keys()
    if len(carried) < CARRIED_MIN * len(said.content):
        return Flaw.UNSUPPORTED
    together = Counter(chain.from_iterable(standing[word] for word in carried))
    most = max(together.values())
    if most < TOGETHER_MIN * len(said.content):
        return Flaw.UNSUPPORTED
    shortest = places[min(number for number, count in together.items() if count == most)]
    near = [there[at] for at in shortest]
    turning = {word for one in near for word in one.turning}
    if not said.turning <= turning or said.negations not in _negation_counts(near):
        return Flaw.TURNED
    return None


def _negation_counts(near: Sequence["_Sentence"]) -> set[int]:
    """As often as one of the carrying sentences denies, or all together."""
    return {one.negations for one in near if one.content} | {sum(one.negations for one in near)}


class _Sentence:
    """A sentence: what it speaks of, how often it denies, and what turns it."""

    def __init__(self, text: str) -> None:
        lower = text.lower()
        self.content = frozenset(_units(_NEGATION.sub(" ", lower)))
        self.negations = len(_NEGATION.findall(_NO_NEGATION.sub(" ", lower)))
        self.turning = frozenset(found[0] for found in _TURNING.finditer(lower))


def _sentences(text: str) -> list[str]:
    """Clauses, to be exact: what is denied in one is not denied in the next."""
    bare = re.sub(r"[*_`#>|]+|\]\([^()]*\)|[\[\]]", " ", text)
    return [clause.strip() for piece in _SENTENCE.split(bare) for clause in _CLAUSE.split(piece) if clause and clause.strip()]


def _units(lower: str) -> Iterable[str]:
    """Stems of English words, pairs of Chinese characters; what says nothing by itself is left out."""
    for token in _TOKEN.findall(lower):
        if token[0] >= "\u3400":
            kept = [char for char in token if char not in _STOP]
            yield from (kept if len(kept) == 1 else map("".join, pairwise(kept)))
        elif token not in _STOP:
            yield stem(token)
