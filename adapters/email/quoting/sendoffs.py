"""The words that end a mail: what programs add, what lawyers add, and how letters close."""

SENT_FROM = (
    # starts that tell a program's line only when a program, a device or "my" is named behind
    *("sent from", "sent via", "sent with", "sent by", "sent using", "sent through", "sent on", "sent in", "composed on"),
    *("composed with",),
    *("written on", "typed on", "from my", "message sent from", "this message was sent from", "this email was sent from"),
    *("mail sent from",),
    *("envoyé depuis", "envoyé de", "envoyé à partir", "envoyé avec", "envoyé par", "envoyé via", "provenance"),
    *("gesendet von", "gesendet mit"),
    *("gesendet über", "gesendet aus", "von meinem", "von meiner", "von mobilgerät", "diese nachricht wurde von"),
    *("diese mail wurde von",),
    *("inviato da", "inviato dal", "inviato con", "inviata da", "enviado desde", "enviado con", "enviado do"),
    *("enviado a partir", "enviado de"),
    *("enviado pelo", "enviado por", "enviado via", "enviada do", "enviat des", "verzonden met", "verzonden vanaf", "verzonden via"),
    *("verstuurd vanaf", "verstuurd met", "verstuurd vanuit", "skickat från", "skickades från", "skickat med", "skickat via"),
    *("från min", "från mitt"),
    *("sendt fra", "sendt med", "sendt via", "lähetetty", "wysłane z", "wysłano z", "wysłano za", "wysłane za"),
    *("wysłano przy", "odesláno z"),
    *("odesláno pomocí", "odeslané z", "odoslané z", "odoslané pomocou", "отправлено с", "отправлено из", "отправлено от"),
    *("отправлено через",),
    *("отправлено при", "послано с", "надіслано з", "надіслано із", "відправлено з", "надіслано через", "изпратено от"),
    *("elküldve", "küldve"),
    *("trimis de", "trimis din", "trimis prin", "στάλθηκε από", "εστάλη από", "αποστολή από", "απεστάλη", "saadetud"),
    *("nosūtīts no", "išsiųsta iš"),
    *("poslano s", "poslano z", "poslano iz", "послато са", "נשלח מ", "מה-iphone", "مرسل من", "أرسلت من", "أُرسلت من"),
    *("تم الإرسال من", "dikirim dari"),
    *("terkirim dari", "dihantar dari", "được gửi từ", "đã gửi từ", "gửi từ", "ส่งจาก", "发自", "發自", "来自", "來自"),
    *("发送自", "傳送自", "寄自"),
    *("从", "從", "由", "通过", "透過", "使用", "用我的", "邮件来自", "本邮件来自", "本邮件由", "此邮件由", "該郵件由", "此郵件由"),
)
WITH_END = ("从", "從", "由", "通过", "透過", "使用", "用我的", "邮件来自", "本邮件由", "此邮件由", "該郵件由", "此郵件由")
SAID_LAST = ("发送", "發送", "传送", "傳送", "发出", "發出", "寄出", "发来", "發來", "发送的邮件", "送信", "定制")
SAID_LAST_ONLY = (
    *("gesendet", "verzonden", "verstuurd", "gönderildi", "küldve", "elküldve", "から送信", "から送信されました"),
    *("から送信しました", "より送信"),
    *("에서 보냄", "에서 발송", "에서 보낸 메일", "에서 전송", "로 보냄", "से भेजा गया", "saadetud", "lähetetty", "send from mobile"),
)
"""The same, of languages that say it last."""
SENTENCES = ("没", "未", "不", "吗", "请", "怎么", "什么", "为什么", "沒", "嗎", "請", "麼", "订单", "訂單", "收到")
"""Of a sentence, not of a program's line."""
GET_APP = (
    *("get outlook", "get the outlook", "download outlook", "télécharger outlook", "obtenir outlook", "obtenez outlook"),
    *("téléchargez outlook",),
    *("holen sie sich outlook", "laden sie outlook", "beziehen sie outlook", "ottieni outlook"),
    *("scarica outlook",),
    *("obtener outlook", "descargar outlook", "obtenga outlook", "obter o outlook", "obter outlook", "obtenha o outlook"),
    *("baixe o outlook",),
    *("download outlook voor", "hämta outlook", "skaffa outlook", "få outlook", "hent outlook"),
    *(
        "hanki outlook",
        "lataa outlook",
        "pobierz outlook",
        "pobierz aplikację outlook",
        "pobierz program outlook",
        "získat outlook",
        "stáhnout outlook",
    ),
    *("získať outlook",),
    *("скачать outlook", "получить outlook", "загрузить outlook", "отримати outlook", "завантажити outlook", "az outlook"),
    *("λήψη του outlook",),
    *(
        "descărcați outlook",
        "获取 outlook",
        "获取outlook",
        "获取适用于",
        "下载适用于",
        "取得適用於",
        "下載適用於",
        "下载 outlook",
        "下载outlook",
        "取得 outlook",
    ),
    *("取得outlook", "下載 outlook"),
    *(
        "dapatkan outlook",
        "tải outlook",
        "ดาวน์โหลด outlook",
        "outlook を入手",
        "ios 版 outlook",
        "取得ios 版 outlook",
        "取得 ios 版 outlook",
        "取得android 版 outlook",
        "android 版 outlook",
    ),
    *("ios 版outlook",),
    *("получите outlook", "قم بتنزيل outlook", "الحصول على outlook", "קבל את outlook", "ios용 outlook", "android용 outlook"),
)
GET_APP_LAST = ("herunterladen", "downloaden", "を入手", "edinin", "indirin", "다운로드", "télécharger", "letöltése", "ダウンロード")
SYSTEMS = ("ios", "android", "mac", "windows", "mobil", "iphone")
NOT_DEVICES = frozenset(
    (
        *("office", "home", "warehouse", "desk", "house", "account", "bank", "address", "shop"),
        *("store", "yesterday", "today", "last", "on", "friend", "wife", "husband", "son"),
        *("daughter", "mother", "father", "company", "work", "local", "school", "old", "new"),
        *("other", "previous", "second", "first", "side", "point", "own", "brother", "sister"),
        *("boss"),
    )
)
"""What customers send something from, themselves."""
DEVICES = (
    *("iphon", "ipad", "ipod", "android", "blackberry", "samsung", "galaxy", "huawei", "honor", "xiaomi", "redmi", "oppo"),
    *("vivo", "oneplus"),
    *("pixel", "nexus", "htc", "nokia", "sony", "xperia", "motorola", "alcatel", "windows", "surface", "macbook", "imac"),
    *("ios", "lumia", "zte"),
    *("phone", "mobil", "handy", "móvil", "movil", "celular", "cellulare", "cell", "telefon", "teléfono", "téléphone"),
    *("telephone", "tablet"),
    *("tablette", "device", "gerät", "appareil", "dispositivo", "puhelim", "laptop", "outlook", "gmail", "yahoo", "aol"),
    *("spark", "airmail"),
    *("mailbox", "proton", "fastmail", "superhuman", "mailspring", "thunderbird", "k-9", "fairemail", "bluemail"),
    *("blue mail", "newton"),
    *("canary", "edison", "zoho", "tutanota", "tuta", "icloud", "gmx", "web.de", "mailbird", "postbox", "em client", "lotus"),
    *("hcl", "verizon"),
    *("at&t", "t-mobile", "vodafone", "kindle", "apple watch", "foxmail", "mail.ru", "myмail", "яндекс", "yandex", "телефон"),
    *("смартфон", "планшет"),
    *("моего", "мого", "desktop", "mail app", "mail for", "for windows", "mimestream", "missive", "hey.com", "webmail"),
    *("roundcube", "rainloop"),
    *("inbox", "mail per", "mail für", "mail pour", "correo para", "posta per", "email app", "e-mail-app", "smartfon"),
    *("handset", "secure email", "application mail", "l'application", "smarttelefon"),
    *("手机", "手機", "平板", "电脑", "電腦", "邮箱", "郵箱", "邮件", "郵件", "客户端", "华为", "華為", "小米", "荣耀"),
    *("榮耀", "三星", "一加", "魅族", "努比亚"),
    *("真我", "中兴", "联想", "酷派", "锤子", "红米", "苹果", "网易", "網易", "qq", "钉钉", "釘釘", "飞书", "企业微信"),
    *("微信", "安卓", "携帯", "スマート", "아이폰", "갤럭시", "휴대"),
)
MINE = (
    *(" my ", " mon ", " ma ", " mein", " meinem", " meiner", " mi ", " meu ", " minha ", " mio ", " il mio ", " mijn "),
    *(" min ", " mitt ", " moj", " moje", " mojego"),
    *("我的", " моего ", " мого ", " své", " svého", " mého", " môjho", "の私の", "mój", " saya", " của tôi"),
)
EXCUSES = (
    *("excuse", "typo", "brevity", "brief", "short", "autocorrect", "auto-correct", "forgive", "pardon", "spelling"),
    *("mistake", "error", "thumb"),
    *("fautes", "excusez", "désolé", "tippfehler", "kürze", "entschuldig", "disculp", "errores", "desculp", "erros", "scus"),
    *("errori", "opечат", "опечат", "кратк"),
    *("请见谅", "见谅", "見諒", "简短", "错别字", "打字"),
)
ADDED = (
    *("caution: this email originated from outside", "external email: ", "this message originated from outside"),
    *("this email originated from outside",),
    *("warning: this email originated from outside", "注意：此邮件来自外部", "此邮件来自外部", "本邮件来自外部"),
    *("【外部邮件】", "警告：此邮件来自外部"),
    # whole lines, by their beginning
    *("virus-free", "virenfrei", "garanti sans virus", "sans virus", "libre de virus", "livre de vírus", "virusvrij"),
    *("mail priva di virus", "privo di virus"),
    *("без вирусов", "无病毒", "不含病毒", "this email has been checked for viruses", "this email has been scanned"),
    *("diese e-mail wurde von avast",),
    *("cet e-mail a été vérifié par", "l'absence de virus dans ce courrier", "el software de antivirus avast"),
    *("este e-mail foi verificado",),
    *("questa e-mail è stata controllata", "deze e-mail is gecontroleerd op virussen", "проверено на вирусы", "scanned by"),
    *("checked by avg", "no virus found"),
    *("please consider the environment", "think before you print", "save a tree", "pensez à l'environnement"),
    *("bitte denken sie an die umwelt",),
    *("do your part for the environment", "before printing this e-mail", "before printing this email"),
    *("piense en el medio ambiente", "pense no meio ambiente", "请考虑环境", "请保护环境", "打印前请考虑"),
    *("to unsubscribe from this", "you received this message because you are subscribed"),
    *("you are receiving this because", "you're receiving this because"),
    *("退订：", "sent with proton", "签名由", "簽名由", "hey! i'm using", "click here to unsubscribe"),
)
CLOSINGS_FORMAL = frozenset(
    word.casefold()
    for word in (
        *("此致", "敬礼", "此致敬礼", "此致 敬礼", "敬禮", "此致敬禮", "顺颂商祺", "順頌商祺", "顺祝商祺", "順祝商祺"),
        *("顺颂时祺", "順頌時祺", "祝商祺", "商祺", "敬颂商祺"),
        *("即颂商祺", "敬祝商祺", "商安", "顺祝商安", "顺颂", "顺致敬意", "祝好", "祝安好", "祝顺利", "祝工作顺利", "祝工作愉快"),
        *("祝您工作愉快", "祝您生活愉快", "祝生活愉快", "敬上"),
        *("谨上", "敬启", "敬啟", "謹上", "祝您愉快", "祝一切顺利", "祝顺心", "顺祝安好", "祝身体健康", "best regards"),
        *("kind regards", "warm regards", "regards"),
        *("best", "best wishes", "with best regards", "with kind regards", "many regards", "yours sincerely", "yours faithfully"),
        *("yours truly", "sincerely"),
        *("sincerely yours", "respectfully", "cordially", "cheers", "br", "rgds", "b.r", "b. rgds", "warmly", "cordialement"),
        *("bien cordialement", "bien à vous"),
        *("salutations", "sincères salutations", "meilleures salutations", "mit freundlichen grüßen", "mit freundlichen grüssen"),
        *("freundliche grüße", "freundliche grüsse"),
        *("viele grüße", "beste grüße", "mfg", "lg", "liebe grüße", "schöne grüße", "saludos", "un saludo", "saludos cordiales"),
        *("atentamente", "cordialmente", "atenciosamente"),
        *("att", "abraços", "abs", "cumprimentos", "cordiali saluti", "distinti saluti", "saluti", "met vriendelijke groet"),
        *("met vriendelijke groeten", "vriendelijke groet", "mvg"),
        *("groeten", "med vänlig hälsning", "vänliga hälsningar", "mvh", "hälsningar", "med venlig hilsen", "venlig hilsen"),
        *("med vennlig hilsen", "vennlig hilsen", "hilsen"),
        *("pozdrawiam", "z poważaniem", "s pozdravem", "s pozdravom", "с уважением", "с наилучшими пожеланиями", "з повагою"),
        *("ystävällisin terveisin", "terveisin"),
        *("saygılarımla", "üdvözlettel", "tisztelettel", "cu stimă", "cu respect", "με εκτίμηση", "敬具"),
        *("よろしくお願いいたします", "よろしくお願いします", "감사합니다", "trân trọng"),
    )
)
CLOSINGS_THANKS = frozenset(
    (
        *("谢谢", "多谢", "感谢", "谢谢您", "谢谢你", "非常感谢", "万分感谢", "致谢", "謝謝", "感謝", "多謝", "thanks"),
        *("thank you", "many thanks", "thx", "tks", "thanks & regards"),
        *("thanks and regards", "thanks and best regards", "thanks & best regards", "thanks in advance", "thanks a lot"),
        *("thank you very much", "merci", "danke", "vielen dank"),
        *("gracias", "muchas gracias", "obrigado", "obrigada", "grazie", "dank u", "bedankt", "tack", "takk", "tak", "dziękuję"),
        *("děkuji", "спасибо", "дякую", "ありがとうございます"),
    )
)
CONTACTS = frozenset(
    (
        *("电话", "手机", "传真", "座机", "手机号", "手机号码", "联系电话", "办公电话", "地址", "公司地址", "邮箱", "电子邮箱"),
        *("电子邮件", "邮件", "邮编", "网址", "网站", "微信", "微信号", "qq"),
        *("公司", "部门", "职位", "姓名", "联系人", "移动电话", "直线", "分机", "总机", "热线", "電話", "手機", "傳真", "信箱"),
        *("郵箱", "網址", "公司網址", "郵遞區號", "部門", "行動電話"),
        *("tel", "tel.", "phone", "mobile", "mob", "mob.", "cell", "fax", "fax.", "e-mail", "email", "mail", "web", "website"),
        *("www", "address", "add", "addr", "t", "m", "p", "f", "e", "w", "d", "o", "c"),
        *("mp", "hp", "m.p", "direct", "office", "skype", "whatsapp", "wechat", "linkedin", "twitter", "url", "telefon"),
        *("telefax", "mobil", "handy", "téléphone", "portable", "télécopie"),
        *("teléfono", "móvil", "telefone", "celular", "telefono", "cellulare", "cell.", "telefoon", "mobiel", "puh", "gsm"),
        *("тел", "тел.", "телефон", "факс", "моб", "моб.", "адрес"),
    )
)
"""What labels a line of contact data, before its colon."""
ORGANISATIONS = (
    *("有限公司", "股份公司", "集团", "集團", "事务所", "研究院", "大学", "分公司", "经理", "总监", "工程师", "co., ltd"),
    *("co.,ltd", "co. ltd", " ltd", " inc", " llc"),
    *(" gmbh", " ag", " s.a", " bv", " b.v", " corp", " plc", " pty", "limited", "株式会社", "主管", "专员", "部长", "會社"),
    *(" s.r.l", " s.p.a", " sarl", " oy", " ab"),
)
DISCLAIMERS = (
    # two of them in one paragraph make it a lawyer's
    *("confidential", "intended recipient", "intended solely", "intended only", "privileged", "if you have received this"),
    *("received this e-mail in error",),
    *("received this email in error", "received this message in error", "disclos", "unauthori", "named addressee"),
    *("individual or entity", "notify the sender", "delete this"),
    *("this e-mail", "this email", "this message", "this communication", "any attachments", "disclaimer", "liability"),
    *("do not disseminate", "viruses"),
    *("confidentiel", "destinataire", "ce message", "cet e-mail", "ce courriel", "par erreur", "vertraulich", "diese e-mail"),
    *("diese nachricht", "irrtümlich", "empfänger", "unbefugt"),
    *("confidencial", "este mensaje", "este correo", "esta mensagem", "destinatari", "por error", "por erro", "riservat"),
    *("questo messaggio", "per errore", "vertrouwelijk", "geadresseerde", "dit bericht"),
    *("конфиденциальн", "данное сообщение", "настоящее сообщение", "poufn", "wiadomość ta", "adresat", "fortrolig"),
    *("konfidentiell", "luottamuksel"),
    *("本邮件", "本电子邮件", "此邮件", "该邮件", "本信件", "邮件及其附件", "及其附件", "保密信息", "保密", "机密"),
    *("商业秘密", "仅供", "仅限", "收件人", "误收", "误接收", "错误收到", "未经授权", "立即删除"),
    *("请勿", "泄露", "免责声明", "法律责任", "通知发件人", "本郵件", "此郵件", "保密", "機密", "僅供", "收件者", "誤收"),
    *("刪除", "免責聲明", "秘密情報", "機密情報", "誤って", "기밀", "수신인"),
)
DISCLAIMER_STARTS = (
    *("confidentiality notice", "confidentiality note", "disclaimer", "legal notice", "legal disclaimer", "important notice"),
    *("privileged and confidential",),
    *("免责声明", "免責聲明", "保密声明", "保密提示", "法律声明", "avis de confidentialité", "aviso de confidencialidad"),
    *("aviso legal", "haftungsausschluss", "vertraulichkeitshinweis"),
)
