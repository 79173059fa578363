"""Things that customers say beside questions, and questions that only look like them. Written for this project; CC0."""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


PERSON = _listed(
    "转人工|轉人工|人工|人工客服|轉真人|真人客服|我要真人客服|请转人工客服|麻烦转人工|帮我转人工|给我转人工|转接人工|轉接專人|"
    "轉接客服人員|我要找客服|我要找人工客服|我想和人工说话|我想跟真人聊聊|能跟真人说话吗|有人工吗|有没有人工客服|人工在吗|"
    "人工服务|转人工服务谢谢|转人工！！！|转人工啊|快转人工|赶紧给我转人工|怎么转人工|怎样联系人工客服|如何找人工|"
    "我不想跟机器人说话|不要机器人|别用机器人敷衍我|不想和机器人聊|能不能换个人|换人来|叫你们经理来|找你们领导|"
    "我要跟你们主管谈|让你们负责人联系我|客服呢|客服人呢|人呢|有人吗我要人工|叫个活人来|来个真人|我要活人|不跟机器人聊|"
    "我要和人说话|接人工|接入人工|人工坐席|转坐席|转專員|請幫我轉接真人|請轉專人服務|我要找真人客服|可以找真人嗎|有真人嗎|"
    "真人客服在嗎|需要人工协助|需要人工帮助|人工处理|人工介入|zrg|rg|zhuan ren gong|zhuanrengong|ren gong ke fu|转rg|"
    "人工人工人工|转人工 转人工|你解决不了给我转人工|你听不懂，转人工吧|这个机器人没用，转人工|退款的事我要找人工|"
    "我的订单有问题，帮我转人工|算了转人工|还是转人工吧|打电话给我|给我回个电话|请给我回电|联系我一下|让客服联系我|"
    "麻煩請客服打給我|我要求转接人工|我要投诉，找人工|直接转人工|客服人工|人工 客服|找真人|真人|要真人|活人|有活人吗|转接|"
    "转客服|转接客服|我要客服|在线客服|联系客服|客服在吗|人工咨询|人工回复|agent|human|representative|operator|real person|"
    "live agent|live chat|speak to a human|talk to a human|talk to a person|talk to someone|I want to talk to someone|"
    "I want to talk to a real person|can I talk to a human please|can i speak with someone|could I speak to a representative|"
    "let me speak to your manager|I'd like to speak to a supervisor|get me a human|get me your manager|give me a real person|"
    "connect me to an agent|connect me with customer service|transfer me to an agent|transfer me to a human please|"
    "put me through to someone|please transfer me to a live person|I need a human|I need a real person|"
    "I need to speak with an agent|I need an agent now|human please|agent please|agent!!!|customer service|"
    "customer service representative|customer support please|support agent|I don't want to talk to a bot|"
    "I don't want to talk to a robot|not a bot please|no bots please|stop the bot, I want a person|"
    "this bot is useless, get me a person|is there a human I can talk to|is there anyone real here|"
    "are there any real people here|can a human help me|can someone help me, a real person|I want a human being|"
    "can someone call me|call me|call me back|please call me back|have someone call me|I want to chat with a live agent|"
    "switch to human|escalate|escalate this to a manager|speak to manager|let me talk to a supervisor|human agent|"
    "human support|hand me over to a human|pls connect me to a real human|i wanna talk to a person|can u get me a person|"
    "i would prefer to talk to a person|i'd rather talk to a human|speak to an advisor|talk to an operator|"
    "can I chat with a person|transfer to agent|0|get a human on the line|where can I reach a human|how do I talk to a human|"
    "how do i speak to a real person|how can I contact a human agent|can you connect me with somebody|somebody real please|"
    "someone please help me, not a machine|I want to speak to a person about my refund|"
    "I need to talk to someone about my order"
)
"""Wishes for a person."""

NOT_PERSON = _listed(
    "人工费怎么算|人工湖在哪里|人工智能是什么|支持人工智能吗|手工还是人工|人工授精保险报吗|真人秀什么时候开始|真人发夹多少钱|"
    "客服电话是多少|客服几点上班|周末有客服吗|人工客服几点下班|人工服务时间是几点|你们的客服电话是多少|怎么加入客服团队|"
    "你们招客服吗|不用转人工了|不需要人工|不要转人工|别给我转人工|先不转人工|快递员态度很差|联系卖家怎么操作|联系方式怎么改|"
    "如何联系商家|换个手机号|换个地址|能换人收货吗|可以换人签收吗|找人代付|帮别人代付|转账给别人|转给别人可以吗|怎么转给朋友|"
    "活人墓|经理推荐的套餐是什么|领导力课程多少钱|电话联系不上快递员怎么办|给我开发票|要一个人的套餐|人呢怎么还没发货|"
    "可以叫人来安装吗|找人安装多少钱|叫个快递|上门维修的人什么时候来|Is customer service available on weekends?|"
    "how do I become a sales agent|the delivery person was rude|what are your customer service hours|"
    "what is your customer service number|how many agents do you have|can I add another person to my account|"
    "can someone else pick up my order|someone used my card|someone stole my account|can another person sign for it|"
    "do you have a job as a customer service representative|do I need an agent to buy a policy|find an agent near me|"
    "is this safe for human hair|is human hair used in the wig|human resources contact|real estate agent fees|"
    "travel agent discount|can a person under 18 order|talk to my bank about the chargeback|my manager needs an invoice|"
    "send it to a person in Canada|someone called me from your company|I got a call from someone|who called me|"
    "call waiting feature|how do I cancel call forwarding|does the agent fee apply|the agent gave me a wrong code|"
    "I talked to an agent yesterday|I spoke to a representative and he promised a refund|the operator charged me twice|"
    "is a live demo available|live chat widget for my website|is there a person limit|remove a person from my policy|"
    "add someone to my insurance|change the person on the booking|please don't transfer me to an agent|I don't need a human|"
    "no need for an agent|can I give this gift to someone|I want to send this to someone else|"
    "can my manager approve the order"
)
"""People in a question."""

