"""What customers say about an answer: "that did not help", "不对", "不是这个意思，我问的是换货"."""

from collections.abc import Sequence

from msgspec import Struct, structs

from bot import recall
from bot.means import Means
from bot.normalize import Normalizer
from bot.outcomes import worth_offering
from bot.ranking import Ranked
from bot.several import Several
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.expressions import expression
from gateway.core.handoff import Reason

NOT_HELPED_TEXT = "bot.not_helped"
REJECTED_MAX_COUNT = 2
"""Answers that may miss before a person is asked."""
NEXT_MIN = 0.15
"""From here on the next best entry is worth a question back."""
TOLD_MIN, TOLD_MAX = 0.5, 0.6
SHARE_MIN = 0.2
"""However sure the bot was of what did not help, the rest is at most five times as likely as before."""
FEEDBACK_MAX_CHARS = 60
"""The verdict stands at the message's beginning and is short; a longer beginning is a story."""
VERDICTS_MAX_COUNT = 3


class Verdict(Struct, frozen=True):
    """An answer did not help: in which words, and what was said besides (raw; "" for nothing)."""

    words: str
    rest: str


_PAUSE = expression(r"[,，.。!！?？;；:：、~～\n]++")

_ZH_FRONT = (
    r"(?:我?(?:觉得|感觉|说)|你(?:们|这)?|您|这个|这些|这|那个|那|上面|我|刚才|回答|答案|回复|说|给|方法|办法|的|好像|好吧|额|呃|但是?|可是|可|"
    r"还是|仍然|依然|还|都|并|也|根本|完全|一点(?:儿)?|压根|对我|啥|什么)*+"
)
_ZH_NOT = (
    r"(?:不对|不是(?:这个|那个|这些)?|不行|不可以|不懂|不明白|不准确?|不正确|不相关|不是的|不管用|不好用|不好使|不清楚|不能解决(?:我的)?(?:问题)?|"
    r"不是(?:我)?(?:这个|这|那个|我)(?:的)?(?:意思|问题)|不是我(?:想|要|所)?(?:问|要|想要|想问|说|需要|找)的?(?:这个|问题|答案|意思)?|"
    r"(?:没|没有|无|木有)(?:什么|啥|任何)?(?:用处?|帮助|解决|回答|效果|答案|看懂|听懂|明白|理解|搞懂|弄懂|说清楚|讲清楚)(?:到|上)?(?:我)?(?:的)?(?:问题|意思)?|"
    r"看不懂|听不懂|没懂|不理解|错误|错了?|答错|弄错|搞错|理解错|误会|答非所问|文不对题|牛头不对马嘴|无效|无用|白说|废话|解决不了(?:我的)?(?:问题)?|"
    r"(?:我)?(?:问|说|要)的(?:并)?不是(?:这个|这|那个)?(?:问题|意思)?|试过|试了(?:不行|没用|还是不行)?|(?:已经)?试过(?:不行|没用|还是不行)?)"
)
_ZH_END = r"(?:了|的|啊|呀|呢|吧|哦|哎|唉|嘛|我|你|您|对|吗|意思)*+"
_EN_FRONT = (
    r"(?:(?:no|sorry|hm+|um+|well|but|ok|okay|oh|that|this|it|the|your|answer|reply|answers|one|is|was|were|has|did|does|do|really|still|"
    r"just|at|all|actually|unfortunately|i|am|afraid|think|said|what|you|response|which|me|quite|totally|completely) )*+"
)
_EN_NOT = (
    r"(?:not (?:help|helping|helpful|helped|work|working|worked|useful|right|correct|relevant|it|that|true|what i (?:asked|meant|mean|want|"
    r"wanted|need|needed|said|am asking|was asking|am looking for|was looking for)(?: for| about)?|my question|an answer|the answer|"
    r"the (?:right|correct) (?:answer|one)|the case|answering(?: my question)?|answer(?:ed)?(?: my)?(?: question)?|"
    r"solve(?: my)?(?: problem| issue)?|"
    r"understand(?: (?:me|you|this|that|it|my question))?|get (?:it|you|that)|clear|make sense|good enough|the same)"
    r"|no (?:help|use|good|luck)|(?:no )?(?:wrong|incorrect|useless|unhelpful|irrelevant)(?: answer)?|"
    r"(?:you )?(?:misunderstood|misunderstand|got (?:it|me) wrong)(?: me| my question)?|"
    r"(?:already )?tried (?:that|this|it)(?: already)?|(?:still )?(?:does not|did not) (?:work|help)|of no (?:help|use)|"
    r"makes no sense|nothing to do with (?:it|that|my question))"
)
_EN_END = (
    r"(?: (?:at all|for me|either|to me|me|much|sorry|thanks|thank you|this|that|it|a bit|though|my question|anything|to my question))*+"
)
_UNHELPED = expression(rf"{_ZH_FRONT}{_ZH_NOT}{_ZH_END}|{_EN_FRONT}{_EN_NOT}{_EN_END}")
_REFUSES = expression(r"不|否|no|nope|nah|not really|no no")
BARE_NO = expression(r"(?:不|否|没有?|没了|没有了|不了|no|nope|nah|not really|no no|nothing|nothing else)")


