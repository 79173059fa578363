"""A message cut into what can be asked one by one: sentences, and the clauses that "and", "also", 另外 or a comma join.

A short single question comes back as it is. What nobody can answer is left out: greetings, thanks, closings, quoted history.
Linear: the text is cut once at every place where a clause may begin, and each piece is looked at once.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from bot.letters import written
from bot.normalize import HAN

SEGMENTS_MAX_COUNT = 12
"""Of a longer letter the pieces that ask; each of them costs a look into the knowledge base."""
PIECE_MAX_CHARS = 400
_PIECES_MAX_COUNT = 200
_LOOKED_AT_CHARS = 300


def segments(text: str) -> tuple[str, ...]:
    """The pieces of a raw text that can be asked, in its order; the text itself where nothing in it asks, () for none at all.

    A piece that depends on the words before it is weaker than the whole: for a text of a few pieces ask the whole as well.
    """
    said = written(text)
    pieces = [piece for sentence in _sentences(said) for piece in _clauses(sentence) if not is_courtesy(piece)][:_PIECES_MAX_COUNT]
    return tuple(_telling(pieces)) or ((said[:PIECE_MAX_CHARS],) if said else ())


def asks(piece: str) -> bool:
    """Whether a piece has the form of a question or a wish, or tells of trouble; a story around it does not."""
    near = piece[:_LOOKED_AT_CHARS].lower().replace("’", "'")
    return bool(_ASKS.search(near) or _TROUBLE.search(near))


def is_courtesy(piece: str) -> bool:
    """Whether a piece is only a greeting, thanks, a hope for an answer, a closing."""
    near = piece[:_LOOKED_AT_CHARS].lower().replace("’", "'").strip(_MARKS)
    return not near or _COURTESY.fullmatch(near) is not None


# ---- sentences ------------------------------------------------------------------------------------------------------------------

_MARKS = " \t\n,，.。!！?？;；:：~～…-—*·、\"'“”‘’()（）"
_ABBREVIATED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|no|nr|vs|etc|approx|inc|ltd|co|dept|e\.?g|i\.?e|a\.?m|p\.?m|ref)|\b\w|^\d+)$", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[。！？!?；;…]+[”\"’')）】]*|\.+(?=[\s”\"')]|$)|\n+")
_WRAPPED_FROM = 45
"""A line this long, without an end, was broken by the mail program."""
_ITEM = re.compile(
    r"(?:(?<=\s)|(?<=[，。；;,:：])|^)(?:[(（]?[1-9][)）、．.](?=\D)|[①-⑨]|(?:第[一二三四五]|其[一二三])(?:个问题|点)?[，,、：:是])\s*"
)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if end[0][0] == "." and _ABBREVIATED.search(text[max(start, end.start() - 8) : end.start()]):
            continue
        if end[0] == "\n" and _is_wrapped(text, start, end.start()):
            continue
        yield from _items(text[start : end.end()])
        start = end.end()
    yield from _items(text[start:])


def _is_wrapped(text: str, start: int, end: int) -> bool:
    """Whether a line was only broken for its length: it is long, and goes on in the middle of a sentence."""
    line = text.rfind("\n", start, end) + 1
    after = text[end + 1 : end + 2]
    return (
        end - max(line, start) >= _WRAPPED_FROM
        and (after.islower() or after.isdigit() or after in "(I")
        and text[end - 1 : end] not in ":："
    )


def _items(sentence: str) -> Iterator[str]:
    """The points of an enumeration that stands in one line."""
    start = 0
    for item in _ITEM.finditer(sentence):
        yield sentence[start : item.start()]
        start = item.end()
    yield sentence[start:]


# ---- clauses --------------------------------------------------------------------------------------------------------------------

_ASKING_EN = (
    r"(?:how|what|whats|when|where|why|who|which|can|could|do|does|did|is|are|am|will|would|should|has|have|may|shall|any|tell me|"
    r"let me know|please|pls|help me|whether)"
)
_TELLING_EN = r"(?:i|i'd|i'm|i've|i'll|my|we|we'd|our|it|the|there|someone|you|your)"
_JOINT = re.compile(
    rf"(?P<strong>\s*[,，;—–-]*\s+(?:and also|and then|also|plus|additionally|besides|as well as|oh and|and secondly|secondly|and finally|"
    rf"finally|another (?:thing|question)|btw|by the way)\b[\s,]*(?=\w)"
    rf"|[，,、\s]*(?:另外|还有就是|还有|還有|以及|顺便|順便|此外|再问一?下|再問一?下|其次|对了|對了|还想|還想|也想|再者|然后还有)[，,\s]*(?=\w))"
    rf"|(?P<weak>\s*[,，;—–]\s*(?:and|but|or|so|then)?\s*(?={_ASKING_EN}\b|{_TELLING_EN}\b)|\s+(?:and|but|or|&|"
    rf"then)\s+(?={_ASKING_EN}\b|{_TELLING_EN}\b)"
    rf"|(?<=[{HAN}]) +(?=[{HAN}])|(?<=[{HAN}a-z0-9])[，,、](?=[\s]*[{HAN}a-z0-9]))",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"\s*(?:(?:if|while|because|since|after|before|once|as|in case|although|though|regarding|about|unless|for|ok|okay|well|sorry|"
    r"yes|no)\b"
    r"|when (?!do|does|did|will|can|is|are|would|should|am)|(?:如果|要是|假如|因为|因為|由于|既然|虽然|自从|关于|關於|请问|請問|当))"
    r"|.*(?:的话|的話|时|時|的时候|的時候|后|後|之前|以前)$"
)
_EMPTY_EN = (
    "how what when where why who which can could do does did is are am will would should has have may i me my we you your it this "
    "that the a an  to of in on for with be and or so then please pls help tell know there here now get let any if not"
)
_EMPTY_WORDS = frozenset(_EMPTY_EN.split())
_EMPTY_HAN = re.compile(
    r"怎么办|怎么回事|怎么弄|怎么做|怎么处理|怎么解决|怎么|怎麼|如何|什么|什麼|为何|为啥|为什么|请问|謝謝|谢谢|可以|能不能|能否|吗|嗎|呢|么|啊|了|的|我|你|您|们|"
    r"是|有|没|不|要|想|该|呀|吧|咋|办|嘛|这|那|请|帮|下|一|查|看|问|个|就|还|也|都|在|啥|行|能|会"
)
_HANS = re.compile(f"[{HAN}]")
_WORDS = re.compile(r"[a-z']+")


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
    if not left_is_whole or not _has_content(atom):
        return False
    return joint is _Joint.STRONG or (asks(atom) and left_asks)


def _is_whole(atom: str) -> bool:
    """Whether an atom may stand alone: it has content, and is no "if ..." that waits for the rest."""
    near = atom[:_LOOKED_AT_CHARS].lower().strip(_MARKS)
    return _has_content(near) and not _SUBORDINATE.match(near) and not is_courtesy(near)


def _has_content(atom: str) -> bool:
    near = atom[:_LOOKED_AT_CHARS].lower()
    if len(_HANS.findall(near)) > 1:
        return len(_HANS.findall(_EMPTY_HAN.sub("", near))) > 1
    return any(word not in _EMPTY_WORDS for word in _WORDS.findall(near))


def _trimmed(piece: str) -> str:
    """The piece without the words that only join it, and without a greeting in front."""
    piece = piece.strip().lstrip(_MARKS)
    return _FRONT.sub("", piece).lstrip(_MARKS).rstrip(" \t\n,，、;；:：-—")[:PIECE_MAX_CHARS]


def _telling(pieces: list[str]) -> Iterable[str]:
    """At most so many pieces: those that ask before those that tell, in the text's order."""
    unique = list(dict.fromkeys(pieces))
    if len(unique) <= SEGMENTS_MAX_COUNT:
        return unique
    ranked = sorted(range(len(unique)), key=lambda place: (not asks(unique[place]), place))
    return [unique[place] for place in sorted(ranked[:SEGMENTS_MAX_COUNT])]


