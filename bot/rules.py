"""What needs no knowledge base: a wish for a person, anger, small talk. All of them read plain text (see `normalize`)."""

import re
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Topic(StrEnum):
    """What a rule recognised."""

    PERSON = "person"
    ANGER = "anger"
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    BOT = "bot"
    SMALLTALK = "smalltalk"


class Hit(Struct, frozen=True):
    """A rule that holds: its topic, and the words that set it off."""

    topic: Topic
    words: str


class Rules(Protocol):
    """Recognises what must not be left to similarity."""

    def person(self, plain: str) -> Hit | None:
        """An explicit wish to talk to a person."""
        ...

    def anger(self, plain: str) -> Hit | None:
        """Abuse, a threat, a complaint about us: a person should see it."""
        ...

    def smalltalk(self, plain: str) -> Hit | None:
        """A greeting, thanks, a goodbye, talk about the bot: only when that is the whole message."""
        ...


class WordRules:
    """The rules for Chinese and English: tight, because a wrong hit takes a question away from the knowledge base."""

    def person(self, plain: str) -> Hit | None:
        text = _REPEATED.sub(r"\1", plain)
        if len(text) > PERSON_MAX_CHARS:
            return None
        if whole := _PERSON_WHOLE.match(text):
            return Hit(Topic.PERSON, whole[0])
        for pattern in _PERSON_SAID:
            if (said := pattern.search(text)) and not _REFUSED.search(text[: said.start()]) and not _SOMEONE_ELSE.search(text):
                return Hit(Topic.PERSON, said[0])
        return None

    def anger(self, plain: str) -> Hit | None:
        hit = _ANGER.search(plain)
        return Hit(Topic.ANGER, hit[0]) if hit else None

    def smalltalk(self, plain: str) -> Hit | None:
        if len(plain) > SMALLTALK_MAX_CHARS:
            return None
        for topic, pattern in _SMALLTALK:
            if pattern.match(plain):
                return Hit(topic, plain)
        return None


PERSON_MAX_CHARS = 120
"""Longer messages hold a story; whoever wants a person in one says it again, shorter, or is found by the answer's low confidence."""
SMALLTALK_MAX_CHARS = 40

_REPEATED = re.compile(r"^(.{2,8}?) ?(?:\1 ?)+$")

# ---- a person -------------------------------------------------------------------------------------------------------------------

_ZH_WHO = (
    r"(?:人工|真人|活人|专人|专员|坐席|座席|客服|经理|主管|领导|负责人|工作人员)(?:客服|服务|坐席|座席|专员|人员|经理|主管|小姐姐|妹子)?"
)
_ZH_SURE = r"(?:人工|真人|活人)(?!智能|费|成本|打|制|造|合成|授|审|降|流|湖|草|皮|的|秀|版)"
_ZH_ASK = (
    r"(?:(?:你好|您好|请|麻烦|帮我?|给我|我要求?|我想要?|我需要|我就要|我只要|想要?|要|需要|直接|快点?|赶紧|赶快|立刻|立即|"
    r"马上|还是|能不能|能否|可不可以|可以|能|"
    r"怎么才能|怎么|如何|怎样|那就?|算了|不行|你们?|您|现在|先|把|让|我))*+"
)
_ZH_MOVE = r"(?:转接?到?|转给|转去|接通?|接入|接到|找|叫|换成?|呼叫|联系|联络|切换?到?|喊|请|派|要|见)(?:一?下|一?个|一?位|你们的?|给)*+"
_ZH_END = (
    r"(?:人员|的人)?(?:来|帮我|处理|解决|聊聊?|说话?|谈|接待|服务|沟通|回复|对话|回答|说|吧|啊|呢|呀|啦|好吗|行吗|可以吗|好不好|"
    r"行不行|谢谢|吗|嘛|么|了|一下|下|快点)*+"
)
_EN_HUMAN = (
    r"(?:human(?: being)?|(?:(?:real|live|actual|human|living) )+(?:human|person|agent|people|being|rep|representative|one|"
    r"support|operator|advisor|chat)|human)"
)
_EN_AGENT = (
    r"(?:(?:customer |support |service |sales |care |cs |csr )*(?:agent|representative|rep|operator|advisor|adviser|"
    r"associate|specialist|supervisor|manager|csr)s?"
    r"|customer (?:service|support|care)(?: (?:agent|rep|representative|person|team|staff))?|support (?:team|staff|person)|"
    r"your (?:staff|team|boss))"
)
_EN_ANYONE = r"(?:person|people|someone|somebody|anyone|anybody|some one|any one|a man|a woman)"
_EN_ARTICLE = r"(?:a |an |the |your |some |one of your |any |another |my |1 )?"
_EN_ASK = (
    r"(?:(?:please|pls|plz|hi|hello|hey|ok|no|can|could|may|i|you|u|want|wanna|need|would|like|to|just|now|let|me|really|the|a|"
    r"an|get|give|prefer|rather|id|yes|then)\b ?)*+"
)
_EN_END = r"(?:(?:please|pls|plz|now|instead|asap|immediately|right|away|here|thanks|thank|you|today|quickly|already|chat|help)\b ?)*+"

