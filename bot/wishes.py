"""The patterns of a wish for a person, for plain texts. Loops are possessive: no message may stall the bot."""

import re

from gateway.core.expressions import expression

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

WHOLE = expression(
    rf"(?:{_ZH_ASK}(?:{_ZH_MOVE})?{_ZH_SURE}(?:客服|服务|坐席|座席|专员)?(?:在线)?{_ZH_END}"
    rf"|{_ZH_ASK}(?:{_ZH_MOVE}|(?<=[要请])){_ZH_WHO}{_ZH_END}"
    r"|(?:真人|人工|活人)(?:客服|服务)?(?:在吗|在么|在不在|在线吗?|有吗|呢)|(?:客服)?人工(?:咨询|回复|处理|介入|协助|帮助|接待|通道|客服)?"
    r"|(?:能不能|可以|可不可以|能|请|给我|帮我|赶紧|快)*+(?:换个?|来个?|叫个?|派个?|喊个?|换一个)(?:真|活)?人(?:工)?(?:来|吧|吗|跟我说|和我说|处理|说话)*"
    r"|(?:客服)?人呢|转接|(?=[^我回]*[我回])(?:请|麻烦|你们?|让客服|让人|叫客服|叫人|客服|能不能|可以|能|帮我)*+(?:给我)?"
    r"(?:回个?电话?|打个?电话|回电|联系|打|来个?电话)(?:给|联系)?我?(?:一?下|吧|吗|好吗|回个?电话|谢谢)*(?<=[我话电下吧吗])"
    rf"|(?:在线|呼叫|转)?客服(?:人员|小姐姐)?(?:在吗|在不在|在么|呢|快来|出来|吧|啊)?|有没?有?(?:人工|真人|活人|客服)(?:客服|"
    rf"服务)?(?:在线|在)?(?:吗|么|嘛|没有|没)?"
    rf"|zh?(?:uan ?)?r(?:g|en ?gong)(?: ?ke ?fu)?|(?:zhuan )?ren ?gong(?: ?ke ?fu)?|zhuan ren ?gong|rg|zrgkf|rgkf|转rg|转人|人人工"
    rf"|{_EN_ASK}(?:{_EN_HUMAN}|{_EN_AGENT}) ?{_EN_END}"
    rf"|(?:real |live )?(?:person|people)(?: please| now)?|live (?:chat|support|help)(?: please)?|human support(?: please)?|(?:no|"
    rf"not a|stop the) (?:more )?(?:bots?|robots?|machines?)(?: please)?|"
    r"(?:somebody|someone|anybody|anyone) real(?: please)?|"
    rf"escalate(?: this)?(?: please)?|0)$"
)

_TALK = (
    r"(?:talk|speak|chat|connect(?: me)?|get (?:me )?connected|transfer(?:red)?(?: me)?|switch(?: me)?|forward me|"
    r"hand me(?: over)?|pass me(?: on)?|redirect me|escalate(?: this| me)?|put me(?: through)?|be (?:connected|transferred))"
)
SAID: tuple[re.Pattern[str], ...] = (
    expression(rf"(?:转接?到?|接通?|找|叫|换成?|呼叫|要|联系)(?:一?下|一?位|一?个|你们的?)*+{_ZH_SURE}"),
    expression(r"转(?:接|到)?(?:客服|专员|坐席|座席)"),
    expression(
        r"(?:跟|和|与|同|让|叫)(?:个|一个)?(?:真人|人工|活人|客服|专员|人工客服|真人客服|你们的?(?:领导|经理|主管|负责人|老板))(?:聊|说|谈|讲|"
        r"沟通|通话|对话|来|处理|回|联系|打|给我)|(?:跟|和|与)人(?:聊|说话|对话|沟通|谈|讲)"
    ),
    expression(
        r"(?:别|不要|不想|不用|拒绝|不)(?:再)?(?:让|跟|和|叫|用|给我)?.{0,3}?(?:机器人|智能客服|机器|ai)(?:客服)?(?:来|"
        r"再)?(?:回|说|聊|答|服务|讲|糊弄|敷衍|$)"
    ),
    expression(rf"\b{_TALK} (?:to|with|2|w|over to) {_EN_ARTICLE}(?:{_EN_HUMAN}|{_EN_AGENT}|{_EN_ANYONE})\b(?! (?:else|card|account))"),
    expression(
        rf"\b(?:reach|contact|message|find me|call) {_EN_ARTICLE}{_EN_HUMAN}\b|\b(?:anyone|anybody|someone|somebody) (?:real|human)\b"
    ),
    expression(
        r"\b(?:can|could|will) (?:a|an|any) (?:real |live )?(?:human|person|agent) (?:please )?(?:help|answer|call|talk|contact|assist)\b"
    ),
    expression(
        r"\b(?:i (?:want|need|prefer)|get me|give me|(?:can|could) (?:i|u|you) (?:get|have)(?: me)?) (?:a |an |some )(?:real |live )?"
        r"(?:person|human)(?: please| now)?$"
        r"|(?<!to )(?<!with )(?<!you )(?<!or )(?<!be )(?<!like )(?<!are )(?<!your )(?<!ur )(?<!this )\ba real (?:person|human)$"
    ),
    expression(
        rf"\b(?:want|need|get me|give me|get|send me|find me|prefer|is there|are there|(?:would|i|we|id) like) {_EN_ARTICLE}{_EN_HUMAN}\b"
    ),
    expression(
        r"\b(?:i (?:want|need)|get me|give me) (?:a |an |the |your )(?:customer (?:service )?|support |service )?(?:agent|"
        r"representative|operator|supervisor|manager)$"
    ),
    expression(
        r"^(?:(?:please|pls|can|could|will|you|u|just|someone|somebody|ok|i|want|to) ?\b)*+(?:call|phone|"
        r"ring) me(?: back)?(?: please| now| asap| at)?(?=$| \d)|\bcall me back\b"
    ),
    expression(r"\b(?:someone|somebody|anyone|anybody|person|human)\b.*\bnot an? (?:\w+ )?(?:bot|robot|machine|ai|computer)\b"),
    expression(r"\b(?:do not|not) want to (?:talk|speak|chat) (?:to|with) (?:a |the |this )?(?:bot|robot|machine|ai|computer)\b"),
    expression(
        r"\bhave (?:someone|somebody|a person|an agent|a manager) (?:call|contact|ring|phone) me\b|\b(?:can|"
        r"could) (?:someone|somebody) call me\b"
    ),
)
REFUSED = expression(
    r"(?:不用|不要|不想|不需要?|无需|不必|别|没必要|不)(?:再|给我|帮我|你们?)?$|\b(?:not|never|without|no need)(?: (?:want|"
    r"need|have|like|wish))?(?: to)? ?$"
)
SOMEONE_ELSE = expression(
    r"\b(?:act|think|talk|speak|sound|behave|look|feel|seem|write|chat|answer)s?(?: and \w+)? (?:\w+ )?like (?:a |an )?(?:real |actual )?"
    r"(?:human|person|people)"
    r"|\b(?:polic(?:y|ies)|insur\w+|beneficiar\w+|(?:add|remove|take|put(?! me\b)) .{0,20}(?:person|someone|somebody)|become|job|"
    r"career|real estate|do i (?:need|have))\b"
)
