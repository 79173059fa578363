"""How mails are signed: what a program, a lawyer or a business card adds is no word of the customer's, and nothing else is taken for it."""

from adapters.email.quoting import split

WORDS = "您好，我的订单 12345 还没有收到，请帮忙查一下。\n\n什么时候能到？"
FOOTERS = (
    *("发自我的iPhone", "发自我的 iPhone", "发自我的iPad", "发自 我的 iPhone", "从我的 iPhone 发送", "從我的 iPhone 傳送"),
    *("發自我的 iPhone", "获取 Outlook for iOS<https://aka.ms/o0ukef>", "获取 Outlook for Android"),
    *("获取适用于 iOS 的 Outlook<https://aka.ms/o0ukef>", "取得適用於 Android 的 Outlook"),
    *("取得 Outlook for iOS<https://aka.ms/o0ukef>", "下载 Outlook for iOS", "取得iOS 版 Outlook", "来自我的华为手机"),
    *("发自我的小米手机", "发自我的华为手机", "來自我的三星手機", "发自我的OPPO手机", "发自新浪邮箱客户端"),
    *("发自 网易邮箱大师", "发自网易邮箱大师", "来自网易邮箱手机版", "从 Windows 版邮件发送", "从 Windows 10 版邮件发送"),
    *("发送自 Windows 10 版邮件应用", "從 Windows 的郵件傳送", "发自QQ邮箱", "来自QQ邮箱 - iPhone版", "来自阿里邮箱 iPhone版"),
    *("发自钉钉", "发自飞书邮箱", "来自 Outlook for iOS", "从 Yahoo 邮箱发送 (iPhone)", "透過 Yahoo 信箱 (Android) 傳送"),
    *("签名由 网易邮箱大师 定制", "由 Outlook for iOS 发送", "通过 Spark 发送", "Sent from my iPhone", "Sent from my iPad"),
    *("Sent from my Samsung Galaxy smartphone.", "Sent from Outlook for iOS", "Get Outlook for Android<https://aka.ms/ghei36>"),
    *("Sent from Mail for Windows", "Sent from Yahoo Mail for iPhone", "Sent from Yahoo Mail on Android"),
    *("Sent with Proton Mail secure email.", "Sent from Proton Mail for iOS", "Sent via Superhuman", "Sent from Spark"),
    *("Sent with Spark", "Sent from my Galaxy", "Sent from my BlackBerry 10 smartphone."),
    *("Sent from my Verizon, Samsung Galaxy smartphone", "Sent from my T-Mobile 5G Device", "Sent from AOL on Android"),
    *("Sent from Gmail Mobile", "Sent from the all new AOL app for iOS", "Sent from BlueMail"),
    *("Sent from my mobile. Please excuse brevity and typos.", "Envoyé de mon iPhone", "Envoyé depuis mon mobile Orange"),
    *("Envoyé à partir d’Outlook pour Android", "Télécharger Outlook pour iOS", "Obtenir Outlook pour Android"),
    *("Provenance : Courrier pour Windows 10", "Envoyé depuis l'application Mail Orange", "Von meinem iPhone gesendet"),
    *("Gesendet von Mail für Windows", "Gesendet von Outlook für Android", "Holen Sie sich Outlook für iOS"),
    *("Outlook für Android herunterladen", "Von meinem Samsung Galaxy Smartphone gesendet.", "Gesendet mit der GMX Mail App"),
    *("Gesendet mit der WEB.DE Mail App", "Enviado desde mi iPhone", "Enviado desde Outlook para Android"),
    *("Obtener Outlook para iOS", "Enviado desde mi HUAWEI", "Enviado do meu iPhone", "Enviado via iPhone"),
    *("Obter o Outlook para iOS", "Obter Outlook para Android", "Inviato da iPhone", "Inviato da Outlook per Android"),
    *("Inviato dal mio telefono Huawei", "Ottieni Outlook per iOS", "Scarica Outlook per Android"),
    *("Verstuurd vanaf mijn iPhone", "Verzonden vanaf Outlook voor Android", "Outlook voor iOS downloaden"),
    *("Download Outlook voor Android", "Skickat från min iPhone", "Skickat från Outlook för Android", "Hämta Outlook för iOS"),
    *("Sendt fra min iPhone", "Sendt fra min iPad", "Hent Outlook til iOS", "Få Outlook for iOS", "Lähetetty iPhonesta"),
    *("Hanki Outlook for Android", "Wysłane z iPhone'a", "Wysłano z iPhone’a", "Pobierz aplikację Outlook dla systemu Android"),
    *("Odesláno z iPhonu", "Získat Outlook pro Android", "Odoslané z iPhonu", "Отправлено с iPhone"),
    *("Отправлено из мобильной Яндекс Почты", "Отправлено из Почты Mail.ru", "Получить Outlook для Android"),
    *("Скачать Outlook для iOS", "Надіслано з iPhone", "iPhone'umdan gönderildi", "iOS için Outlook'u edinin"),
    *("Trimis de pe iPhone", "Elküldve az iPhone-omról", "iPhone-ról küldve", "Στάλθηκε από το iPhone μου", "iPhoneから送信"),
    *("iPhone から送信", "Outlook for iOS を入手", "나의 iPhone에서 보냄", "iPhone에서 보냄", "Đã gửi từ iPhone của tôi"),
    *("Dikirim dari iPhone saya", "Dapatkan Outlook untuk iOS", "ส่งจาก iPhone ของฉัน", "أُرسلت من الـ iPhone"),
    *("נשלח מה-iPhone שלי", "Virus-free.www.avast.com<https://www.avast.com/sig-email>", "无病毒。www.avast.com"),
    *("Virenfrei.www.avast.com",),
)
SIGNATURES = (
    "此致\n敬礼\n\n某人\n电话：010-12345678\n手机：13800000000\n地址：北京市朝阳区某路1号\n邮箱：a@example.net",
    "此致\n敬礼！\n\n某某科技有限公司\n采购部 某人\n联系电话：13800000000",
    "顺颂商祺！\n\n某人\n某某（上海）贸易有限公司\nTel: 021-12345678\nFax: 021-12345679\nE-mail: a@example.net\nwww.example.net",
    "祝好\n某人\n手机：13800000000",
    "------------------\n某人\n某某科技有限公司 采购部\n电话：13800000000",
    "------------------------------\n祝商祺！\n某人",
    "____________________\n某人 | 某某公司\nT: +86 10 1234 5678",
    "-- \n某人\n某某公司",
    "--\n某人",
    "—\n某人",
    (
        "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。禁止任何其他人以任何形式使用。如果您错收了本邮件，"
        "请您立即电话或邮件通知发件人并删除本邮件！"
    ),
    (
        "This e-mail and its attachments contain confidential information from X, which is intended only for the person or "
        "entity whose address is listed above. Any use of the information contained herein in any way is prohibited. If you "
        "receive this e-mail in error, please notify the sender by phone or email immediately and delete it!"
    ),
    "CONFIDENTIALITY NOTICE: this is private.",
    "免责声明：本邮件仅代表个人观点。",
    "Best regards,\n\nSome One\nSales Manager\nExample GmbH\nTel.: +49 30 123456\nFax: +49 30 123457\nwww.example.net",
    "Mit freundlichen Grüßen\n\nSome One\nTelefon: 030 123456\nE-Mail: a@example.net",
    "某某科技有限公司\n某人  采购经理\n电话：010-12345678\n手机：13800000000\n邮箱：a@example.net",
    "| |\n某人\n|\n|\na@163.com\n|\n签名由 网易邮箱大师 定制",
    "某人\na@163.com\n签名由 网易邮箱大师 定制",
    "发自我的 iPhone",
    "祝好\n某人\n手机：13800000000\n\n发自我的 iPhone",
    "此致\n敬礼\n某人\n电话：13800000000\n\n本邮件及其附件含有保密信息，仅限收件人使用。误收请立即删除，请勿泄露。",
    "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v1\n\niQEcBAEBAgAG\n=abcd\n-----END PGP SIGNATURE-----",
    "_______________________________________________\nsome mailing list\nlist@example.org\nhttps://lists.example.org/x",
)
TAILS = (
    "",
    "\n\n发件人: 客服 <support@example.com>\n发送时间: 2023年5月6日 10:20\n收件人: a\n主题: Re\n\n您好",
    "\n\n在 2023/5/6 10:20, 客服 写道:\n> 您好",
)
OWN_WORDS = (
    "On Monday I ordered shoes:\n- red\n- blue",
    "Hello,\n\nDate: 5 May\nTo: Beijing\nFrom: Shanghai\nTwo seats please.",
    "您好，\n\n姓名：某人\n电话：13800000000\n地址：北京市朝阳区1号\n邮箱：a@example.net",
    "您好，收件信息：\n寄件人：别人\n收件人：某人\n时间：2023-05-06 10:20\n地址：上海市\n邮箱：a@b.com\n请问什么时候发货？",
    "如下：\n收件人：某人\n手机：13800000000\n\n订单主题：手机壳",
    "Hello\n\nSent via DHL on Monday.",
    "From my side everything is fine",
    "Sent from my office yesterday, tracking 123456",
    "Outlook for Mac crashes when I open it",
    "Get Outlook for free?",
    "My problem\n\n来自我的手机的订单没有收到",
    "问题如下\n\n从手机发送的照片收到了吗？",
    "由于手机没有发出",
    "Problem one\n--\nProblem two, why does it fail?",
    "Order list\n-----\nshoes\nsocks",
    "Options:\n\n* * *\n\nWhich one should I take?",
    "I already wrote on 5/6/2023:\nnobody answered",
    "我于2023年5月6日写道：\n没有人回复",
    "The page https://example.com/he-wrote says: no.\nOn the other hand it works.",
    "Hi, at 10:20 the app said:\nError 5\nWhat now?",
    "> is my question quoted?\nYes",
    "Here is what I did:\n\n```\n> npm install\nFrom: a\nOn 2023-05-06 10:20 x <a@b.c> wrote:\n```\n\nIt fails.",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Thanks,\nSome One",
    "Best regards\nSome One\nAnything else?",
    "谢谢！\n电话：13800000000",
    "谢谢\n某人",
    "此致\n敬礼",
    "订单号：12345\n主题：退款\n日期：2023-05-06",
    "My old address: a@b.com\nMy new address: c@d.com\nPlease change it:",
    "The status on 2023-05-06 for john@example.com (the account):\nlocked",
    "登录时提示：\n2023-05-06 10:20:15 错误",
    (
        "I have 3 things:\n1. a\n2. b\n\n----------\n\nAlso, the invoice of May is wrong. Please correct it and send it again "
        "to my accountant."
    ),
    "我需要退款，本邮件附上截图。",
    "This email is about my order.",
    "Subject: refund\nI want my money.",
    "To: whom it may concern\nSubject: refund\nDate: 5/6/2023",
    "请问保密协议在哪里下载？我们的机密文件收件人写错了，请删除。",
    "Windows 邮件发送失败，怎么办",
    "我的手机还没有发出",
    "Sent from the warehouse it took two weeks.",
    "I will be on vacation.\n—\nIs it possible to delay?",
    "Steps:\n\n===\n\nOpen the app and press the red button, then it crashes. Please fix.",
    ">50 pieces",
    "We need:\n>50 pieces",
    "a\n>100 pieces",
    "请寄到：\n姓名：某人\n电话：13800000000\n地址：北京",
    "我的信息如下\n\n某人\n13800000000\n北京市朝阳区",
    "您要的资料：\n公司：某某科技有限公司\n税号：91110000\n电话：010-12345678",
    "问题一\n\n-----\n\n问题二：为什么退款没有到账？",
    "谢谢！\n某人\n13800000000",
    "祝好！\n某人\n\nPS：另外发票什么时候开？\n电话：13800000000",
    "开票信息：\n\n某某科技有限公司\n税号：91110000\n电话：010-12345678\n请尽快开具发票。",
    "Kind regards\nSome One",
    "你们的邮件说本邮件仅供参考，那我的订单怎么办？",
)
"""Nothing of these is quoted or signed, though it begins like it."""


