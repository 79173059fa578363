"""What is to be deleted, cancelled or closed. "Remove someone from my account" shares its words with "delete my account" and not its
meaning: where a question names an object that no question of the entry names, the entry is asked about before it is answered."""

from collections.abc import Sequence

from bot.normalize import HAN
from bot.terms import is_han, stem
from gateway.core.expressions import expression

_VERB_EN = expression(
    r"\b(?:delete|deleting|remove|removing|erase|erasing|close|closing|deactivate|deactivating|terminate|cancel|canceling|cancelling)\b"
    r"(?P<object>[a-z0-9 ]*)"
)
_FROM_EN = expression(r"\b(?:from|on|in|of|off)\b")
_BREAK_EN = expression(
    r"\b(?:from|on|in|of|off|to|for|with|at|by|before|after|and|or|if|when|while|without|because|that|which|i|please|again|permanently|"
    r"completely|forever|now|today|immediately|anymore|already|yet|online|early|myself|it|them|this|is|are|was|do|does|can|could|will|would)\b"
)
_EMPTY_WORDS = "a an the my our your his her their any some one all these those existing old current recent just"
_EMPTY_EN = frozenset(_EMPTY_WORDS.split())
_VERB_ZH = expression(f"(?:删除|删掉|删了|删|移除|注销|关闭|取消|解除|解绑)(?P<object>[{HAN}]{{2,12}})")
_END_ZH = expression(r"(?:吗|么|呢|吧|了|啊|后|之后|以后|可以|需要|怎么办?|怎样|如何|要|会|能|还|多久|什么|流程|步骤|方法|操作|申请).*$")
_EMPTY_ZH = expression(r"^(?:我的?|这个|那个|一个|已经|自己的?|你们的?|全部|所有|掉|了)+")


def is_other(core: str, cores: Sequence[str], *, is_strict: bool) -> bool:
    """Whether a question wants something gone that none of an entry's questions speak of. False where no object is named.

    An English object by another name ("my subscription" for a membership) is another one only to the strict; to others where it is taken
    from what the entry speaks of ("someone from my account").
    """
    if is_han(core):
        named = _object_zh(core)
        return bool(named) and not any(pair in stored for pair in _pairs(named) for stored in cores)
    wanted, around = _objects_en(core)
    known = {stem(word) for stored in cores for word in stored.split()}
    return bool(wanted) and wanted[-1] not in known and (is_strict or not known.isdisjoint(around))


def _objects_en(core: str) -> tuple[list[str], list[str]]:
    """The stems of the verb's object, its head last ("my old gym membership" is a membership); and of what it is taken from."""
    found = _VERB_EN.search(core)
    parts = _FROM_EN.split(found["object"], maxsplit=1) if found else []
    return (_stems(_BREAK_EN.split(parts[0], maxsplit=1)[0]), _stems(parts[1]) if len(parts) > 1 else []) if parts else ([], [])


def _stems(text: str) -> list[str]:
    return [stem(word) for word in text.split() if word not in _EMPTY_EN]


def _object_zh(core: str) -> str:
    found = _VERB_ZH.search(core)
    named = _END_ZH.sub("", _EMPTY_ZH.sub("", found["object"])) if found else ""
    return named if len(named) > 1 else ""


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]
