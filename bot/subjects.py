"""What a mail asks, and what it is about: its words, or its subject where they ask nothing."""

import re

from msgspec import Struct

from bot.followups import is_topic
from bot.segments import has_content, pieces_by_sentence, wishes
from gateway.core.expressions import expression

_REFER_MAX_CHARS = 60
_REFERS = expression(
    r"(?:如|见|見|看|同|在|就是|即|按)(?:邮件|郵件|信件|上面的?|上述)?(?:标题|標題|主题|主題|主旨|题|題)"
    r"|\b(?:see|as|in|per|read|refer to|from|check)\b.{0,20}\b(?:subject|title|topic)\b|\b(?:see|as) above\b",
    re.IGNORECASE,
)
"""Words that send the reader to the subject."""
_NAMELESS = expression(
    r"\b(?:(?:quick|short|simple|general|new|customer|support|service)?\s*(?:questions?|quer(?:y|ies)|enquir(?:y|ies)|inquir(?:y|ies)|requests?|"
    r"issues?|problems?|messages?|mails?|e-?mails?|contact|form|website|web|feedback|tickets?|case|help|assistance|support|information|info|"
    r"subject|matter|topic|customer|service|attention|attn|urgent(?:ly)?|important|asap|hello|hi|hey|greetings|dear|team|needed|wanted|no|none|"
    r"re|fwd?|test|reply|answer|advice|something|anything|about|regarding|concerning|via|asking|ask))\b"
    r"|咨询|諮詢|请教|請教|请问|請問|询问|詢問|提问|提問|问题|問題|疑问|疑問|求助|帮助|幫助|帮忙|幫忙|紧急|緊急|加急|急+|你好|您好|客户|客戶|顾客|顧客|客服|用户|用戶"
    r"|来信|來信|邮件|郵件|留言|反馈|反映|关于|關於|有关|有關|一个|一個|几个|幾個|个|個|无主题|無主題|无标题|主题|主題|联系|聯繫|回复|回覆|测试|我的?|的",
    re.IGNORECASE,
)
"""What subjects say that name no matter."""
_NUMBERS = expression(r"[#№]?[a-z]{0,3}[\d-]{1,40}", re.IGNORECASE)
_SUBJECT_LOOKED_AT_CHARS = 300


class Posed(Struct, frozen=True):
    """`asked` is what is to be decided; `about`: what helps to understand it, and is no question by itself ("" where nothing does)."""

    asked: str
    about: str = ""


def posed(subject: str, words: str) -> Posed:
    """What a mail with this subject asks in these words.

    A subject is a heading: "Question", "退款". It is what is asked only where the words below it send the reader to it or are mere
    courtesies, and asked with them where it is a question and they are none.
    """
    subject = subject[:_SUBJECT_LOOKED_AT_CHARS].strip()
    if not subject or not is_telling(subject):
        return Posed(words if words.strip() else subject)
    pieces = [piece for _, found in pieces_by_sentence(words) for piece in found if not refers(piece)]
    if not pieces:
        return Posed(subject)
    if wishes(subject) and not is_topic(subject) and not any(map(wishes, pieces)):
        return Posed(f"{subject}\n\n{words}")
    return Posed(words, subject)


def refers(piece: str) -> bool:
    """Whether a piece of a mail only sends the reader to its subject."""
    return len(piece) <= _REFER_MAX_CHARS and _REFERS.search(piece) is not None


def is_telling(subject: str) -> bool:
    """Whether a subject names a matter; "Question 3" and "咨询" don't."""
    return has_content(_NUMBERS.sub(" ", _NAMELESS.sub(" ", subject)))
