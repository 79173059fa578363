"""Courtesies: greetings, thanks, excuses and closings, which nobody answers."""

import re

from gateway.core.expressions import expression

MARKS = " \t\n,，.。!！?？;；:：~～…-—*·•●▪◦‣、\"'“”‘’()（）"
"""What may stand around words and says nothing."""
_LOOKED_AT_CHARS = 300


def is_courtesy(piece: str) -> bool:
    """Whether a piece is only a greeting, thanks, a hope for an answer, a closing."""
    near = piece[:_LOOKED_AT_CHARS].lower().replace("’", "'").strip(MARKS)
    return not near or _COURTESY.fullmatch(near) is not None


FRONT = expression(
    r"^(?:(?:and|also|plus|but|so|then|secondly|finally|additionally|besides|oh|btw|by the way|first(?: of all)?|firstly|second|another "
    r"(?:thing|question)(?: is)?)\b[\s,:，]*"
    r"|(?:dear|hi|hello|hey|good (?:morning|afternoon|evening|day))\b[^,.!?，。！？:：\n]{0,40}?[,.!，。！:：]\s*"
    r"|(?:另外|还有就是|(?:还有|還有)(?![货貨现現名库庫优優折活机機])|以及|顺便|順便|此外|其次|对了|對了|再者|首先|然后|第[一二三]个问题)[，,:：\s]*"
    r"|(?:你好|您好|你们好|亲爱的客服|尊敬的客服|各位好|大家好|客服)[，,！!。~～:：\s]+)+",
    re.IGNORECASE,
)
"""What only joins a piece to the words before it, and a greeting in front of it."""
_COURTESY = expression(
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
    r"|(?:你|您|你们|你們|大家|各位|客服|亲|親)+好?(?:啊|呀|吗)?|(?:尊敬|亲爱|親愛)的.{0,12}|(?:上午|下午|早上|晚上|中午)好|(?:请问|請問)?(?:在|有人|有人在)[吗嗎么麼]"
    r"|(?:非常|十分|先|提前|那就|好的|真的|万分|萬分)*(?:谢谢|謝謝|感谢|感謝|多谢|多謝|辛苦|麻烦|麻煩|拜托|拜託).{0,12}(?:了|"
    r"啦|您|你|们|們|哈|复|復|助|持|理)?"
    r"|(?:希望|祝|愿|願)(?:您|你|你们|貴|贵).*|(?:期待|盼|等待|静候|靜候|希望).{0,8}(?:回复|回覆|答复|答覆|佳音|回信).*|此致|"
    r"敬礼|敬禮|祝好|(?:顺|順)?祝.{0,12}|(?:不好意思|打扰了?|打擾了?|[，,])+|"
    r"(?:这件?事|這件?事|倒是?|也|并|我|一点|一點|都|其实|其實)*不(?:是很|太|着|著)?急(?:的|哈|啊)?(?:[，,]?(?:请|請)?(?:您|你|你们|你們)?慢慢.{1,4})?|"
    r"(?:it|this|that)?(?: is|'s)?(?: really)? ?not (?:at all )?urgent(?: at all)?(?:,? (?:and )?i(?: am|'m) in no (?:rush|hurry))?|"
    r"(?:there is |there's |i(?: am|'m) in )?no (?:great )?(?:rush|hurry)|(?:please )?take your time|"
    r"english is(?: not|n't) my (?:first|native|mother|best)\b.*|(?:please )?(?:excuse|forgive|pardon) (?:my|any|the) "
    r"(?:bad |poor |broken |many )?(?:mistakes?|english|spelling|typing|typos?|grammar|writing|noise)(?: in this (?:letter|mail|message))?|"
    r"我?的?(?:普通话|普通話|中文|国语|國語)(?:说|說)?(?:不太?|不是很)好.{0,16}|"
    r"抱歉.{0,6}打扰.*"
)
