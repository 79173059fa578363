"""Topics that a person should see whatever the knowledge base says: a life in danger, law and police, leaked data, fraud, the press."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from msgspec import Struct

from bot.reading import REMEMBERED_COUNT, REMEMBERED_MAX_CHARS
from gateway.core.expressions import expression


class Danger(StrEnum):
    """What makes a topic sensitive."""

    LIFE = "life"
    """Somebody may hurt themself or others, or is hurt: nothing else counts before it."""
    LAW = "law"
    DATA = "data"
    FRAUD = "fraud"
    PRESS = "press"


class Alarm(Struct, frozen=True):
    """A sensitive topic, and the words that tell it."""

    danger: Danger
    words: str


class Sensitive(Protocol):
    """Recognises sensitive topics."""

    def alarm(self, plain: str) -> Alarm | None:
        """The gravest sensitive topic of a plain text."""
        ...


class WordSensitive:
    """Tight patterns for Chinese and English: a false alarm takes a question away from the knowledge base."""

    def __init__(self) -> None:
        self._remembered = lru_cache(maxsize=REMEMBERED_COUNT)(_alarm)

    def alarm(self, plain: str) -> Alarm | None:
        return self._remembered(plain) if len(plain) <= REMEMBERED_MAX_CHARS else _alarm(plain)


def _alarm(plain: str) -> Alarm | None:
    for danger, pattern in _ALARMS:
        if found := pattern.search(plain):
            return Alarm(danger, found[0])
    return None


_ALARMS: tuple[tuple[Danger, re.Pattern[str]], ...] = (
    (
        Danger.LIFE,
        expression(
            r"自杀|自尽|轻生|寻死|(?:我)?(?:真的)?不想活(?:了|下去)?|活不下去|活着没(?:有)?意思|想死(?!你|我了)|去死算了|跳楼|跳河|割腕|服毒|自残|自我伤害|"
            r"结束(?:我的|自己的)?生命|遗书|"
            r"(?:要|想|会)(?:杀了?|砍死|弄死|打死)(?:你|他|她|你们|他们|人|自己)|(?:食物|煤气|一氧化碳)中毒|(?:吃|喝|用)(?:了|完|过)?(?:以后|之后|后)?(?:住院|中毒)|触电|"
            r"(?:爆炸|着火|起火|自燃)了|(?:被|给)(?:它|你们的?.{0,6})?(?:烧伤|烫伤)"
            r"|\b(?:suicid\w*|kill(?:ing)? (?:my|him|her|them)sel(?:f|ves)|kill(?:ing)? myself|end(?:ing)? my (?:own )?life|"
            r"take my (?:own )?life|"
            r"self harm\w*|harm(?:ing)? myself|hurt(?:ing)? myself|cut(?:ting)? myself|want to die|wanna die|better off dead|"
            r"no reason to live|"
            r"(?:do not|not) want to (?:live|be alive)|(?:going to|gonna|will) (?:kill|shoot|stab) (?:you|him|her|them|someone|everyone)|"
            r"food poisoning|been poisoned|electrocuted|caught fire|exploded|(?:ended up|landed|am|was|is) (?:in|"
            r"at) (?:the )?(?:hospital|emergency room)|"
            r"hospitali[sz]ed|severe burns?|allergic reaction)\b"
        ),
    ),
    (
        Danger.LAW,
        expression(
            r"律师(?!证)|起诉|诉讼|法院|法庭|仲裁|打官司|法律(?:责任|途径|手段|顾问)|追究(?:你们)?(?:的)?责任|传票|报警|报了警|派出所|公安局|警察|警方|立案|"
            r"市场监管局|市监局|消费者协会|消协|12315"
            r"|\b(?:(?:my|our|contact(?:ing)? (?:a|the)|hir\w+ (?:a|an)|get(?:ting)? (?:a|an)|see(?:ing)? (?:a|an)|from (?:a|an|your|"
            r"the)|(?:speak|speaking|spoke|talk|talking|talked) "
            r"(?:to|with) (?:a|an|your)|your) (?:lawyers?|attorneys?|solicitors?)|i am (?:a |an |the )?(?:lawyer|attorney|solicitor)|"
            r"lawsuits?|(?:take|taking) (?:you|this|them|it) to court|in court|small claims|subpoenas?|"
            r"court order|legal (?:action|proceedings|department|team|notice|claim)|su(?:e|ing) (?:you|your|them|the|this)|"
            r"(?:call|called|calling|contact|contacted|tell|go to|going to|report\w*(?: (?:it|this|you))? to|"
            r"filed? (?:a )?report with) the (?:police|cops)|"
            r"(?:fil\w+|made|make) a police report|police (?:officer|investigation|case)|trading standards|consumer protection|ombudsman|"
            r"better business bureau)\b"
        ),
    ),
    (
        Danger.DATA,
        expression(
            r"(?:信息|资料|数据|隐私|手机号|身份证|地址|个人信息)(?:被|给)?(?:你们)?(?:泄露|泄漏|外泄|卖给|倒卖|贩卖|盗取)|(?:泄露|泄漏|出卖|贩卖|倒卖)(?:了)?(?:我|我们|客户|用户|顾客)?的?"
            r"(?:信息|资料|数据|隐私|手机号|个人信息)|侵犯(?:了)?(?:我的)?隐私"
            r"|\b(?:data breach|data leak\w*|(?:leaked|sold|shared|exposed|stole|stolen) (?:of )?my (?:personal |private )?(?:data|"
            r"information|info|details|number|"
            r"address)|my (?:personal |private )?(?:data|information|info|details) (?:has been|have been|was|were|got|is) (?:leaked|"
            r"stolen|sold|exposed|"
            r"hacked|breached|compromised)|identity theft|stole my identity|privacy violation|gdpr (?:request|complaint|violation))\b"
        ),
    ),
    (
        Danger.FRAUD,
        expression(
            r"(?:被|遭|遇到|碰到)(?:人|你们|了)?(?:诈骗|电信诈骗|骗了钱|骗走)|诈骗|盗刷|冒充(?:你们)?(?:的)?(?:客服|官方|平台|工作人员)|假(?:客服|冒客服)|未成年(?:人)?(?:充值|退款|消费)|"
            r"性骚扰|骚扰我|威胁我|恐吓"
            r"|\b(?:(?:been|was|got|were|being) (?:scammed|defrauded|blackmailed|threatened|harassed|stalked)|pretend(?:ed|ing|s) to be "
            r"(?:you|your|from your)|impersonat\w+|sexual(?:ly)? harass\w*|(?:was|is|are|being|been) racist|discriminat\w+ against|"
            r"child abuse)\b"
        ),
    ),
    (
        Danger.PRESS,
        expression(
            r"记者|媒体(?:曝光|采访|记者)|(?:找|联系|告诉|爆料给|曝光给)媒体|上(?:微博)?热搜|电视台(?:的)?(?:记者|采访|曝光)|(?:告诉|找|联系|爆料给)电视台"
            r"|\b(?:i am|im) (?:a |an )?(?:journalist|reporter)|press (?:inquiry|enquiry|office|request)|(?:go|going|talk|"
            r"tell) to the (?:press|media|"
            r"newspapers?)\b"
        ),
    ),
)