# ---- what asks, and what is courtesy ---------------------------------------------------------------------------------------------

_ASKS = re.compile(
    rf"[?？]|^\W*(?:(?:and|also|but|so|or|then|hi|hello|hey|ok|well|just)\b\W*)*+{_ASKING_EN}\b"
    r"|\b(?:how (?:do|can|to|long|much|many|come|does|is|are|would|should|often|soon|far)|what (?:is|are|do|does|should|time|"
    r"happens)|where (?:is|are|do|can)|"
    r"when (?:will|do|does|is|can)|why (?:is|are|do|does|was|did)|can (?:i|you|we)|could (?:i|you|we)|is (?:it|there)|are there|do "
    r"you|may i|would you)\b"
    r"|\b(?:i|we|i'd|we'd)(?: \w+)?? (?:want|need|like|wish|wonder|looking|trying|have to|must|forgot|lost)\b|\b(?:wondering|would "
    r"like|looking for|trying to|"
    r"question|tell me|let me know|explain|want to know|need to|want to|have to|please|help)\b"
    r"|[吗嗎呢么麼嘛]|怎|如何|什|甚|啥|咋|几|幾|多少|多久|多长|多長|多大|哪|谁|誰|何时|何時|为何|為何|能不能|能否|可否|可不可|可以|有没有|有沒有|有无|是否|是不是|会不会|會不會|要不要|"
    r"想|要|需要|帮|幫|请|請|麻烦|麻煩|求"
)
_TROUBLE = re.compile(
    r"\b(?:not|can't|cannot|cant|won't|doesn't|don't|didn't|isn't|never|unable|fail\w*|error|wrong|broken|broke|damaged|defective|"
    r"missing|lost|stolen|forgot\w*|"
    r"declined|charged|problem|issue|trouble|stuck|late|delayed|locked|expired?|refused|rejected|blocked|cancel\w*|refund\w*)\b"
    r"|不了|不能|不到|没有|沒有|没|沒|无法|無法|失败|失敗|错|錯|坏|壞|破|丢|丟|忘|少了|漏|过期|過期|慢|卡住|异常|異常|问题|問題|不对|不對|重复|重複|退|取消"
)
_FRONT = re.compile(
    r"^(?:(?:and|also|plus|but|so|then|secondly|finally|additionally|besides|oh|btw|by the way|first|firstly|second|another "
    r"(?:thing|question)(?: is)?)\b[\s,:，]*"
    r"|(?:dear|hi|hello|hey|good (?:morning|afternoon|evening|day))\b[^,.!?，。！？:：\n]{0,40}?[,.!，。！:：]\s*"
    r"|(?:另外|还有就是|还有|還有|以及|顺便|順便|此外|其次|对了|對了|再者|首先|然后|第[一二三]个问题)[，,:：\s]*"
    r"|(?:你好|您好|你们好|亲爱的客服|尊敬的客服|各位好|大家好|客服)[，,！!。~～:：\s]+)+",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"(?:dear|hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day))(?:[ ,]+(?:sir|sirs|madam|or|and|all|team|there|"
    r"everyone|support|"
    r"customer|service|friends|folks|the|you|to whom it may concern|[a-z]+ team))*|to whom it may concern"
    r"|(?:i |we )?(?:do )?hope (?:that )?(?:you|this|all|everyone|everything|your)\b.*"
    r"|(?:i |we )?(?:just )?(?:would like to |want to |wanted to )?(?:start by saying )?(?:thank|thanks|thx|many thanks|thankful)\b.*"
    r"|(?:i|we)?(?:'d| would| do|'m| am)?(?: really| very much| so)? ?(?:appreciat\w+|grateful)\b.*|(?:any|your) (?:help|support|"
    r"answer|advice|reply)\b.*\bappreciated.*"
    r"|(?:i|we)?(?: am|'m| are)? ?look(?:ing)? forward\b.*|(?:kind|best|warm|kindest|warmest|with)? ?(?:regards|wishes)\b.*|"
    r"(?:yours )?(?:sincerely|faithfully|truly)\b.*"
    r"|(?:have|wish you|wishing you) (?:a|an) .*|(?:please )?keep up the (?:good|great) work.*|all the best.*|cheers.*|take care.*|"
    r"sorry (?:for|to) .{0,20}(?:bother|long|disturb|trouble).*"
    r"|(?:你|您|你们|你們|大家|各位|客服|亲|親)+好?(?:啊|呀|吗)?|(?:尊敬|亲爱|親愛)的.{0,12}|(?:上午|下午|早上|晚上|中午)好|在吗|在嗎"
    r"|(?:非常|十分|先|提前|那就|好的|真的|万分|萬分)*(?:谢谢|謝謝|感谢|感謝|多谢|多謝|辛苦|麻烦|麻煩|拜托|拜託).{0,12}(?:了|啦|您|你|们|們|哈|复|復|助|持|理)?"
    r"|(?:希望|祝|愿|願)(?:您|你|你们|貴|贵).*|(?:期待|盼|等待|静候|靜候|希望).{0,8}(?:回复|回覆|答复|答覆|佳音|回信).*|此致|敬礼|敬禮|祝好|(?:顺|順)?祝.{0,12}|不好意思|打扰了?|打擾了?|"
    r"抱歉.{0,6}打扰.*"
)
