"""Letters of some three hundred words around one question: greeting, a story, thanks, a signature, what was quoted."""

import re
from random import Random

_HAN = re.compile("[\u4e00-\u9fff]")
_STORY_EN = (
    "I have been a customer of yours for more than ten years now and I have always been happy with what I got.",
    "My sister recommended you to me when we were still living in the old house near the river.",
    "Last month we were away for three weeks because of the wedding of my cousin, and it was a lovely time.",
    "The weather here has been dreadful lately, so we have spent most evenings at home.",
    "My husband says that I worry too much, and he may be right about that.",
    "I am not very good with computers, but my grandson usually sits down with me on Sundays.",
    "On Tuesday I was on the train to work when I thought of it again.",
    "We have two dogs and a cat, and they keep us busy all day.",
    "I told my neighbour about it and she had never heard of anything like it.",
    "It was my birthday last week and the whole family came over for dinner.",
    "I remember that years ago everything was done by letter, which was slower but also quieter.",
    "As far as I know nobody in my family has ever written to you before.",
    "I looked through all my papers twice yesterday evening.",
    "The kitchen is being painted at the moment, so please excuse the noise in this letter.",
    "In spring we are going to move to a smaller flat closer to the station.",
    "My colleagues at the office were quite surprised when I told them the story.",
    "It is not urgent at all, and I am in no hurry.",
    "I have had a cold since Monday and did not sleep well.",
    "The people at the counter were friendly, although it was a busy afternoon.",
    "My father used to say that one should always ask before it is too late.",
    "I am writing this on my old laptop at the kitchen table.",
    "We celebrated with cake and a long walk around the lake.",
    "You have a very nice website, by the way, and the pictures are beautiful.",
    "This is the first time that I write to you about such a thing.",
)
_STORY_ZH = (
    "我在你们这里已经是十几年的老顾客了，一直都觉得很满意。",
    "当初还是我姐姐向我推荐的，那时候我们还住在河边的老房子里。",
    "上个月我们一家人去外地参加表弟的婚礼，玩了三个星期，特别开心。",
    "最近这边天天下雨，我们晚上基本上都待在家里。",
    "我先生总说我操心太多，可能他说得也对。",
    "我不太会用电脑，一般都是周末孙子过来陪我弄。",
    "星期二上班的路上，我在地铁里又想起了这件事。",
    "家里养了两只狗和一只猫，每天都忙得团团转。",
    "我跟邻居说起过，她说从来没听过这样的事。",
    "上个星期是我的生日，全家人都过来一起吃了饭。",
    "记得很多年以前，什么都靠写信，虽然慢一点，但是很安静。",
    "昨天晚上我把家里的资料从头到尾看了两遍。",
    "最近厨房正在刷墙，家里乱糟糟的。",
    "开春以后我们打算搬到离车站近一点的小房子里。",
    "办公室的同事听了都觉得很意外。",
    "这件事一点都不急，您慢慢来。",
    "星期一开始我就有点感冒，晚上睡得不踏实。",
    "那天下午人很多，但是柜台的小姑娘态度特别好。",
    "我父亲以前常说，凡事要早一点开口。",
    "这封信是我在厨房的桌子上用旧电脑写的。",
    "我们吃了蛋糕，还绕着湖边走了很久。",
    "对了，你们的网站做得很漂亮，照片也好看。",
    "第一次给你们写信说这样的事，写得不好请多包涵。",
    "孩子今年上小学了，每天都有很多新鲜事讲给我们听。",
)
_HELLO_EN = ("Dear Sir or Madam,", "Hello,", "Good morning,", "Hi team,", "To whom it may concern,", "Dear customer service,")
_HELLO_ZH = ("您好：", "你好，", "尊敬的客服：", "客服您好！", "各位好，")
_HOPE_EN = ("I hope this finds you well.", "I hope you had a nice weekend.", "First of all, thank you for all the work that you do.")
_HOPE_ZH = ("希望您一切都好。", "首先感谢你们一直以来的服务。", "不好意思打扰了。")
_BYE_EN = (
    "Thank you very much for your help.\n\nKind regards,\nA customer\n12 Mill Lane\nTel. 020 7946 0000",
    "I look forward to hearing from you.\n\nBest wishes,\nThe one from the lake\n\nSent from my iPhone",
    "Thanks in advance!\n\nSincerely,\nA regular\n-- \nBuy less, choose well.",
)
_BYE_ZH = (
    "非常感谢！\n\n此致\n敬礼\n一位老顾客\n电话：010 5550 0000",
    "期待您的回复，谢谢。\n\n祝好\n老顾客\n\n发自我的iPhone",
    "麻烦您了，谢谢！\n\n顺祝商祺",
)
_QUOTED_EN = (
    "",
    "\n\nOn Mon, 2 Nov 2026 at 09:15, The Shop <help@shop.example> wrote:\n> Thank you for your message.\n> Will you cancel your order?\n",
    "\n\n-----Original Message-----\nFrom: The Shop <help@shop.example>\nSent: Monday\nTo: A customer\nSubject: hello\n\nCan we help?\n",
)
_QUOTED_ZH = (
    "",
    "\n\n在 2026年11月2日 09:15，客服 <help@shop.example> 写道：\n> 感谢您的来信。\n> 您要取消订单吗？\n",
    "\n\n------ 原始邮件 ------\n发件人: 客服 <help@shop.example>\n发送时间: 2026年11月2日\n主题: 回复\n\n请问您要退货吗？\n",
)


def in_a_mail(text: str, dice: Random) -> str:
    """A letter in the text's language that asks it somewhere in the middle."""
    is_zh = bool(_HAN.search(text))
    story = list(_STORY_ZH if is_zh else _STORY_EN)
    dice.shuffle(story)
    place = dice.randint(3, 14)
    asked = text if text[-1:] in "?？。.!！" else text + ("。" if is_zh else ".")
    sentences = [*story[:place], asked[:1].upper() + asked[1:], *story[place:18]]
    paragraphs = [("" if is_zh else " ").join(sentences[start : start + 6]) for start in range(0, len(sentences), 6)]
    hello, hope, bye, quoted = (_HELLO_ZH, _HOPE_ZH, _BYE_ZH, _QUOTED_ZH) if is_zh else (_HELLO_EN, _HOPE_EN, _BYE_EN, _QUOTED_EN)
    body = "\n\n".join([dice.choice(hello), dice.choice(hope), *paragraphs, dice.choice(bye)])
    return (body if is_zh or dice.random() < 0.5 else _wrapped(body)) + dice.choice(quoted)


def _wrapped(text: str) -> str:
    """Lines of at most 72 characters, as older mail programs send them."""
    found = []
    for line in text.split("\n"):
        row = ""
        for word in line.split(" "):
            if len(row) + len(word) > 71:
                found.append(row)
                row = ""
            row = f"{row} {word}" if row else word
        found.append(row)
    return "\n".join(found)
