"""A message cut into what can be asked one by one: sentences, and the clauses that "and", "also", 另外 or a comma join.

A short single question comes back as it is. What nobody can answer is left out: greetings, thanks, closings, quoted history.
Linear: the text is cut once at every place where a clause may begin, and each piece is looked at once.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice

from bot.courtesies import FRONT, MARKS, is_courtesy
from bot.letters import written
from bot.normalize import HAN
from gateway.core.expressions import expression

SEGMENTS_MAX_COUNT = 12
"""Of a longer letter the pieces that ask; each of them costs a look into the knowledge base."""
PIECE_MAX_CHARS = 400
LETTER_FROM_COUNT = 5
"""So many pieces are a letter, with a story around what is asked."""
_STATEMENT_MAX_WORDS, _STATEMENT_MAX_HAN = 14, 24
"""Longer sentences that neither ask nor complain are a story."""
_PIECES_MAX_COUNT = 200
_LOOKED_AT_CHARS = 300


def segments(text: str) -> tuple[str, ...]:
    """The pieces of a raw text that can be asked, in its order; the text itself where nothing in it asks, () for none at all.

    A piece that depends on the words before it is weaker than the whole: for a text of a few pieces ask the whole as well.
    """
    said = written(text)
    pieces = [piece for _, found in _pieces(said) for piece in found][:_PIECES_MAX_COUNT]
    return tuple(_telling(pieces)) or ((said[:PIECE_MAX_CHARS],) if said else ())


def pieces_by_sentence(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sentences of a raw text, each with its pieces; those without any are left out."""
    for sentence, pieces in islice(_pieces(written(text)), _PIECES_MAX_COUNT):
        if pieces:
            yield _trimmed(sentence), pieces


