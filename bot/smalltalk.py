"""The patterns of small talk, for plain texts: each stands for a whole message, made of nothing else."""

from gateway.core.expressions import expression


def _made_of(words: str, *, with_one_of: str = "") -> str:
    """A whole message made of nothing but these words, longest first and never tried twice: no message can stall the match."""
    ordered = "|".join(sorted(words.split("|"), key=len, reverse=True))
    ahead = f"(?=.*?(?:{with_one_of}))" if with_one_of else ""
    return rf"{ahead}(?:(?:{ordered})(?:(?<=[^a-z])|(?![a-z])) ?)++"


_ZH_SOFT = "啊|呀|哦|呢|吗|嘛|哈|啦|的|了|喔|哟|亲"
_GREETING = (
    _made_of(
        "你好|您好|你们好|大家好|哈喽|哈罗|哈啰|嗨|嘿|喂|早|早安|早上好|上午好|中午好|下午好|晚上好|亲|亲亲|在|在吗|在么|"
        "在不在|在不|有人吗|有人在|有人么|请问|安安|安|帮帮我|帮个忙|帮我|帮忙|请|可以|能|我有个问题|有个问题|有问题|问个问题|想问一下|想问|我|"
        f"有人|你在|您在|客服|机器人|小助手|{_ZH_SOFT}",
        with_one_of="好|哈|嗨|嘿|喂|早|亲|在|有人|安安|帮|问题",
    )
    + "|"
    + _made_of(
        "hi|hii|hello|helo|hey|heyy|hiya|yo|yoo|howdy|greetings|good morning|good afternoon|good evening|good day|morning|"
        "evening|hola|sup|wassup|wazzup|helloo|ni ?hao|nihao|anybody here|anyone here|is anyone here|is anybody here|help|i need help|"
        "i need some help|can you help me|can you help|could you help me|help me|please|pls|i have a question|question|quick "
        "question|whats up|what up|what|"
        "up|anyone there|is anyone there|is anybody there|anybody there|you there|are you there|there|bot|team|everyone|"
        "all|dear|again|guys|sir|madam|and",
        with_one_of="hi|hell|helo|hey|hola|howdy|yo|good|morning|evening|sup|whats up|what up|anyone|anybody|there|help|"
        "question|dear|greetings|hao|wassup|wazzup",
    )
)
_THANKS = (
    _made_of(
        "好|好的|嗯|嗯嗯|行|可以|明白|知道|懂了|了解|收到|ok|okay|非常|十分|太|真的|真是|那|没事|没有|没了|不用|不用了|解决|"
        "搞定|已经|没问题|好滴|好嘞|好哒|好吧|问题|万分|感恩|太好了|太棒|不错|很好|真好|真棒|赞|给力|不需要|没别的|没其他|别的|其他|要|哦|非常好|挺好|谢谢|谢|感谢|多谢|"
        f"thanks|thx|3q|辛苦|麻烦|你|你们|您|客服|帮助|再见|拜拜|我|先|吧|{_ZH_SOFT}",
        with_one_of="谢|thanks|thx|3q|辛苦|^好|嗯|行|明白|知道|懂了|了解|收到|没事|不用|解决|搞定|没问题|可以|ok|感恩|麻烦|太好|太棒|不错|好|赞|给力|不需要|没有|没别|没其",
    )
    + "|"
    + _made_of(
        "ok|okay|okey|great|perfect|cool|nice|good|awesome|alright|thats|that|is|it|all|fine|got it|understood|yes|no|oh|"
        "very|so|much|many|a lot|lot|wonderful|excellent|"
        "super|lovely|amazing|brilliant|and|really|for|your|the|help|helped|helpful|helping|me|this|was|works|worked|again|"
        "in advance|kind|appreciate|appreciated|i|you|u|"
        "ya|well|now|solved|sorted|problem|everything|info|information|bye|have a|day|one|evening|weekend|thanks|thank|"
        "thankyou|thx|tks|ty|thnx|cheers|quick|reply|answer|tysm|been|bot|sounds|no|"
        "that all|man|mate|guys|team|support|everyone|dear|right|glad|happy|love it|loved it",
        with_one_of="thank|thx|tks|\\bty\\b|thnx|tysm|cheers|help|appreciate|sounds good|that all|love|got it|worked|"
        "solved|all good|thats all|that is all"
        "|^(?:ok|okay|okey|great|perfect|cool|nice|awesome|alright|fine|good|understood|wonderful|excellent)(?: ok| great|"
        " good| cool| perfect)?$",
    )
)
_GOODBYE = (
    _made_of(
        f"好|好的|谢谢|ok|那|我|先|下|再见|拜拜|拜|掰掰|掰|下次再聊|先这样|就这样|这样|那就|回头见|下次见|下次聊|晚安|88|886|走|bye|byebye|您|咯|喽|吧|{_ZH_SOFT}",
        with_one_of="再见|拜|掰|这样|下次|回头|晚安|88|走|bye",
    )
    + "|"
    + _made_of(
        "ok|okay|thanks|thank you|thx|well|and|alright|all right|bye|byee|goodbye|good bye|see you|see ya|cya|good night|"
        "farewell|take care|talk to you later|ttyl|have a|nice|good|great|"
        "day|one|evening|weekend|night|later|soon|then|now|you|again|tomorrow|for|your|help|so|much|very",
        with_one_of="bye|see y|cya|good night|farewell|later|have a|take care",
    )
)
_BOT = (
    r"(?:请问)?(?:你|您)(?:到底|究竟)?(?:是不是|是|不是)(?:个|一个|真的?|在跟)?(?:谁|什么|机器人|机器|真人|人工|人|人类|ai|"
    r"人工智能|智能客服|客服|活人|电脑|程序|人还是机器人?|机器人还是人工?|真人还是机器人?|机器人还是真人|哪位)(?:吗|么|啊|呀|"
    r"吧|嘛|呢|客服)*"
    r"|(?:你|您)叫(?:什么|啥)(?:名字?)?(?:啊|呀|呢)?|(?:你|您)的?名字(?:是|叫)?(?:什么|啥)?|(?:机器人|人工|真人)(?:吗|么)|"
    r"(?:谁)(?:创造|制造|发明|开发|做|设计)(?:了|的|出)?(?:你|您)的?|(?:你|您)(?:能|会|可以)(?:帮我|为我)?(?:做|干)?(?:什么|啥|"
    r"哪些)?(?:帮我什么|帮忙吗)?(?:说英语|说英文|说中文|讲中文|讲英文|说话)?(?:吗|呢)?"
    r"|(?:so )?(?:are|r) (?:you|u) (?:a |an |really |actually |just |even |the |some )*(?:bot|chatbot|robot|machine|ai|"
    r"human|human being|real|real person|person|computer|program|man or machine|alive|robot or (?:a )?human|"
    r"human or (?:a )?(?:bot|robot|machine)|bot or (?:a )?(?:human|person|real person)|real person or (?:a )?(?:bot|robot|"
    r"machine)|artificial intelligence)"
    r"|(?:am i|i am) (?:talking|speaking|chatting) (?:to|with) (?:a |an |the )?(?:bot|chatbot|robot|machine|ai|human|"
    r"real person|real human|person|computer|human or a bot|bot or a human|real person or a bot)"
    r"|(?:what|who) (?:is|are|r)? ?(?:your name|you|u)(?: called)?|what (?:can|do) you do(?: for me)?|(?:do|"
    r"does) you(?:r)? have a name|do you (?:speak|understand) (?:english|chinese|mandarin|french|spanish)|who (?:made|created|"
    r"built|designed|programmed|trained) (?:you|u)|what should i call you|"
    r"(?:is this|this is) (?:a |an )?(?:bot|chatbot|robot|machine|human|real person|automated)"
    r"|(?:is it|it is|it's) (?:true|right|correct) (?:that )?(?:you(?: are| r)?|youre|your|ur) (?:not )?(?:a |an )?(?:real |actual )?"
    r"(?:bot|chatbot|robot|machine|human|person|ai|computer)"
    r"|(?:can|could|do) (?:you|u) (?:really |actually )?(?:act|think|talk|speak|feel|behave|chat)(?: (?:and|or) "
    r"(?:act|think|talk|speak|feel|behave))? (?:just )?like (?:a |an )?(?:real |actual )?(?:human|human being|person)"
    r"|(?:you|u) (?:really |actually )?(?:sound|seem|act|talk|write|look) (?:just )?like (?:a |an )?(?:real |actual )?"
    r"(?:human|person|bot|robot|machine)"
)
_SMALL = (
    r"(?:给我?)?(?:讲|说)(?:一?个|点)?(?:笑话|故事)(?:吧|呗|听听?|来听听)?|(?:你|您)(?:多大|几岁|多少岁)(?:了|啊)?|我?(?:好|"
    r"很|太|真)?无聊(?:啊|死了|了|呀)*|(?:你|您)?(?:吃饭|吃|睡)(?:了|过)?(?:吗|没|没有|么)"
    r"|(?:你|您)(?:爱|喜欢|想)我(?:吗|么)|我(?:爱|喜欢|想)(?:你|您)(?:了|啊|哦)*|(?:你|您)(?:是)?(?:男的?还是女的?|男的?|"
    r"女的?|哪里人|住哪里?|在哪里?|单身|结婚了)(?:吗|呀|啊)?|(?:陪我|来)?聊(?:聊|会|会儿|天|一会)*(?:天|吧|吗)*|唱(?:首|"
    r"个)歌(?:吧|听听)?|(?:你|您)(?:真|好|太|很|最)(?:可爱|聪明|棒|厉害|漂亮|帅|好|笨|傻|逗)(?:啊|呀|了|哦)*"
    r"|(?:你|您)(?:有|没有|有没有)(?:男朋友|女朋友|对象|老婆|老公|朋友|感情|爸爸|妈妈)(?:吗|么)?|(?:你|您)(?:从哪里?来|住在?哪里?|是哪里人|傻吗|是男的女的|累吗|开心吗)(?:的|呀|啊)?"
    r"|(?:我)?(?:今天|最近|现在)?(?:心情|感觉)?(?:很|好|真|太|有点)?(?:不好|不开心|难过|伤心|累|郁闷|烦|困|孤独)(?:啊|呀|了|哦)*|最近(?:怎么样|好吗|还好吗|忙吗)|今天(?:的)?天气(?:怎么样|"
    r"如何|好吗|真好|不错)"
    r"|(?:哈|呵|嘻|嘿|啦|嗯|呃|额|哦|噢|喔|啊|唉|哎)+|测试(?:一下)?|test(?:ing)?|(?:你|您)(?:还)?(?:好吗|好不好|怎么样|"
    r"最近怎么样|在干嘛|在干什么|在做什么|干嘛呢|忙吗)"
    r"|(?:hi |hello |hey |so )?how (?:are|r) (?:you|u|ya|things)(?: (?:doing|today|going|feeling|buddy|bot|this morning))*|"
    r"how (?:is|s)? ?(?:it|your day|life|everything)(?: going)?(?: today)?|how old are you|where (?:are you from|"
    r"do you live|are you)|(?:do|will|would|can) you (?:love|like|marry|date|miss|hate) me|i (?:love|like|miss) you|"
    r"tell me (?:a|another) (?:joke|story|funny joke)|(?:you )?make me laugh|sing (?:me )?a song"
    r"|(?:i am|im) (?:so |very )?bored|(?:ha|he|hi|lo|hm+|um+|uh|ah|oh|lmao|lol|rofl|haha) ?(?:ha|he|l|m)*|you(?: are)? (?:so |"
    r"very |really )?(?:cute|funny|smart|nice|great|awesome|cool|sweet|amazing|clever|the best)|good (?:bot|job|boy|girl)|"
    r"nice to meet you|do you have (?:feelings|emotions|friends|a girlfriend|a boyfriend|a soul)|how was your day|"
    r"do you (?:sleep|eat|dream|get tired)|are you (?:single|married|alive|happy|okay|smart|busy)|say something(?: funny)?|pleased "
    r"to meet you|what (?:is|are)? ?(?:up|you doing|new)|how do you do|"
    r"what is the meaning of life"
)

GREETING, GOODBYE, THANKS, ABOUT_BOT, SMALL = (expression(rf"(?:{words})$") for words in (_GREETING, _GOODBYE, _THANKS, _BOT, _SMALL))
