"""The heads of quoted and forwarded mails, as each mail program writes them: what is above is the reply."""

from adapters.email.quoting import split

WORDS = "您好，我的订单 12345 还没有收到，请帮忙查一下。\nWhere is it?"
BODY = "\n\nPlease tell us the order number.\n\nOn the other hand, thanks.\nSupport\n"
HEADS = {
    "samsung": (
        "-------- Original message --------\nFrom: Support <support@example.com> \nDate: 06/05/2023  10:20  (GMT+08:00) \n"
        "To: customer@example.net \nSubject: Re: Order 12345"
    ),
    "samsung zh": (
        "-------- 原始邮件 --------\n发件人： 客服 <support@example.com> \n日期： 2023/5/6  10:20  (GMT+08:00) \n"
        "收件人： customer@example.net \n主题： Re: 订单"
    ),
    "samsung zh2": (
        "-------- 原始信息 --------\n发件人： 客服 <support@example.com>\n日期： 2023/5/6 10:20 (GMT+08:00)\n"
        "收件人： customer@example.net\n主题： Re: 订单"
    ),
    "dingtalk rule": (
        "------------------------------------------------------------------\n发件人：客服<support@example.com>\n"
        "日\u3000期：2023年05月06日 10:20:15\n收件人：某人<zs@example.net>\n主\u3000题：Re: 订单查询"
    ),
    "aliyun en": (
        "------------------------------------------------------------------\nSender:Support <support@example.com>\n"
        "Sent At:2023 May 6 (Sat.) 10:20\nRecipient:customer <customer@example.net>\nSubject:Re: Order"
    ),
    "qq": (
        '------------------ 原始邮件 ------------------\n发件人: "客服" <support@example.com>;\n'
        '发送时间: 2023年5月6日(星期六) 上午10:20\n收件人: "某人"<123456@qq.com>;\n抄送: "别人"<ls@example.net>;\n主题: Re: 订单查询'
    ),
    "qq nbsp": (
        '------------------&nbsp;原始邮件&nbsp;------------------\n发件人:          "客服"     <support@example.com&gt;;\n'
        '发送时间:&nbsp;2023年5月6日(星期六) 上午10:20\n收件人:&nbsp;"某人"<123456@qq.com&gt;;\n\n主题:&nbsp;Re: 订单查询'
    ),
    "qq en": (
        '------------------ Original ------------------\nFrom:  "Support"<support@example.com>;\nDate:  Sat, May 6, 2023 10:20 AM\n'
        'To:  "zs"<123456@qq.com>;\nCc:  "ls"<ls@example.net>;\n\nSubject:  Re: Order'
    ),
    "qq mobile": (
        '---原始邮件---\n发件人: "客服"<support@example.com>\n发送时间: 2023年5月6日(周六) 上午10:20\n'
        '收件人: "某人"<123456@qq.com>;\n主题: Re: 订单'
    ),
    "qq mobile en": (
        '---Original---\nFrom: "Support"<support@example.com>\nDate: Sat, May 6, 2023 10:20 AM\nTo: "zs"<123456@qq.com>;\n'
        "Subject: Re: Order"
    ),
    "qq forwarded en": (
        '------------------ Forwarded Message ------------------\nFrom: "Support"<support@example.com>\nDate: 2023/5/6 10:20\n'
        "To: zs\nSubject: x"
    ),
    "exmail": (
        '------------------ Original ------------------\nFrom: &nbsp;"客服"<support@example.com&gt;;\n'
        'Date: &nbsp;Sat, May 6, 2023 10:20 AM\nTo: &nbsp;"zs"<zs@example.net&gt;; \nSubject: &nbsp;Re: x'
    ),
    "foxmail": (
        "\u00a0\n发件人：\u00a0客服\n发送时间：\u00a02023-05-06 10:20\n收件人：\u00a0某人\n抄送：\u00a0别人\n主题：\u00a0Re: 订单查询"
    ),
    "foxmail en": "From: Support\nDate: 2023-05-06 10:20\nTo: zs\nSubject: Re: Order",
    "foxmail tw": "寄件者： 客服\n發送時間： 2023-05-06 10:20\n收件者： 某人\n主旨： Re: 訂單",
    "sina": (
        "----- 原始邮件 -----\n发件人：客服 <support@example.com>\n收件人：zs <zs@sina.com>\n主题：Re: 订单\n日期：2023年05月06日 10点20分"
    ),
    "139": (
        '----邮件原文----\n发件人："客服" <support@example.com>\n收件人：zs <zs@139.com>\n抄\u3000送：(无)\n'
        "发送时间：2023-05-06 10:20:15\n主题：Re: 订单"
    ),
    "coremail": (
        '-----原始邮件-----\n发件人:"客服" <support@example.com>\n发送时间:2023-05-06 10:20:15 (星期六)\n收件人: zs@example.net\n'
        "抄送: \n主题: Re: 订单"
    ),
    "coremail en": (
        '-----Original Messages-----\nFrom:"Support" <support@example.com>\nSent Time:2023-05-06 10:20:15 (Saturday)\n'
        "To: zs@example.net\nCc: \nSubject: Re: Order"
    ),
    "netease master": (
        "---- 回复的原邮件 ----\n| 发件人 | 客服<support@example.com> |\n| 发送日期 | 2023年05月06日 10:20 |\n"
        "| 收件人 | zs<zs@163.com> |\n| 抄送人 | |\n| 主题 | Re: 订单 |"
    ),
    "netease master en": (
        "---- Replied Message ----\n| From | Support<support@example.com> |\n| Date | 05/06/2023 10:20 |\n| To | zs<zs@163.com> |\n"
        "| Subject | Re: Order |"
    ),
    "netease tab": (
        "---- 回复的原邮件 ----\n发件人\t客服<support@example.com>\n发送日期\t2023年05月06日 10:20\n收件人\tzs<zs@163.com>\n主题\tRe: 订单"
    ),
    "netease old": (
        '-------- 转发邮件信息 --------\n发件人："客服" <support@example.com>\n发送日期：2023-05-06 10:20:15\n收件人：zs\n主题：Re: 订单'
    ),
    "lark": "发件人: 客服<support@example.com>\n日期: 2023年5月6日 (周六) 10:20\n主题: Re: 订单\n收件人: 某人<zs@example.net>",
    "lark en": (
        'From: "Support"<support@example.com>\nDate: Sat, May 6, 2023, 10:20\nSubject: Re: Order\nTo: "zs"<zs@example.net>\n'
        'Cc: "x"<x@example.net>'
    ),
    "outlook zh": (
        "发件人: 客服 <support@example.com>\n发送时间: 2023年5月6日 10:20\n收件人: 某人 <zs@example.net>\n"
        "抄送: 别人 <ls@example.net>\n主题: Re: 订单查询"
    ),
    "outlook zh web": (
        "________________________________\n发件人: 客服 <support@example.com>\n发送时间: 2023年5月6日 10:20\n"
        "收件人: 某人 <zs@example.net>\n主题: Re: 订单查询"
    ),
    "outlook zh bold": (
        "*发件人:* 客服 <support@example.com>\n*发送时间:* 2023年5月6日 10:20\n*收件人:* 某人 <zs@example.net>\n*主题:* Re: 订单查询"
    ),
    "outlook zh fullwidth": (
        "发件人： 客服 [mailto:support@example.com]\n发送时间： 2023年5月6日 10:20\n收件人： 某人\n主题： Re: 订单查询"
    ),
    "outlook tw": (
        "寄件者: 客服 <support@example.com>\n寄件日期: 2023年5月6日 上午 10:20\n收件者: 某人 <zs@example.net>\n"
        "副本: 别人 <ls@example.net>\n主旨: Re: 訂單查詢"
    ),
    "outlook tw mac": "寄件者: 客服 <support@example.com>\n日期: 2023年5月6日 星期六 上午10:20\n收件者: 某人\n主旨: Re: 訂單",
    "outlook en": (
        "From: Support <support@example.com>\nSent: Saturday, May 6, 2023 10:20 AM\nTo: customer <customer@example.net>\n"
        "Cc: other <other@example.net>\nSubject: Re: Order 12345"
    ),
    "outlook en bold": (
        "**From:** Support <support@example.com>\n**Sent:** Saturday, May 6, 2023 10:20 AM\n"
        "**To:** customer <customer@example.net>\n**Subject:** Re: Order 12345"
    ),
    "outlook en importance": (
        "From: Support <support@example.com>\nSent: Saturday, May 6, 2023 10:20 AM\nTo: a; b;\n    c; d\nSubject: Re: Order 12345\n"
        "Importance: High"
    ),
    "outlook en spaced": (
        "From: Support <support@example.com>\n\nSent: Saturday, May 6, 2023 10:20 AM\n\nTo: customer <customer@example.net>\n\n"
        "Subject: Re: Order 12345"
    ),
    "outlook original": (
        "-----Original Message-----\nFrom: Support [mailto:support@example.com]\nSent: Saturday, May 6, 2023 10:20 AM\n"
        "To: customer\nSubject: Re: Order"
    ),
    "outlook de": (
        "Von: Support <support@example.com>\nGesendet: Samstag, 6. Mai 2023 10:20\nAn: Kunde <customer@example.net>\nCc: x\n"
        "Betreff: AW: Bestellung"
    ),
    "outlook de mac": "Von: Support <support@example.com>\nDatum: Samstag, 6. Mai 2023 um 10:20\nAn: Kunde\nBetreff: Re: Bestellung",
    "outlook de orig": (
        "-----Ursprüngliche Nachricht-----\nVon: Support <support@example.com>\nGesendet: Samstag, 6. Mai 2023 10:20\nAn: Kunde\n"
        "Betreff: AW: x"
    ),
    "outlook fr": (
        "De : Support <support@example.com>\nEnvoyé : samedi 6 mai 2023 10:20\nÀ : client <customer@example.net>\nObjet : RE: Commande"
    ),
    "outlook fr mac": "De : Support <support@example.com>\nDate : samedi, 6 mai 2023 à 10:20\nÀ : client\nCc : x\nObjet : Re: Commande",
    "outlook fr orig": (
        "-----Message d'origine-----\nDe : Support [mailto:support@example.com]\nEnvoyé : samedi 6 mai 2023 10:20\nÀ : client\n"
        "Objet : RE: Commande"
    ),
    "outlook es": (
        "De: Support <support@example.com>\nEnviado: sábado, 6 de mayo de 2023 10:20\nPara: cliente <customer@example.net>\n"
        "Asunto: RE: Pedido"
    ),
    "outlook es2": (
        "De: Support <support@example.com>\nEnviado el: sábado, 6 de mayo de 2023 10:20\nPara: cliente\nCC: x\nAsunto: RE: Pedido"
    ),
    "outlook it": (
        "Da: Support <support@example.com>\nInviato: sabato 6 maggio 2023 10:20\nA: cliente <customer@example.net>\nOggetto: R: Ordine"
    ),
    "outlook pt": "De: Support <support@example.com>\nEnviado: sábado, 6 de maio de 2023 10:20\nPara: cliente\nAssunto: RE: Pedido",
    "outlook pt br": (
        "De: Support <support@example.com>\nEnviada em: sábado, 6 de maio de 2023 10:20\nPara: cliente\nAssunto: RES: Pedido"
    ),
    "outlook nl": (
        "Van: Support <support@example.com>\nVerzonden: zaterdag 6 mei 2023 10:20\nAan: klant <customer@example.net>\n"
        "Onderwerp: RE: Bestelling"
    ),
    "outlook sv": "Från: Support <support@example.com>\nSkickat: den 6 maj 2023 10:20\nTill: kund\nÄmne: SV: Order",
    "outlook da": "Fra: Support <support@example.com>\nSendt: 6. maj 2023 10:20\nTil: kunde\nEmne: SV: Ordre",
    "outlook no": "Fra: Support <support@example.com>\nSendt: lørdag 6. mai 2023 10:20\nTil: kunde\nKopi: x\nEmne: SV: Ordre",
    "outlook fi": (
        "Lähettäjä: Support <support@example.com>\nLähetetty: lauantai 6. toukokuuta 2023 10.20\nVastaanottaja: asiakas\nAihe: VS: Tilaus"
    ),
    "outlook pl": "Od: Support <support@example.com>\nWysłane: sobota, 6 maja 2023 10:20\nDo: klient\nTemat: ODP: Zamówienie",
    "outlook cs": "Od: Support <support@example.com>\nOdesláno: sobota 6. května 2023 10:20\nKomu: zákazník\nPředmět: RE: Objednávka",
    "outlook sk": "Od: Support <support@example.com>\nOdoslané: sobota 6. mája 2023 10:20\nKomu: zákazník\nPredmet: RE: Objednávka",
    "outlook hu": "Feladó: Support <support@example.com>\nElküldve: 2023. május 6., szombat 10:20\nCímzett: ügyfél\nTárgy: RE: Rendelés",
    "outlook ro": "De la: Support <support@example.com>\nTrimis: sâmbătă, 6 mai 2023 10:20\nCătre: client\nSubiect: RE: Comanda",
    "outlook ru": "От: Support <support@example.com>\nОтправлено: 6 мая 2023 г. 10:20\nКому: клиент\nТема: RE: Заказ",
    "outlook ru mac": "От: Support <support@example.com>\nДата: суббота, 6 мая 2023 г. в 10:20\nКому: клиент\nТема: Re: Заказ",
    "outlook uk": "Від: Support <support@example.com>\nНадіслано: субота, 6 травня 2023 р. 10:20\nКому: клієнт\nТема: RE: Замовлення",
    "outlook bg": "От: Support <support@example.com>\nИзпратено: събота, 6 май 2023 г. 10:20\nДо: клиент\nОтносно: RE: Поръчка",
    "outlook el": "Από: Support <support@example.com>\nΣτάλθηκε: Σάββατο, 6 Μαΐου 2023 10:20\nΠρος: πελάτης\nΘέμα: ΑΠ: Παραγγελία",
    "outlook tr": "Kimden: Support <support@example.com>\nGönderildi: 6 Mayıs 2023 Cumartesi 10:20\nKime: müşteri\nKonu: YNT: Sipariş",
    "outlook he": "מאת: Support <support@example.com>\nנשלח: שבת 06 מאי 2023 10:20\nאל: לקוח\nנושא: RE: הזמנה",
    "outlook ar": "من: Support <support@example.com>\nتم الإرسال: السبت، 6 مايو 2023 10:20\nإلى: عميل\nالموضوع: RE: طلب",
    "outlook ja": (
        "差出人: Support <support@example.com>\n送信日時: 2023年5月6日 10:20\n宛先: 顧客 <customer@example.net>\n件名: RE: 注文"
    ),
    "outlook ja mac": "差出人: Support <support@example.com>\n日付: 2023年5月6日 土曜日 10:20\n宛先: 顧客\n件名: Re: 注文",
    "outlook ko": (
        "보낸 사람: Support <support@example.com>\n보낸 날짜: 2023년 5월 6일 토요일 오전 10:20\n받는 사람: 고객\n제목: RE: 주문"
    ),
    "naver": (
        '-----Original Message-----\nFrom: "Support" <support@example.com>\nTo: "x"<x@naver.com>;\nCc:\n'
        "Sent: 2023-05-06 (토) 10:20:15 (GMT+09:00)\nSubject: Re: x"
    ),
    "outlook vi": "Từ: Support <support@example.com>\nĐã gửi: Thứ Bảy, 6 tháng 5, 2023 10:20\nĐến: khách\nChủ đề: RE: Đơn hàng",
    "outlook id": "Dari: Support <support@example.com>\nDikirim: Sabtu, 06 Mei 2023 10:20\nKepada: pelanggan\nSubjek: RE: Pesanan",
    "outlook th": "จาก: Support <support@example.com>\nส่ง: 6 พฤษภาคม 2566 10:20\nถึง: ลูกค้า\nเรื่อง: RE: คำสั่งซื้อ",
    "outlook hr": "Šalje: Support <support@example.com>\nPoslano: 6. svibnja 2023. 10:20\nPrima: kupac\nPredmet: RE: Narudžba",
    "outlook appleforward": (
        "Begin forwarded message:\n\nFrom: Support <support@example.com>\nSubject: Re: Order\n"
        "Date: May 6, 2023 at 10:20:15 AM GMT+8\nTo: customer@example.net"
    ),
    "apple forward zh": (
        "以下是被转发的邮件：\n\n发件人: 客服 <support@example.com>\n主题: 回复: 订单\n日期: 2023年5月6日 GMT+8 10:20:15\n"
        "收件人: customer@example.net"
    ),
    "gmail forward zh": (
        "---------- Forwarded message ---------\n发件人： 客服 <support@example.com>\nDate: 2023年5月6日周六 10:20\nSubject: 订单\n"
        "To: <customer@example.net>"
    ),
    "blackberry": "From: Support\nSent: Saturday, May 6, 2023 10:20\nTo: customer\nReply To: support@example.com\nSubject: Re: Order",
    "one line zh": "发件人: 客服 <support@example.com> 发送时间: 2023年5月6日 10:20 收件人: 某人 主题: Re: 订单",
    "seznam": (
        "---------- Původní e-mail ----------\nOd: Support <support@example.com>\nKomu: x@seznam.cz\nDatum: 6. 5. 2023 10:20:15\n"
        "Předmět: Re: x"
    ),
    "gmx": 'Gesendet: Samstag, 06. Mai 2023 um 10:20 Uhr\nVon: "Support" <support@example.com>\nAn: x@gmx.de\nBetreff: Re: x',
    "tonline": (
        '-----Original-Nachricht-----\nBetreff: Re: x\nDatum: 2023-05-06T10:20:15+0200\nVon: "Support" <support@example.com>\n'
        "An: x@t-online.de"
    ),
    "orange": '> Message du 06/05/23 10:20\n> De : "Support" <support@example.com>\n> A : x@orange.fr\n> Objet : Re: x',
    "laposte": 'De : "Support" <support@example.com>\nA : x@laposte.net\nEnvoyé: samedi 6 mai 2023 10:20\nObjet : Re: x',
    "helpdesk": "##- Please type your reply above this line -##",
    "helpdesk zh": "——— 请在此行以上回复 ———",
    "names and values in lines of their own": (
        "From:\nSupport <support@example.com>\nSent:\nSaturday, May 6, 2023 10:20 AM\nTo:\ncustomer@example.net\nSubject:\nRe: Order"
    ),
}