def _pieces(said: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for sentence in _sentences(said):
        yield sentence, tuple(piece for piece in _clauses(sentence) if not is_courtesy(piece))


def asks(piece: str) -> bool:
    """Whether a piece has the form of a question or a wish, or tells of trouble; a story around it does not."""
    return wishes(piece) or _TROUBLE.search(_near(piece)) is not None


def wishes(piece: str) -> bool:
    """Whether a piece has the form of a question or a wish."""
    near = _near(piece)
    return _ASKS.search(near) is not None or (_BEGINS.match(near) is not None and _EXCLAIMS.match(near) is None)


def tells(piece: str) -> bool:
    """Whether a piece belongs to a story: it is long, or about family, feelings and days gone by, and neither asks nor complains."""
    near = _near(piece)
    is_long = len(_WORDS.findall(near)) > _STATEMENT_MAX_WORDS or len(_HANS.findall(near)) > _STATEMENT_MAX_HAN
    return not asks(piece) and (is_long or _STORY.search(near) is not None)


def has_content(piece: str) -> bool:
    """Whether a piece names anything: "what should I do" and 怎么办 don't."""
    near = piece[:_LOOKED_AT_CHARS].lower()
    if len(_HANS.findall(near)) > 1:
        return len(_HANS.findall(_EMPTY_HAN.sub("", near))) > 1
    return any(word not in _EMPTY_WORDS for word in _WORDS.findall(near))


def _near(piece: str) -> str:
    return piece[:_LOOKED_AT_CHARS].lower().replace("’", "'")


# ---- sentences ------------------------------------------------------------------------------------------------------------------

_ABBREVIATED = expression(
    r"\b(?:mr|mrs|ms|dr|prof|st|no|nr|vs|etc|approx|inc|ltd|co|dept|e\.?g|i\.?e|a\.?m|p\.?m|ref|[a-hj-z])$", re.IGNORECASE
)
_ASKING_EN = (
    r"(?:how|what|whats|when|where|why|who|which|can|could|do|does|did|is|are|am|will|would|should|has|have|may|shall|any|tell me|"
    r"let me know|please|pls|help me|whether)"
)
_SENTENCE_END = expression(
    r"[。！？!?；;…]+[”\"’')）】]*|\.+(?=[\s”\"')]|$)|\n+"
    rf"|[:：](?=\s*(?:{_ASKING_EN}\b|请问|請問|怎[么麼样樣]|如何|为什么|為什麼|能不能|可不可以|多久|多少))",
    re.IGNORECASE,
)
_ITEM = expression(
    r"(?:(?<=[\s，。；;,:：])|^)(?:[(（]?([1-9])[)）、．.](?=\D)|([①-⑨])|(?:第|其)([一二三四五六七八九])(?:个问题|点)?[，,、：:是]"
    r"|[(（]([一二三四五六七八九])[)）]|(?<![^\n])([一二三四五六七八九])、"
    r"|(?:问题|問題|q|question) ?([1-9一二三四五六七八九])[:：.、)）])\s*",
    re.IGNORECASE,
)
_NUMBERS = {mark: str(place % 9 + 1) for place, mark in enumerate("①②③④⑤⑥⑦⑧⑨一二三四五六七八九")}


def _sentences(text: str) -> Iterator[str]:
    for item in _items(text):
        start = 0
        for end in _SENTENCE_END.finditer(item):
            if end[0][0] != "." or not _ABBREVIATED.search(item[max(start, end.start() - 8) : end.start()]):
                yield item[start : end.end()]
                start = end.end()
        yield item[start:]


_LISTED = expression(r"^[ \t]{0,8}(?:[-*•·●▪◦‣][ \t]|[(（]?[1-9一二三四五六七八九][)）、．.]|[①-⑨])", re.MULTILINE)


def is_listed(text: str) -> bool:
    """Whether a text lists what it asks, point by point."""
    return len(_LISTED.findall(text)) > 1


def _items(text: str) -> Iterator[str]:
    """The points of an enumeration, where it counts from one to two at least."""
    marks: list[re.Match[str]] = []
    for mark in _ITEM.finditer(text):
        number = next(filter(None, mark.groups()))
        if _NUMBERS.get(number, number) == str(len(marks) + 1):
            marks.append(mark)
    start = 0
    for mark in marks if len(marks) > 1 else ():
        yield text[start : mark.start()]
        start = mark.end()
    yield text[start:]


# ---- clauses --------------------------------------------------------------------------------------------------------------------

_OPENING_EN = (
    r"(?:how|what|whats|when|where|why|who|which|i|i'd|i'm|my|please|pls|tell me|let me|"
    r"(?:do|does|did|is|are|can|could|will|would|may) (?:i|you|we|it|the|my|they|there))"
)
_TELLING_EN = r"(?:i|i'd|i'm|i've|i'll|my|we|we'd|our|it|the|there|someone|you|your)"
_ONE_HAN = f"(?-i:[{HAN}])"
"""There are no capitals among these, but looking for them takes `re` milliseconds."""
_JOINT = expression(
    rf"(?P<strong>(?:\s*[,，;—–-]+\s+(?:and )?(?:also|plus|additionally|besides|secondly|finally|and then|as well as|oh and)"
    rf"|\s+(?:and also|and then|as well as|oh and|and secondly|and finally)|\s*[,，;—–-]*\s+(?:another (?:thing|question)|btw|by the way)"
    rf")\b[\s,]*(?=\w)"
    rf"|\s+(?:also|plus|additionally|besides|secondly|finally)\b[\s,]*(?={_OPENING_EN}\b)"
    rf"|[，,、\s]*(?:另外|还有就是|(?<![都])[还還]有(?![点點些没沒个個几幾人一两兩多货貨现現名库庫])|以及|顺便|順便|此外|再问一?下|再問一?下|其次|对了|對了|还想|還想|也想|再者|"
    rf"然后还有)[，,\s]*(?=\w))"
    rf"|(?P<weak>\s*[,，;—–]\s*(?:and|but|or|so|then)?\s*(?={_ASKING_EN}\b|{_TELLING_EN}\b)|\s+(?:and|but|or|&|"
    rf"then)\s+(?={_ASKING_EN}\b|{_TELLING_EN}\b)"
    rf"|(?<={_ONE_HAN}) +(?={_ONE_HAN})|(?<={_ONE_HAN}|[a-z0-9])[，,、](?=[\s]*(?:{_ONE_HAN}|[a-z0-9])))",
    re.IGNORECASE,
)
_SUBORDINATE = expression(
    r"\s*(?:(?:if|while|because|since|after|before|once|as|in case|although|though|regarding|about|unless|for|ok|okay|well|sorry|"
    r"yes|no)\b"
    r"|when (?!do|does|did|will|can|is|are|would|should|am)|(?:如果|要是|假如|因为|因為|由于|既然|虽然|自从|关于|關於|当))"
    r"|.*(?:的话|的話|时|時|的时候|的時候|后|後|之前|以前)$"
)
_EMPTY_EN = (
    "how what when where why who which can could do does did is are am will would should has have may i me my we you your it this "
    "that the a an  to of in on for with be and or so then please pls help tell know there here now get let any if not"
)
_EMPTY_WORDS = frozenset(_EMPTY_EN.split())
_EMPTY_HAN = expression(
    r"怎么办|怎么回事|怎么弄|怎么做|怎么处理|怎么解决|怎么|怎麼|如何|什么|什麼|为何|为啥|为什么|请问|謝謝|谢谢|可以|能不能|"
    r"能否|吗|嗎|呢|么|啊|了|的|我|你|您|们|"
    r"是|有|没|不|要|想|该|呀|吧|咋|办|嘛|这|那|请|帮|下|一|查|看|问|个|就|还|也|都|在|啥|行|能|会"
)
_HANS = expression(f"[{HAN}]")
_WORDS = expression(r"[a-z']+")


class _Joint(Enum):
    NONE = 0
    WEAK = 1
    STRONG = 2


def _clauses(sentence: str) -> list[str]:
    """The sentence cut where a new wish begins; never where the second half would be empty talk."""
    found: list[str] = []
    is_asking = is_whole = False
    for joint, gap, atom in _atoms(sentence):
        begins = bool(found) and _begins(joint, atom, left_asks=is_asking, left_is_whole=is_whole)
        if begins or not found:
            found.append(atom)
            is_asking, is_whole = asks(atom), _is_whole(atom)
        else:
            found[-1] += gap + atom
            is_asking, is_whole = is_asking or asks(atom), _is_whole(atom)
    return [trimmed for piece in found if (trimmed := _trimmed(piece))]


def _atoms(sentence: str) -> Iterator[tuple[_Joint, str, str]]:
    """The sentence cut at every place where a clause may begin: how it is joined, by what, and the words."""
    start, joint, gap = 0, _Joint.NONE, ""
    for found in _JOINT.finditer(sentence):
        yield joint, gap, sentence[start : found.start()]
        start, joint, gap = found.end(), _Joint.STRONG if found["strong"] else _Joint.WEAK, found[0]
    yield joint, gap, sentence[start:]


def _begins(joint: _Joint, atom: str, *, left_asks: bool, left_is_whole: bool) -> bool:
    """Whether a new wish begins with this atom."""
    if not left_is_whole or not has_content(atom):
        return False
    return joint is _Joint.STRONG or (asks(atom) and left_asks)


def _is_whole(atom: str) -> bool:
    """Whether an atom may stand alone: it has content, and is no "if ..." that waits for the rest."""
    near = atom[:_LOOKED_AT_CHARS].lower().strip(MARKS)
    return has_content(near) and not _SUBORDINATE.match(near) and not is_courtesy(near)


def _trimmed(piece: str) -> str:
    """The piece without the words that only join it, and without a greeting in front."""
    piece = piece.strip().lstrip(MARKS)
    return FRONT.sub("", piece).lstrip(MARKS).rstrip(" \t\n,，、;；:：-—")[:PIECE_MAX_CHARS]


def _telling(pieces: list[str]) -> Iterable[str]:
    """The pieces that may be meant, in the text's order: of a letter that asks something those that may ask."""
    unique = list(dict.fromkeys(pieces))
    if len(unique) >= LETTER_FROM_COUNT and any(wishes(piece) for piece in unique):
        unique = [piece for piece in unique if not tells(piece)]
    ranked = sorted(range(len(unique)), key=lambda place: (not wishes(unique[place]), not asks(unique[place]), tells(unique[place]), place))
    return [unique[place] for place in sorted(ranked[:SEGMENTS_MAX_COUNT])]


# ---- what asks, and what is courtesy ---------------------------------------------------------------------------------------------

_LEAD = r"^\W*(?:(?:and|also|but|so|or|then|hi|hello|hey|ok|okay|well|just|now|yes|no|oh|sorry|excuse me|please|pls|plz|kindly)\b\W*)*+"
_BEGINS = expression(
    rf"{_LEAD}(?:{_ASKING_EN}|what's|how's|where's|who's|when's|isn't|aren't|can't|couldn't|won't|don't|doesn't|i'd like|i would like|"
    r"show|tell|give|send|cancel|change|book|set|list|find|check|remind|make|add|turn|play|transfer|order|report|explain|let|get|"
    r"look|call|"
    r"schedule|reserve|update|reset|delete|close|refund|return|exchange|activate|buy|pay|remove|stop|start|put|move|switch|track|"
    r"track|create|"
    r"open|take|convert|translate|spell|define|calculate|text|read|search|recommend|suggest|describe|increase|decrease|lower|raise|"
    r"freeze|block|"
    r"unblock|replace|redeem|apply|verify|confirm|enable|disable|need|want|looking|trying|assist|provide|resend|ship|deliver|talk|"
    r"speak|undo|wanna|suggestions?|recommendations?|directions?|instructions?)\b"
)
_EXCLAIMS = expression(
    r"\W*(?:what an?|how (?:nice|lovely|time|sweet|kind)|let me (?:start|begin|say|tell)|do (?:take|have)|no (?:doubt|one|"
    r"idea)|take care)\b"
)
_ASKS = expression(
    r"[?？]"
    r"|\b(?:how (?:do|can|to|long|much|many|come|does|is|are|would|should|often|soon|far|did|old)|what (?:is|are|do|does|should|"
    r"time|happens|kind|if|can)|"
    r"where (?:is|are|do|can|did)|when (?:will|do|does|is|can|should)|why (?:is|are|do|does|was|did|can)|which (?:of|one|is|are)|"
    r"whether)\b"
    r"|\b(?:can|could|may|should|would|do|does|did|is|are|am) (?:i|you|we|there|it|they|my|your)\b(?! (?:sure|afraid))"
    r"|\b(?:i|we|i'd|we'd)(?: (?:really|just|also|still|only|would|am|'m|do|urgently|now))*+ (?:wan(?:t|na)|need|like to|wish to|require|"
    r"request|looking|trying|hoping to|planning to|have to|must)\b"
    r"|\b(?:wondering|want to know|tell me|let me know|explain to me|question is|my question|please (?!excuse|forgive|accept|do "
    r"not hesitate|give my|keep up|say hello))"
    r"|[吗嗎么麼嘛](?:[？?。！!，,\s]|$)|怎[么麼样樣]|如何|什[么麼](?![都也])|甚麼|啥|咋|(?<![前这好])几[天个点时次号张]|(?<![前這好])幾[天個點時次號張]|多少|"
    r"多久|多长|多長|多大|哪|谁(?!知道|都)|何时|何時|为何|為何|能不能|能否|"
    r"可否|可不可|可以|有没有|有沒有|有无|是否|是不是|会不会|會不會|要不要|行不行|对不对|"
    r"我(?:们)?(?:就|现在|也|还|只|很|急)?(?:想|要|需要|希望|打算)(?!起|到|念|必|了想)|(?:请|請|麻烦|麻煩)(?:问|問|帮|幫|您|"
    r"你|告|协|給|给|尽|儘|把|将|将)|帮(?:我|忙)|幫(?:我|忙)|"
    r"求(?:助|解)|呢[？?。\s]?$"
)
_TROUBLE = expression(
    r"\b(?:not|can't|cannot|cant|won't|doesn't|don't|didn't|isn't|wasn't|hasn't|haven't|never|nothing|unable|fail\w*|error|"
    r"wrong|broken|broke|"
    r"damaged|defective|missing|lost|stolen|forgot\w*|declined|charged|problem|issue|trouble|stuck|delayed|locked|expired?|"
    r"refused|rejected|"
    r"blocked|cancel\w*|refund\w*|duplicate|twice|fraud\w*|incorrect|invalid|leak\w*|scratched|torn|compromised|pending|"
    r"swallowed|reverted)\b"
    r"|不|没|沒|无法|無法|失败|失敗|错|錯|坏|壞|破|丢|丟|忘|少了|漏|过期|過期|卡住|异常|異常|问题|問題|重复|重複|退|取消|投诉|投訴|扣"
)
_STORY = expression(
    r"\b(?:husband|wife|sister|brother|father|mother|dad|mum|mom|son|daughter|grand\w+|cousin|aunt|uncle|neighbou?rs?|"
    r"colleagues?|friends?|"
    r"family|kids?|children|birthday|wedding|holidays?|vacation|weather|garden|dogs?|cats?|cake|ago|last (?:week|month|year|"
    r"summer|winter|night)|"
    r"yesterday|used to|remember|writing|customer|happy|lovely|nice|beautiful|wonderful|great|urgent|hurry|been|was|were|had|"
    r"told|said|says|went|"
    r"came|thought|spent|years)\b"
    r"|先生|太太|老公|老婆|姐|妹|哥|弟|父亲|母亲|爸|妈|孩子|儿子|女儿|孙子|邻居|同事|朋友|家人|一家|生日|婚礼|天气|下雨|旅游|"
    r"过年|放假|周末|"
    r"上个?(?:月|星期|周|年)|去年|昨天|前天|那天|最近|以前|小时候|从前|当初|记得|老顾客|老客户|满意|开心|高兴|漂亮|好看|写信|"
    r"这封信|慢慢|不急"
)