_PERSON_WHOLE = re.compile(
    rf"(?:{_ZH_ASK}(?:{_ZH_MOVE})?{_ZH_SURE}(?:客服|服务|坐席|座席|专员)?(?:在线)?{_ZH_END}"
    rf"|{_ZH_ASK}(?:{_ZH_MOVE}|(?<=[要请])){_ZH_WHO}{_ZH_END}"
    rf"|(?:在线|呼叫|转)?客服(?:人员|小姐姐)?(?:在吗|在不在|在么|呢|快来|出来|吧|啊)?|有没?有?(?:人工|真人|活人|客服)(?:客服|"
    rf"服务)?(?:在线|在)?(?:吗|么|嘛|没有|没)?"
    rf"|zh?r(?:g|en ?gong)|(?:zhuan )?ren ?gong(?: ?ke ?fu)?|zhuan ren ?gong|rg|zrgkf|rgkf|转rg|转人|人人工"
    rf"|{_EN_ASK}(?:{_EN_HUMAN}|{_EN_AGENT}) ?{_EN_END}"
    rf"|(?:real |live )?(?:person|people)(?: please| now)?|live (?:chat|support|help)(?: please)?|human support(?: please)?|"
    rf"escalate(?: this)?(?: please)?|0)$"
)

_TALK = (
    r"(?:talk|speak|chat|connect(?: me)?|get (?:me )?connected|transfer(?:red)?(?: me)?|switch(?: me)?|forward me|"
    r"hand me(?: over)?|pass me(?: on)?|redirect me|escalate(?: this| me)?|put me(?: through)?|be (?:connected|transferred))"
)
_PERSON_SAID: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:转接?到?|接通?|找|叫|换成?|呼叫|要|联系)(?:一?下|一?位|一?个|你们的?)*+{_ZH_SURE}"),
    re.compile(r"转(?:接|到)?(?:客服|专员|坐席|座席)"),
    re.compile(
        r"(?:跟|和|与|同|让|叫)(?:个|一个)?(?:真?人工?|活人|客服|专员|人工客服|真人客服|你们领导|你们经理)(?:聊|说|谈|讲|"
        r"沟通|通话|对话|来|处理|回)"
    ),
    re.compile(
        r"(?:别|不要|不想|不用|拒绝)(?:再)?(?:让|跟|和|叫|用|给我)?.{0,3}?(?:机器人|智能客服|机器|ai)(?:客服)?(?:来|"
        r"再)?(?:回|说|聊|答|服务|讲|糊弄|敷衍|$)"
    ),
    re.compile(rf"\b{_TALK} (?:to|with|2|w|over to) {_EN_ARTICLE}(?:{_EN_HUMAN}|{_EN_AGENT}|{_EN_ANYONE})\b(?! (?:else|card|account))"),
    re.compile(rf"\b(?:want|need|get me|give me|get|send me|find me|prefer|is there|are there|like) {_EN_ARTICLE}{_EN_HUMAN}\b"),
    re.compile(
        r"\b(?:i (?:want|need)|get me|give me) (?:a |an |the |your )(?:customer (?:service )?|support |service )?(?:agent|"
        r"representative|operator|supervisor|manager)$"
    ),
    re.compile(
        r"^(?:(?:please|pls|can|could|will|you|u|just|someone|somebody|ok|i|want|to) ?\b)*+(?:call|phone|"
        r"ring) me(?: back)?(?: please| now| asap| at)?(?=$| \d)|\bcall me back\b"
    ),
    re.compile(r"\b(?:someone|somebody|anyone|anybody|person|human)\b.*\bnot an? (?:\w+ )?(?:bot|robot|machine|ai|computer)\b"),
    re.compile(r"\b(?:do not|not) want to (?:talk|speak|chat) (?:to|with) (?:a |the |this )?(?:bot|robot|machine|ai|computer)\b"),
    re.compile(
        r"\bhave (?:someone|somebody|a person|an agent|a manager) (?:call|contact|ring|phone) me\b|\b(?:can|"
        r"could) (?:someone|somebody) call me\b"
    ),
)
_REFUSED = re.compile(
    r"(?:不用|不要|不想|不需要|无需|不必|别|没必要|不)(?:再|给我|帮我|你们?)?$|\b(?:not|never|without|no need)(?: (?:want|"
    r"need|have|like|wish))?(?: to)? ?$"
)
_SOMEONE_ELSE = re.compile(
    r"\b(?:polic(?:y|ies)|insur\w+|beneficiar\w+|(?:add|remove|take|put) .{0,20}(?:person|someone|somebody)|become|job|"
    r"career|real estate|do i (?:need|have))\b"
)