ANGER = _listed(
    "垃圾客服|什么破公司|我要去315投诉你们|气死我了|我要起诉你们|你们是骗子|骗子公司|黑心商家|无良商家|坑爹|坑死了|太垃圾了|"
    "你有病吧|傻逼|煞笔|sb客服|他妈的|去死|滚|滚蛋|废物|你们太过分了|态度太差了|服务太差|我要投诉|我要投诉你们|投诉你们公司|"
    "曝光你们|找媒体曝光|找律师|我要报警|12315|消协投诉|退钱不然告你|你们等着收律师函|什么玩意儿|什么狗屁服务|智障|脑残|白痴|"
    "有病|真恶心|欺骗消费者|欺诈|虚假宣传我要投诉|再不处理我就投诉|再也不买了|差评|我要给差评|氣死我了|垃圾公司|你們是騙子|"
    "我要投訴你們|爛公司|智障客服|白癡|去你的|mmp|tmd|nmsl|cnm|you are useless|you're useless|stupid bot|dumb bot|"
    "worst company ever|worst service ever|what a piece of garbage|piece of shit|fuck you|fuck off|f*ck you|wtf|"
    "this is bullshit|you suck|this sucks|you are idiots|idiot|you are a scam|this is a scam|scammers|thieves|liars|"
    "I will sue you|I'm going to sue|see you in court|I'll call my lawyer|I want to file a complaint|"
    "I want to make a complaint|terrible service|horrible customer service|awful company|I hate you|I hate this company|"
    "I'm sick of this|I am fed up|this is ridiculous|this is unacceptable|disgusting service|you ripped me off|total rip off|"
    "shut up|go to hell|screw you|damn you|you are the worst|are you stupid|are you kidding me|what a joke|bunch of crooks|"
    "report you to the police|I will report you to the BBB|I'm furious|I am extremely angry|pathetic|garbage service|"
    "useless piece of junk|crap company"
)
"""Abuse, threats, complaints about us."""

NOT_ANGER = _listed(
    "垃圾袋多少钱|妈妈的生日礼物|有病历卡吗|你有病假条模板吗|垃圾分类标准|狗粮怎么买|猪肉多少钱|怎么投诉快递员|投诉电话是多少|"
    "如何投诉商家|骗子冒充客服怎么办|遇到诈骗怎么办|差评怎么修改|怎么删除差评|报警器多少钱|律师服务|破损怎么办|收到的东西破了|"
    "死机了怎么办|屏幕坏死点|滚筒洗衣机|滚轮坏了|傻瓜相机|有没有笨一点的|烂了怎么赔|水果烂了|白痴造句|how do I report a scam|"
    "is this a scam email|I got a phishing mail|someone scammed me|shipping is terribly slow what can I do|"
    "the box was crushed and looks terrible|where do I file a complaint|how do I complain about a courier|"
    "is this shirt sick looking|damn good coffee|my order is a joke gift|bloody mary mix|shitake mushrooms in stock|"
    "dumbbell set price|stupid question but how do i pay|suitcase price|sue's gift card|crude oil|"
    "hate to ask but how do i return this|garbage bags price|trash can size"
)
"""Strong words, and no anger."""

GREETINGS = _listed(
    "你好|您好|你好呀|你好啊|嗨|哈喽|哈啰|hello|hi|hey|hey there|hi there|早|早上好|早安|上午好|下午好|晚上好|中午好|在吗|"
    "在嗎|在么|在不在|有人吗|有人嗎|有人在吗|亲|亲在吗|你好，在吗|您好，有人吗|你好你好|喂|喂喂|喂？|hello?|hello??|hi!!|hiya|"
    "yo|good morning|good afternoon|good evening|Good day|morning|hello there|hello, anyone there?|is anyone there|"
    "are you there|anybody here?|howdy|greetings|hi bot|hey bot|hello everyone|你們好|嗨嗨|哈囉|哈囉你好|安安|您好👋|hi 👋|"
    "sup|what's up|wassup|hello again|good morning team|dear team|hii|hiiii|helloooo|早啊|大家好|nihao|ni hao|在？|请问有人吗|"
    "請問有人在嗎|hi, good evening"
)