def test_programs_lines_are_signatures_in_every_language() -> None:
    wrong = [
        footer for footer in FOOTERS if (split(f"{WORDS}\n\n{footer}\n").reply, split(f"{WORDS}\n{footer}").signature) != (WORDS, footer)
    ]
    assert wrong == []


def test_cards_and_disclaimers_are_signatures_above_a_quotation_and_without_one() -> None:
    wrong = [(signed, tail) for signed in SIGNATURES for tail in TAILS if split(f"{WORDS}\n\n{signed}{tail}").reply != WORDS]
    assert wrong == []


def test_what_only_begins_like_a_quotation_or_a_signature_stays_whole() -> None:
    assert [own for own in OWN_WORDS if split(own).reply != own] == []
    assert [own for own in OWN_WORDS if split(f"您好\n\n{own}").reply != f"您好\n\n{own}"] == []


def test_a_name_below_thanks_stays_with_the_words() -> None:
    assert split("It works now.\n\nBest regards,\nSome One").reply == "It works now.\n\nBest regards,\nSome One"


def test_foxmails_line_with_the_writers_address_is_a_signature() -> None:
    head = "发件人： 客服\n发送时间： 2023-05-06 10:20\n收件人： a\n主题： Re: 订单查询\n您好"
    assert split(f"谢谢！\n\n\na@foxmail.com\n \n{head}").signature == "a@foxmail.com"
    assert split(f"谢谢！\n\n> {head.replace(chr(10), chr(10) + '> ')}").signature == ""
    assert split(f"谢谢！\n\na@foxmail.com\n> {head.replace(chr(10), chr(10) + '> ')}").signature == "a@foxmail.com"


