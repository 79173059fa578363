"""The patterns of anger, for plain texts: abuse, a threat, a complaint about us. A question about such things is none."""

from gateway.core.expressions import expression

_ZH = (
    r"垃圾(?!袋|桶|分类|箱|邮件|短信|处理|清理|车|粉碎)|(?:什么|这|你们|你这)(?:破|烂|狗屁|鬼)(?:公司|平台|店|客服|网站|玩意|东西|软件|app|服务|机器人)|"
    r"(?:破|烂)公司|狗屁|什么玩意|(?:12)?315|12345投诉|消协|消费者协会|工商局|工商投诉"
    r"|(?:我要|要|去|我会|必须|就|等着)(?:去)?(?:投诉|举报|曝光)(?!的?(?:电话|渠道|方式|流程|入口)|快递|骑手)|(?:投诉|举报|曝光)(?:你们?|他们?|她)"
    r"|找媒体|媒体曝光|找律师|律师函|起诉(?!书|状)|(?:不然|否则|就|要)告你们?|我要报警|法庭见|法院见"
    r"|气死|太过分|过分了|无良|黑心|坑(?:人|爹|死|钱|货)|忽悠人|无耻|不要脸|没人管|太差劲|欺诈|欺骗消费者|糊弄人?|"
    r"恶心(?:死|人|你)|^真?(?:恶心|无语|服了|差劲|失望)(?:了|死了|透了)?$"
    r"|(?:你们?(?:都|就|全)?(?:是|这些|这帮|这群|一群|一帮)|死|大|一群|一帮|全是|都是|就是)骗子|骗子(?:公司|商家|平台|店|客服)|^骗子+$|骗(?:我的?|人家?的?)?钱|骗人"
    r"|傻[逼比叉bx]|煞笔|沙雕|脑残|智障|弱智|废物|混蛋|王八蛋|去死|(?:你们?|真|个|死|是)白痴|^白痴$|白痴(?:客服|公司|机器人|东西)"
    r"|滚蛋|^滚(?:$|开|出|远|犊|你)|他妈(?!妈)|你妈(?!妈)|^妈的|操你|草泥马|卧槽|去你的|^你?(?:是不是)?有病(?:吧|啊|吗)?$|你有病吧|^(?:mmp|tmd|nmsl|w?cnm|nnd|sb)$|^sb|"
    r"sb(?:客服|公司|机器人)"
    r"|(?:你们?|客服|你们客服)的?(?:服务)?态度(?:太|真|很|这么|好)*(?:差|恶劣|烂)|^(?:服务|态度|服务态度)(?:太|真|很|好|这么)*(?:差|烂|恶劣)(?:了|啊|劲)*$"
    r"|再(?:也)?不(?:会)?(?:来|买|用)(?:你们家?的?|了)|(?:我要?)?给你?们?(?:个)?差评|^差评$"
)
_EN_US = (
    r"(?:(?:you|u|this bot|the bot|bot|your (?:bot|company|service|support|shop|store|app|website))(?: (?:are|r|is))?|(?:this|it) "
    r"(?:is|really)|"
    r"this(?= sucks?\b))"
)
_EN_VERY = r"(?:a|an|so|such|really|just|fucking|absolutely|completely|totally|all|utter|utterly|bunch of|very|the|pretty|damn|nothing but)"
_EN_BAD = (
    r"(?:useless|stupid|idiots?|dumb|worthless|pathetic|liars?|thieves|scammers?|scam|crooks?|terrible|ridiculous|joke|garbage|"
    r"trash|rubbish|"
    r"crap|horrible|awful|disgusting|unacceptable|outrageous|disgrace|rip ?off|worst|suck|sucks|bullshit|shit|nonsense|morons?|"
    r"incompetent)"
)
_EN_THING = (
    r"(?:bot|robot|machine|company|thing|service|customer service|support|shop|store|experience|app|website|business|people|program)"
)
_EN = (
    r"\b(?:fuck\w*|f (?:u )?ck\w*|fck\w*|shit|shitty|bullshit|bs|asshole|bitch|bastards?|wtf|stfu|morons?|dumbass|retard\w*|pissed)\b"
    rf"|\b{_EN_US} (?:{_EN_VERY} )*+{_EN_BAD}\b(?! question)"
    rf"|\b(?:dumb|stupid|useless|worthless|crappy|shitty|crap|garbage|terrible|horrible|awful|disgusting|appalling|unacceptable|"
    rf"pathetic|worst|idiotic) {_EN_THING}\b"
    r"|\bpiece of (?:garbage|crap|trash|junk|shit)\b|^(?:scam|scammers?|liars?|thieves|thief|crooks?|idiots?|pathetic|garbage|"
    r"rubbish|disgusting|ridiculous)$"
    r"|\b(?:bunch of|you|you are|fucking) (?:scammers|liars|thieves|crooks)\b"
    r"|\b(?:will|to|gonna|going to|can|could|shall|i) sue\b|\bsuing (?:you|your|this)\b|\bmy (?:lawyer|attorney)\b|\blegal "
    r"action\b|\bsee you in court\b"
    r"|\breport (?:you|this company|your company)\b|\b(?:better business bureau|trading standards|ombudsman)\b"
    r"|\b(?:want|like|going|need|will|have|gonna|wish|let me|am) (?:to )?(?:\w+ )?(?:file|make|lodge|submit|raise)(?:ing)? a(?: "
    r"formal| serious| official)? complaint\b|"
    r"^(?:file|make|lodge|submit) a(?: formal| serious)? complaint\b"
    r"|\bhate (?:you|this company|your)\b|\bfed up\b|\b(?:sick|tired) of (?:this|you|your|waiting)\b|\bripped? (?:me )?off\b|"
    r"\btotal rip ?off\b"
    r"|\b(?:i am|i|so|very|really|extremely|absolutely) (?:furious|angry|livid|outraged|disgusted|mad at you)\b|^(?:so |very |"
    r"really )?(?:furious|angry|livid)$"
    r"|\bshut up\b|\bgo to hell\b|\b(?:screw|damn|curse) (?:you|u|this)\b|\bare you (?:stupid|dumb|deaf|blind|kidding me|fucking|"
    r"an idiot)\b|\bwhat an? (?:joke|scam|rip ?off|disgrace)\b"
)
ANGER = expression(f"{_ZH}|{_EN}")