THANKS = _listed(
    "谢谢|謝謝|谢谢你|谢谢您|多谢|多謝|感谢|非常感谢|好的谢谢|好的，谢谢|ok谢谢|谢啦|谢了|谢谢啊|谢谢，没事了|不用了谢谢|"
    "没事了|好的|好|嗯|嗯嗯|哦|哦哦|知道了|明白了|懂了|了解|收到|ok|OK|okay|行|可以|可以了|好滴|好嘞|好吧|解决了|搞定了|"
    "问题解决了|太感谢了|辛苦了|麻烦了|谢谢客服|万分感谢|3q|thx|thanks|thank you|thank you so much|thanks a lot|many thanks|"
    "ty|tysm|cheers|great, that helped|that helped, thanks|perfect thank you|awesome|great|cool|got it|ok thanks|okay great|"
    "alright|thanks for your help|thank you very much for your help|much appreciated|appreciate it|that's all|"
    "that's all, thanks|no that's all|all good|it works now thanks|problem solved|you've been very helpful|thanks bot|"
    "nice, thanks|感恩|太好了|太棒了|不错|很好|好的呢|收到谢谢|行，知道了|了解了 謝謝|明白了，謝謝你|好的👌|👍谢谢|thank u|"
    "thnx|thanks!!!|great thanks|sounds good|ok cool|no thanks|no thank you|不用了|不需要了|没有了|没别的了|没问题了"
)

GOODBYES = _listed(
    "再见|再見|拜拜|拜|88|886|bye|bye bye|goodbye|good bye|see you|see ya|good night|晚安|回头见|下次再聊|我先走了|先这样|"
    "那先这样吧|ok bye|thanks bye|谢谢再见|好的再见|have a nice day|have a good one|take care|talk to you later|cya|later|"
    "good night, thanks|掰掰|下次見|那就这样|就这样吧"
)

CHAT = _listed(
    "你是谁|你是誰|你叫什么|你叫什么名字|你是机器人吗|你是機器人嗎|你是真人吗|你是人吗|你是人还是机器|你是ai吗|你会什么|"
    "你能做什么|你能帮我做什么|谁创造了你|你多大了|你几岁|你几岁了|你是男的女的|讲个笑话|讲个故事|说个笑话吧|我好无聊|无聊|"
    "陪我聊天|聊聊天|吃饭了吗|你吃了吗|吃了没|哈哈|哈哈哈|呵呵|嘿嘿|嘻嘻|你真聪明|你好聪明|你真可爱|你真棒|我爱你|我喜欢你|"
    "你喜欢我吗|你有男朋友吗|你在干嘛|你在做什么|最近怎么样|你好吗|心情不好|我不开心|我好难过|好累啊|唱首歌|今天天气怎么样|"
    "你好笨|你真笨|你傻吗|测试|test|你会说英语吗|你从哪里来|你住在哪里|你是哪里人|how are you|how are you doing|"
    "how's it going|what is your name|what's your name|who are you|what are you|are you a bot|are you human|are you real|"
    "are you a robot|are you an AI|am I talking to a bot|am I talking to a real person|who made you|who created you|"
    "what can you do|what do you do|how old are you|do you love me|i love you|will you marry me|tell me a joke|"
    "tell me a story|make me laugh|sing a song|haha|hahaha|lol|lmao|hmm|i'm bored|you are cute|you are funny|you're smart|"
    "good bot|nice to meet you|what's up|what are you doing|where are you from|where do you live|do you speak english|"
    "do you have feelings|what is the meaning of life|testing|you are awesome|how was your day|do you sleep|are you single|"
    "are you alive|say something funny|can you help me|help|help me|i need help|"
    "is it true your a real person|is it true you're a human|can you act and think like a real person|do you think like a human|"
    "you sound like a real person|can you talk like a human|is this a real person"
)
"""Talk about the bot, and about nothing."""

NOT_CHAT = _listed(
    "你好怎么退货|在吗我想退款|早上好，我的订单到哪了|谢谢，还想问下运费|好的，那怎么退|hi where is my order|"
    "thanks, and what about returns|ok how do I pay|no thanks, cancel it|hello I forgot my password|"
    "great, but my order is late|how are you going to ship it|你们是正品吗|你们在哪里|你能帮我退款吗|你是什么快递|"
    "你们有什么优惠|晚安面膜有货吗|拜年礼盒|早餐有吗|早鸟票怎么买|好评返现吗|88会员怎么开|886邮编|good day moisturizer price|"
    "bye bye baby lotion in stock|do you sell yo-yos|hey google speaker price|test kit price|are you open today|"
    "are you hiring|what can you do about my late order|how old do I have to be to order|where are you located|谢谢卡怎么用|"
    "感谢信寄到哪|收到的东西坏了|收到货少了一件|解决方案有哪些|可以退吗|行李箱多少钱|行李能寄吗|明白茶叶|取消|退款|运费|发票|"
    "refund|invoice|cancel|password"
)
"""Questions with a courtesy in front, or words of small talk in them."""