def test_programs_cards_above_a_quotation_are_signatures() -> None:
    head = "发件人：客服<support@example.com>\n时间：2023-05-06 10:20\n主题：Re: 订单\n您好"
    cards = (
        "张三\n123456@qq.com\n\n&nbsp;\n\n------------------&nbsp;原始邮件&nbsp;------------------",
        "| |\n张三\n|\n|\nzhangsan@163.com\n|\n---- 回复的原邮件 ----",
    )
    found = [(parts.reply, parts.signature != "") for card in cards for parts in [split(f"{WORDS}\n\n\n{card}\n{head}")]]
    assert found == [(WORDS, True)] * len(cards)


def test_an_address_that_was_asked_for_is_no_signature() -> None:
    head = "发件人: 客服 <support@example.com>\n发送时间: 2023年5月6日 10:20\n收件人: a\n主题: Re\n\n您的邮箱是什么？"
    assert split(f"我的邮箱是：\n\na@example.net\n\n{head}").reply == "我的邮箱是：\n\na@example.net"
    assert split(f"a@example.net\n\n{head}").reply == "a@example.net"


def test_a_mail_of_nothing_but_a_signature_says_it() -> None:
    assert split("发自我的 iPhone").reply == "发自我的 iPhone"
    assert split("-- \n某人").reply == "--\n某人"


def test_a_signature_and_a_quotation_alone_say_nothing() -> None:
    parts = split("发自我的 iPhone\n\n> 在 2023年5月6日，10:20，客服 <support@example.com> 写道：\n> 您好")
    assert (parts.reply, parts.signature) == ("", "发自我的 iPhone")