# ---- anger ----------------------------------------------------------------------------------------------------------------------

_ANGER = re.compile(
    r"垃圾(?!袋|桶|分类|箱|邮件|短信|处理|清理|车|粉碎)|(?:什么|这|你们)破(?:公司|平台|店|客服|网站|玩意|东西|软件|app)|"
    r"破公司|(?:12)?315|(?:我要|要|去|我会|必须)(?:去)?(?:投诉|举报|曝光)(?!的?(?:电话|渠道|方式|流程|入口))"
    r"|投诉(?:你们?|他们?|她)|气死|起诉|骗子|骗人|骗钱|黑心|傻[逼比叉b]|煞笔|沙雕|脑残|智障|弱智|白痴|废物|混蛋|王八蛋|去死|"
    r"滚蛋|^滚|他妈(?!妈)|你妈(?!妈)|^妈的|操你|草泥马|卧槽"
    r"|消协|消费者协会|工商局|工商投诉|太差劲|坑人|坑爹|忽悠人|无耻|不要脸|没人管|律师函|欺诈|欺骗消费者|恶心死"
    r"|\b(?:fuck\w*|shit\w*|bullshit|asshole|bitch|bastard|wtf|moron|dumbass|retard\w*)\b"
    r"|\b(?:you|u|this bot|bot|this) (?:are|r|is) (?:(?:a|an|so|such|really|just|fucking|absolutely|completely|totally|all|"
    r"an absolute|a complete|a bunch of) )*(?:useless|stupid|idiots?|dumb|worthless|pathetic|liars?|thieves|scammers?|"
    r"a? ?scam|crooks?|terrible|ridiculous|a joke|garbage|trash|rubbish)\b"
    r"|\bstupid (?:bot|robot|machine|company|thing)\b|\buseless (?:bot|robot|company|service|thing)\b|\bworst (?:company|"
    r"service|customer service|shop|store|experience|support)\b"
    r"|\bpiece of (?:garbage|crap|trash|junk)\b|\b(?:scammers|liars|thieves|crooks)\b|\b(?:sue|suing) (?:you|your|this)\b|"
    r"\bmy lawyer\b|\blegal action\b"
    r"|\b(?:file|make|lodge|submit|have) a(?: formal| serious)? complaint\b|\bhate (?:you|this company|your)\b|\bfed up\b|"
    r"\b(?:sick|tired) of (?:this|you|your|waiting)\b|\bripped? (?:me )?off\b"
    r"|\b(?:terrible|horrible|awful|disgusting|appalling|unacceptable) (?:service|company|customer service|support|"
    r"experience)\b|\b(?:is|are) (?:disgusting|unacceptable|outrageous)\b"
)

# ---- small talk -----------------------------------------------------------------------------------------------------------------


def _made_of(words: str, *, with_one_of: str = "") -> str:
    """A whole message made of nothing but these words, longest first and never tried twice: no message can stall the match."""
    ordered = "|".join(sorted(words.split("|"), key=len, reverse=True))
    ahead = f"(?=.*?(?:{with_one_of}))" if with_one_of else ""
    return rf"{ahead}(?:(?:{ordered})(?:\b ?|(?<=[^a-z])))++"