def verdict(raw: str, normalizer: Normalizer) -> Verdict | None:
    """Whether a message begins with the word that the last answer did not help. Only meant where there was an answer."""
    whole = normalizer.plain(raw[: FEEDBACK_MAX_CHARS * 2])
    if len(whole) <= FEEDBACK_MAX_CHARS and _says_no(whole):
        return Verdict(whole, "")
    words, rest = "", raw.strip()
    for _ in range(VERDICTS_MAX_COUNT):  # "No. That's wrong. I meant ..."
        pause = _PAUSE.search(rest[:FEEDBACK_MAX_CHARS])
        first = normalizer.plain(rest[: pause.start()] if pause else rest[: FEEDBACK_MAX_CHARS * 2])
        if not _says_no(first):
            break
        words, rest = words or first, rest[pause.end() :].strip() if pause else ""
    return Verdict(words, rest) if words else None


def _says_no(plain: str) -> bool:
    return _UNHELPED.fullmatch(plain) is not None or _REFUSES.fullmatch(plain) is not None


class Unhelped:
    """The step after an answer that did not help: the next best entry, or a person."""

    TEXT_KEYS = (NOT_HELPED_TEXT,)

    def __init__(self, means: Means) -> None:
        self._means = means

    def __call__(self, turn: Turn) -> Decision | None:
        said = verdict(turn.ask.text, self._means.normalizer) if turn.follows_answer else None
        if said is None or (turn.memory.smalltalk_count and BARE_NO.fullmatch(turn.plain)):
            return None
        memory = turn.memory
        for entry in memory.entries if memory.last_entry is None else (memory.last_entry,):
            memory = recall.rejecting(memory, entry)
        turn = turn.anew(memory)
        if said.rest and (core := self._means.core(said.rest)):
            meant = turn.saying(said.rest, self._means.reader)
            return Several(self._means)(meant) or self._next(meant, core, said)
        if memory.last_entry is None or len(memory.rejected) > REJECTED_MAX_COUNT:
            return self._means.outcomes.hand_off(turn, Reason.REPEATED_MISS, said.words, unhelped=said.words)
        return self._next(turn, self._means.core(memory.last_question), said)

    def _next(self, turn: Turn, core: str, said: Verdict) -> Decision:
        """The best entry that was not tried: answered where it is sure by itself, offered where it is likely now."""
        outcomes, ranked = self._means.outcomes, untried(self._ranked(core, turn), turn.memory.rejected)
        if not said.rest and (told := self._told(turn)):
            ranked = [told, *(item for item in ranked if item.entry.id != told.entry.id)]
        if ranked and outcomes.reaches(ranked[0]):
            return outcomes.answer(turn, ranked[0], ranked, unhelped=said.words, understood=said.rest or None)
        if ranked and ranked[0].p >= NEXT_MIN:
            return outcomes.ask_back(turn, worth_offering(ranked), NOT_HELPED_TEXT, unhelped=said.words)
        return outcomes.hand_off(turn, Reason.REPEATED_MISS, said.words, ranked, unhelped=said.words)

    def _ranked(self, core: str, turn: Turn) -> list[Ranked]:
        """What a question may mean; also beside an entry that holds this very question, and did not help."""
        ranking, today = self._means.ranking, turn.ask.today
        ranked = ranking.ranked(core, today)
        return ranking.near(core, today) if any(item.entry.id in turn.memory.rejected for item in ranking.exact(core, today)) else ranked

    def _told(self, turn: Turn) -> Ranked | None:
        """ "It does not work" may itself be the next question: the entry for it, no surer than worth a question back."""
        found = untried(self._means.together(turn, self._means.ranked(turn)), turn.memory.rejected)
        if not found or not found[0].why.get("agreed") or found[0].p < TOLD_MIN:
            return None
        return structs.replace(found[0], p=min(found[0].p, TOLD_MAX))


def untried(ranked: Sequence[Ranked], rejected: Sequence[str]) -> list[Ranked]:
    """What is left without the entries that did not help, each as likely as it is now that those are out."""
    left = [item for item in ranked if item.entry.id not in rejected]
    gone = sum(item.p for item in ranked if item.entry.id in rejected)
    share = max(1.0 - gone, sum(item.p for item in left), SHARE_MIN)
    return [structs.replace(item, p=item.p / share) if gone else item for item in left]