def test_words_above_a_head_are_the_reply() -> None:
    wrong = [
        (name, gap, split(f"{WORDS}{gap}{head}{BODY}").reply)
        for name, head in HEADS.items()
        for gap in ("\n\n", "\n")
        if split(f"{WORDS}{gap}{head}{BODY}").reply != WORDS
    ]
    assert wrong == []


def test_a_mail_that_is_only_sent_on_is_what_was_said() -> None:
    wrong = [name for name, head in HEADS.items() if "Please tell us the order number." not in split(f"{head}{BODY}").reply]
    assert wrong == []


def test_a_comment_above_a_mail_that_is_sent_on_is_the_reply() -> None:
    head = (
        "---------- Forwarded message ---------\nFrom: Shop <shop@example.net>\nDate: Tue, Jan 01, 2019\nSubject: Bill\nTo: <b@example.net>"
    )
    parts = split(f"Is this bill yours?\n\n{head}\n\n\nYou owe us 10.")
    assert parts.reply == "Is this bill yours?"
    assert split(f"See below, is this bill yours?\n\n{head}\n\nYou owe us 10.").reply == "See below, is this bill yours?"
    assert parts.quoted.endswith("You owe us 10.")


def test_a_mail_sent_on_behind_marks_is_what_was_said() -> None:
    text = "Begin forwarded message:\n\n> From: Shop <shop@example.net>\n> Subject: Bill\n>\n> You owe us 10."
    assert split(text).reply.endswith("> You owe us 10.")


def test_a_signature_above_a_mail_that_is_sent_on_says_nothing_of_its_own() -> None:
    text = "-- \nSome One\n\n---------- Forwarded message ---------\nFrom: Shop <shop@example.net>\nSubject: Bill\n\nYou owe us 10."
    assert split(text).reply == "You owe us 10."