_ZH_SOFT = "啊|呀|哦|呢|吗|嘛|哈|啦|的|了|喔|哟|亲"
_GREETING = (
    _made_of(
        "你好|您好|你们好|大家好|哈喽|哈罗|哈啰|嗨|嘿|喂|早|早安|早上好|上午好|中午好|下午好|晚上好|亲|亲亲|在|在吗|在么|"
        "在不在|在不|有人吗|有人在|有人么|"
        f"有人|你在|您在|客服|机器人|小助手|{_ZH_SOFT}",
        with_one_of="好|哈|嗨|嘿|喂|早|亲|在|有人",
    )
    + "|"
    + _made_of(
        "hi|hii|hello|helo|hey|heyy|hiya|yo|yoo|howdy|greetings|good morning|good afternoon|good evening|good day|morning|"
        "evening|hola|sup|whats up|what up|what|"
        "up|anyone there|is anyone there|is anybody there|anybody there|you there|are you there|there|bot|team|everyone|"
        "all|dear|again|guys|sir|madam|and",
        with_one_of="h|yo|good|morning|evening|sup|up|greetings",
    )
)
_THANKS = (
    _made_of(
        "好|好的|嗯|嗯嗯|行|可以|明白|知道|懂了|了解|收到|ok|okay|非常|十分|太|真的|真是|那|没事|没有|没了|不用|不用了|解决|"
        "搞定|已经|没问题|谢谢|谢|感谢|多谢|"
        f"thanks|thx|3q|辛苦|麻烦|你|你们|您|客服|帮助|再见|拜拜|我|先|吧|{_ZH_SOFT}",
        with_one_of="谢|thanks|thx|3q|辛苦|^好|嗯|行|明白|知道|懂了|了解|收到|没事|不用|解决|搞定|没问题|可以|ok",
    )
    + "|"
    + _made_of(
        "ok|okay|okey|great|perfect|cool|nice|good|awesome|alright|thats|that|is|it|all|fine|got it|understood|yes|no|oh|"
        "very|so|much|many|a lot|lot|wonderful|excellent|"
        "super|lovely|amazing|brilliant|and|really|for|your|the|help|helped|helpful|helping|me|this|was|works|worked|again|"
        "in advance|kind|appreciate|appreciated|i|you|u|"
        "ya|well|now|solved|sorted|problem|everything|info|information|bye|have a|day|one|evening|weekend|thanks|thank|"
        "thankyou|thx|tks|ty|thnx|cheers|quick|reply|answer",
        with_one_of="thank|thx|tks|\\bty\\b|thnx|cheers|helped|appreciate|got it|worked|solved|all good|thats all|that is all"
        "|^(?:ok|okay|okey|great|perfect|cool|nice|awesome|alright|fine|good|understood|wonderful|excellent)(?: ok| great|"
        " good| cool| perfect)?$",
    )
)
_GOODBYE = (
    _made_of(
        f"好|好的|谢谢|ok|那|我|先|下|再见|拜拜|拜|回头见|下次见|下次聊|晚安|88|886|走|bye|byebye|您|咯|喽|吧|{_ZH_SOFT}",
        with_one_of="再见|拜|下次|回头|晚安|88|走|bye",
    )
    + "|"
    + _made_of(
        "ok|okay|thanks|thank you|thx|well|and|alright|all right|bye|byee|goodbye|good bye|see you|see ya|cya|good night|"
        "farewell|talk to you later|ttyl|have a|nice|good|great|"
        "day|one|evening|weekend|night|later|soon|then|now|you|again|tomorrow|for|your|help|so|much|very",
        with_one_of="bye|see y|cya|good night|farewell|later|have a",
    )
)
_BOT = (
    r"(?:请问)?(?:你|您)(?:到底|究竟)?(?:是不是|是|不是)(?:个|一个|真的?|在跟)?(?:谁|什么|机器人|机器|真人|人工|人|人类|ai|"
    r"人工智能|智能客服|客服|活人|电脑|程序|人还是机器人?|机器人还是人工?|真人还是机器人?|机器人还是真人|哪位)(?:吗|么|啊|呀|"
    r"吧|嘛|呢|客服)*"
    r"|(?:你|您)叫(?:什么|啥)(?:名字?)?(?:啊|呀|呢)?|(?:你|您)的?名字(?:是|叫)?(?:什么|啥)?|(?:机器人|人工|真人)(?:吗|么)|"
    r"(?:谁)(?:创造|制造|发明|开发|做|设计)(?:了|的|出)?(?:你|您)的?|(?:你|您)(?:能|会|可以)(?:做|干)?(?:什么|啥|"
    r"哪些)?(?:帮我什么|帮忙吗)?"
    r"|(?:so )?(?:are|r) (?:you|u) (?:a |an |really |actually |just |even |the |some )*(?:bot|chatbot|robot|machine|ai|"
    r"human|human being|real|real person|person|computer|program|man or machine|alive|robot or (?:a )?human|"
    r"human or (?:a )?(?:bot|robot|machine)|bot or (?:a )?(?:human|person|real person)|real person or (?:a )?(?:bot|robot|"
    r"machine)|artificial intelligence)"
    r"|(?:am i|i am) (?:talking|speaking|chatting) (?:to|with) (?:a |an |the )?(?:bot|chatbot|robot|machine|ai|human|"
    r"real person|real human|person|computer|human or a bot|bot or a human|real person or a bot)"
    r"|(?:what|who) (?:is|are|r)? ?(?:your name|you|u)(?: called)?|what (?:can|do) you do(?: for me)?|(?:do|"
    r"does) you(?:r)? have a name|who (?:made|created|built|designed|programmed|trained) (?:you|u)|what should i call you|"
    r"(?:is this|this is) (?:a |an )?(?:bot|chatbot|robot|machine|human|real person|automated)"
)
_SMALL = (
    r"(?:给我?)?(?:讲|说)(?:一?个|点)?(?:笑话|故事)(?:吧|呗|听听?|来听听)?|(?:你|您)(?:多大|几岁|多少岁)(?:了|啊)?|我?(?:好|"
    r"很|太|真)?无聊(?:啊|死了|了|呀)*|(?:你|您)?(?:吃饭|吃|睡)(?:了|过)?(?:吗|没|没有|么)"
    r"|(?:你|您)(?:爱|喜欢|想)我(?:吗|么)|我(?:爱|喜欢|想)(?:你|您)(?:了|啊|哦)*|(?:你|您)(?:是)?(?:男的?还是女的?|男的?|"
    r"女的?|哪里人|住哪里?|在哪里?|单身|结婚了)(?:吗|呀|啊)?|(?:陪我|来)?聊(?:聊|会|会儿|天|一会)*(?:天|吧|吗)*|唱(?:首|"
    r"个)歌(?:吧|听听)?|(?:你|您)(?:真|好|太|很|最)(?:可爱|聪明|棒|厉害|漂亮|帅|好|笨|傻|逗)(?:啊|呀|了|哦)*"
    r"|(?:哈|呵|嘻|嘿|啦|嗯|呃|额|哦|噢|喔|啊|唉|哎)+|测试(?:一下)?|test(?:ing)?|(?:你|您)(?:还)?(?:好吗|好不好|怎么样|"
    r"最近怎么样|在干嘛|在干什么|在做什么|干嘛呢|忙吗)"
    r"|(?:hi |hello |hey |so )?how (?:are|r) (?:you|u|ya|things)(?: (?:doing|today|going|feeling|buddy|bot|this morning))*|"
    r"how (?:is|s)? ?(?:it|your day|life|everything)(?: going)?(?: today)?|how old are you|where (?:are you from|"
    r"do you live|are you)|(?:do|will|would|can) you (?:love|like|marry|date|miss|hate) me|i (?:love|like|miss) you|"
    r"tell me (?:a|another) (?:joke|story|funny joke)|(?:you )?make me laugh|sing (?:me )?a song"
    r"|(?:i am|im) (?:so |very )?bored|(?:ha|he|hi|lo|hm+|um+|uh|ah|oh|lmao|lol|rofl|haha) ?(?:ha|he|l|m)*|you are (?:so |"
    r"very |really )?(?:cute|funny|smart|nice|great|awesome|cool|sweet|amazing|clever|the best)|good (?:bot|job|boy|girl)|"
    r"nice to meet you|pleased to meet you|what (?:is|are)? ?(?:up|you doing|new)|how do you do|"
    r"what is the meaning of life"
)
_SMALLTALK: tuple[tuple[Topic, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(rf"(?:{words})$"))
    for topic, words in (
        (Topic.GREETING, _GREETING), (Topic.GOODBYE, _GOODBYE), (Topic.THANKS, _THANKS), (Topic.BOT, _BOT), (Topic.SMALLTALK, _SMALL),
    )
)  # fmt: skip
