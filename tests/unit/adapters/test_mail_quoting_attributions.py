"""What mail programs put over quoted text in one sentence: every program and language parts the words from the quotation."""

from adapters.email.quoting import split

WORDS = "您好，我的订单 12345 还没有收到，请帮忙查一下。\nWhere is it?"
QUOTED = "\n\n> Please tell us the order number.\n> Support\n"
BARE = "\n\nPlease tell us the order number.\nSupport\n"
ATTRIBUTIONS = {
    "gmail en": "On Sat, May 6, 2023 at 10:20 AM Support <support@example.com> wrote:",
    "gmail en wrap": "On Sat, May 6, 2023 at 10:20 AM Example Customer Support Team\n<support@example.com> wrote:",
    "gmail en wrap2": "On Sat, May 6, 2023 at 10:20 AM Example Customer Support Team <\nsupport@example.com> wrote:",
    "gmail en gb": "On Sat, 6 May 2023 at 10:20, Support <support@example.com> wrote:",
    "gmail zh": "Support <support@example.com> 于2023年5月6日周六 10:20写道：",
    "gmail zh wrap": "Example 客户服务中心 <support@example.com> 于2023年5月6日周六\n10:20写道：",
    "gmail zh wrap2": "Example 客户服务中心 <support@example.com>\n于2023年5月6日周六 10:20写道：",
    "gmail zh old": "在 2023年5月6日 上午10:20，客服 <support@example.com>写道：",
    "titled in any words": "----------回复的邮件信息----------\n客服 <support@example.com> 在 2023年5月6日 上午10:20 写道：",
    "gmail zh old2": "2023-05-06 10:20 GMT+08:00 客服 <support@example.com>:",
    "gmail tw": "客服 <support@example.com> 於 2023年5月6日 週六 上午10:20寫道：",
    "gmail tw wrap": "客服中心 <support@example.com> 於 2023年5月6日 週六\n上午10:20寫道：",
    "gmail hk": "客服 <support@example.com> 在 2023年5月6日週六 上午10:20 寫道：",
    "gmail ja": "2023年5月6日(土) 10:20 Support <support@example.com>:",
    "gmail ko": "2023년 5월 6일 (토) 오전 10:20, Support <support@example.com>님이 작성:",
    "gmail de": "Am Sa., 6. Mai 2023 um 10:20 Uhr schrieb Support <support@example.com>:",
    "gmail de wrap": "Am Sa., 6. Mai 2023 um 10:20 Uhr schrieb Support Team Example <\nsupport@example.com>:",
    "gmail fr": "Le sam. 6 mai 2023 à 10:20, Support <support@example.com> a écrit :",
    "gmail fr wrap": "Le sam. 6 mai 2023 à 10:20, Support <support@example.com> a\nécrit :",
    "gmail es": "El sáb, 6 may 2023 a las 10:20, Support (<support@example.com>) escribió:",
    "gmail it": "Il giorno sab 6 mag 2023 alle ore 10:20 Support\n<support@example.com> ha scritto:",
    "gmail pt br": "Em sáb., 6 de mai. de 2023 às 10:20, Support <support@example.com> escreveu:",
    "gmail pt": "Support <support@example.com> escreveu (sábado, 6/05/2023 à(s) 10:20):",
    "gmail nl": "Op za 6 mei 2023 om 10:20 schreef Support <support@example.com>:",
    "gmail pl": "sob., 6 maj 2023 o 10:20 Support <support@example.com> napisał(a):",
    "gmail ru": "сб, 6 мая 2023 г. в 10:20, Support <support@example.com>:",
    "gmail ru wrap": "сб, 6 мая 2023 г. в 10:20, Support Team Example <\nsupport@example.com>:",
    "gmail uk": "сб, 6 трав. 2023 р. о 10:20 Support <support@example.com> пише:",
    "gmail cs": "so 6. 5. 2023 v 10:20 odesílatel Support <support@example.com> napsal:",
    "gmail sk": "so 6. 5. 2023 o 10:20 Support <support@example.com> napísal(a):",
    "gmail hu": "Support <support@example.com> ezt írta (időpont: 2023. máj. 6., Szo, 10:20):",
    "gmail ro": "În sâm., 6 mai 2023 la 10:20, Support <support@example.com> a scris:",
    "gmail bg": "На сб, 6.05.2023 г. в 10:20 ч. Support <support@example.com> написа:",
    "gmail hr": "sub, 6. svi 2023. u 10:20 Support <support@example.com> napisao je:",
    "gmail sr": "суб, 6. мај 2023. у 10:20 Support <support@example.com> је написао/ла:",
    "gmail sl": "V V sob., 6. maj 2023 ob 10:20 je oseba Support <support@example.com> napisala:",
    "gmail el": "Στις Σάβ 6 Μαΐ 2023 στις 10:20 π.μ., ο χρήστης Support <support@example.com> έγραψε:",
    "gmail tr": "Support <support@example.com>, 6 May 2023 Cmt, 10:20 tarihinde şunu yazdı:",
    "gmail da": "Den lør. 6. maj 2023 kl. 10.20 skrev Support <support@example.com>:",
    "gmail no": "lør. 6. mai 2023 kl. 10:20 skrev Support <support@example.com>:",
    "gmail sv": "Den lör 6 maj 2023 kl 10:20 skrev Support <support@example.com>:",
    "gmail fi": "la 6. toukok. 2023 klo 10.20 Support (support@example.com) kirjoitti:",
    "gmail et": "Kirjutas kuupäeval L, 6. mai 2023 kell 10:20 Support <support@example.com>:",
    "gmail lv": "sestd., 2023. g. 6. maijs, plkst. 10:20 — lietotājs Support (<support@example.com>)\nrakstīja:",
    "gmail lt": "2023-05-06, št, 10:20 Support <support@example.com> rašė:",
    "gmail ca": "Missatge de Support <support@example.com> del dia ds., 6 de maig 2023 a les 10:20:",
    "gmail vi": "Vào Th 7, 6 thg 5, 2023 vào lúc 10:20 Support <support@example.com> đã viết:",
    "gmail id": "Pada tanggal Sab, 6 Mei 2023 pukul 10.20 Support <support@example.com> menulis:",
    "gmail ms": "Pada Sab, 6 Mei 2023 pada 10:20 PG Support <support@example.com> menulis:",
    "gmail fil": "Noong Sab, May 6, 2023 nang 10:20 AM, sinulat ni Support <support@example.com> ang:",
    "gmail th": "ในวันที่ ส. 6 พ.ค. 2023 เวลา 10:20 Support <support@example.com> เขียนว่า:",
    "gmail hi": "शनि, 6 मई 2023 को 10:20 am बजे को Support <support@example.com> ने लिखा:",
    "gmail ar": (
        "\u202bفي السبت، 6 مايو 2023 في 10:20 ص تمت كتابة ما يلي بواسطة"
        " \u202aSupport\u202c\u200f <\u202asupport@example.com\u202c\u200f>:\u202c"
    ),
    "gmail ar digits": "في السبت، ٦ مايو ٢٠٢٣ في ١٠:٢٠ ص تمت كتابة ما يلي بواسطة Support <support@example.com>:",
    "gmail he": "\u202bבתאריך שבת, 6 במאי 2023 ב-10:20 מאת \u202aSupport\u202c\u200f <\u202asupport@example.com\u202c\u200f>:\u202c",
    "gmail fa": "در تاریخ شنبه ۶ مهٔ ۲۰۲۳،\u200f ۱۰:۲۰ Support <support@example.com> نوشت:",
    "gmail is": "lau., 6. maí 2023 kl. 10:20 skrifaði Support <support@example.com>:",
    "gmail ka?": "შაბ, 6 მაი, 2023, 10:20-ზე Support <support@example.com> დაწერა:",
    "apple en": "On May 6, 2023, at 10:20 AM, Support <support@example.com> wrote:",
    "apple en gb": "On 6 May 2023, at 10:20, Support <support@example.com> wrote:",
    "apple en noaddr": "On 6 May 2023, at 10:20, Support wrote:",
    "apple zh": "在 2023年5月6日，10:20，客服 <support@example.com> 写道：",
    "apple zh2": "在 2023年5月6日，上午10:20，客服 <support@example.com> 写道：",
    "apple zh new": "2023年5月6日 10:20，客服 <support@example.com> 写道：",
    "apple zh tw": "客服 <support@example.com> 於 2023年5月6日 上午10:20 寫道：",
    "apple zh tw2": "在 2023年5月6日，10:20，客服 <support@example.com> 寫道：",
    "apple de": "Am 06.05.2023 um 10:20 schrieb Support <support@example.com>:",
    "apple fr": "Le 6 mai 2023 à 10:20, Support <support@example.com> a écrit :",
    "apple es": "El 6 may 2023, a las 10:20, Support <support@example.com> escribió:",
    "apple it": "Il giorno 6 mag 2023, alle ore 10:20, Support <support@example.com> ha scritto:",
    "apple pt": "No dia 6 de mai. de 2023, às 10:20, Support <support@example.com> escreveu:",
    "apple pt2": "Em 6 de mai. de 2023, à(s) 10:20, Support <support@example.com> escreveu:",
    "apple nl": "Op 6 mei 2023, om 10:20 heeft Support <support@example.com> het volgende geschreven:",
    "apple nl2": "Op 6 mei 2023 om 10:20 heeft Support <support@example.com> het volgende\ngeschreven:",
    "apple da": "Den 6. maj 2023 kl. 10.20 skrev Support <support@example.com>:",
    "apple sv": "6 maj 2023 kl. 10:20 skrev Support <support@example.com>:",
    "apple fi": "Support <support@example.com> kirjoitti 6.5.2023 kello 10.20:",
    "apple pl": "Wiadomość napisana przez Support <support@example.com> w dniu 06.05.2023, o godz. 10:20:",
    "apple pl2": "Dnia 6 maj 2023 o godz. 10:20 Support <support@example.com> napisał(a):",
    "apple cs": "6. 5. 2023 v 10:20, Support <support@example.com>:",
    "apple ru": "6 мая 2023 г., в 10:20, Support <support@example.com> написал(а):",
    "apple tr": "Support <support@example.com> şunları yazdı (6 May 2023 10:20):",
    "apple ja": "2023/05/06 10:20、Support <support@example.com>のメール:",
    "apple ja2": "2023/05/06 午前10:20、Support <support@example.com>のメール：",
    "apple ko": "2023. 5. 6. 오전 10:20, Support <support@example.com> 작성:",
    "apple hu": "2023. máj. 6. dátummal, 10:20 időpontban Support <support@example.com> írta:",
    "apple uk": "6 трав. 2023 р. о 10:20 Support <support@example.com> пише:",
    "apple ro": "Pe 6 mai 2023, la 10:20, Support <support@example.com> a scris:",
    "apple vi": "Vào 10:20, 6 tháng 5, 2023, Support <support@example.com> đã viết:",
    "tbird en": "On 06/05/2023 10:20, Support wrote:",
    "tbird en iso": "On 2023-05-06 10:20 a.m., Support wrote:",
    "tbird zh": "在 2023/5/6 10:20, 客服 写道:",
    "tbird zh tw": "客服 於 2023/5/6 上午10:20 寫道:",
    "tbird zh tw2": "於 2023/5/6 10:20，客服 寫道：",
    "tbird de": "Am 06.05.23 um 10:20 schrieb Support:",
    "tbird fr": "Le 06/05/2023 à 10:20, Support a écrit :",
    "tbird es": "El 6/5/23 a las 10:20, Support escribió:",
    "tbird it": "Il 06/05/23 10:20, Support ha scritto:",
    "tbird nl": "Op 06-05-2023 om 10:20 schreef Support:",
    "tbird pl": "W dniu 06.05.2023 o 10:20, Support pisze:",
    "tbird pt": "Em 06/05/2023 10:20, Support escreveu:",
    "tbird ru": "06.05.2023 10:20, Support пишет:",
    "tbird cs": "Dne 06. 05. 23 v 10:20 Support napsal(a):",
    "tbird sv": "Den 2023-05-06 kl. 10:20, skrev Support:",
    "tbird fi": "Support kirjoitti 6.5.2023 klo 10.20:",
    "tbird hu": "2023. 05. 06. 10:20 keltezéssel, Support írta:",
    "tbird ko": "2023-05-06 오전 10:20에 Support 이(가) 쓴 글:",
    "tbird uk": "06.05.23 10:20, Support пише:",
    "tbird tr": "06.05.2023 10:20 tarihinde Support yazdı:",
    "tbird da": "Den 06.05.2023 kl. 10.20 skrev Support:",
    "tbird nb": "Den 06.05.2023 10:20, skrev Support:",
    "tbird el": "Στις 6/5/23 10:20, ο/η Support έγραψε:",
    "yahoo": "On Saturday, May 6, 2023 at 10:20:15 AM GMT+8, Support <support@example.com> wrote:  ",
    "yahoo zh": "    在 2023年5月6日星期六 GMT+8 10:20:15，Support <support@example.com> 写道：  ",
    "yahoo fr": "Le samedi 6 mai 2023 à 10:20:15 UTC+2, Support <support@example.com> a écrit :",
    "yahoo de": "Am Samstag, 6. Mai 2023 um 10:20:15 MESZ hat Support <support@example.com> Folgendes geschrieben:",
    "yahoo es": "El sábado, 6 de mayo de 2023, 10:20:15 CEST, Support <support@example.com> escribió:",
    "yahoo it": "Il sabato 6 maggio 2023 alle ore 10:20:15 CEST, Support <support@example.com> ha scritto:",
    "yahoo pt": "Em sábado, 6 de maio de 2023 10:20:15 BRT, Support <support@example.com> escreveu:",
    "yahoo tw": "Support <support@example.com> 在 2023年5月6日 星期六 上午10:20:15 [GMT+8] 寫道：",
    "proton": "------- Original Message -------\nOn Saturday, May 6th, 2023 at 10:20 AM, Support <support@example.com> wrote:",
    "proton2": "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Saturday, May 6th, 2023 at 10:20 AM, Support <support@example.com> wrote:",
    "spark": "On May 6, 2023, 10:20 +0800, Support <support@example.com>, wrote:",
    "spark zh": "在 2023年5月6日 +0800 10:20，客服 <support@example.com>，写道：",
    "hey": "On May 6, 2023, Support <support@example.com> wrote:",
    "superhuman": "On Sat, May 06, 2023 at 10:20 AM, Support < support@example.com > wrote:",
    "zoho": "---- On Sat, 06 May 2023 10:20:15 +0800 Support <support@example.com> wrote ---",
    "zoho2": " ---- On Sat, 06 May 2023 10:20:15 +0800 Support <support@example.com> wrote ---- ",
    "zoho zh": "---- 在 星期六, 06 五月 2023 10:20:15 +0800 Support <support@example.com> 撰写 ----",
    "fastmail": "On Sat, May 6, 2023, at 10:20 AM, Support wrote:",
    "evolution": "On Sat, 2023-05-06 at 10:20 +0800, Support wrote:",
    "mutt": "On Sat, May 06, 2023 at 10:20:15AM +0800, Support wrote:",
    "gnus": "Support <support@example.com> writes:",
    "kmail": "On Saturday, 6 May 2023 10:20:15 CST Support wrote:",
    "roundcube": "On 2023-05-06 10:20, Support wrote:",
    "roundcube zh": "在 2023-05-06 10:20，客服 写道：",
    "horde": "Quoting Support <support@example.com>:",
    "horde zh": "引用 Support <support@example.com>：",
    "notes": "Support <support@example.com> wrote on 05/06/2023 10:20:15 AM:",
    "notes2": "Support/Example wrote on 05/06/2023 10:20:15 AM:",
    "notes de": "Support <support@example.com> schrieb am 06.05.2023 10:20:15:",
    "yandex": '06.05.2023, 10:20, "Support" <support@example.com>:',
    "yandex2": "6 мая 2023 г., в 10:20, Support <support@example.com> написал(а):",
    "mailru": "Суббота, 6 мая 2023, 10:20 +03:00 от Support <support@example.com>:",
    "mailru en": "Saturday, 6 May 2023, 10:20 +03:00 from Support <support@example.com>:",
    "163 at": 'At 2023-05-06 10:20:15, "客服" <support@example.com> wrote:',
    "163 at addr": "At 2023-05-06 10:20:15, support@example.com wrote:",
    "163 zh": '在 2023-05-06 10:20:15，"客服" <support@example.com> 写道：',
    "163 zh half": '在 2023-05-06 10:20:15,"客服" <support@example.com> 写道：',
    "163 tw": '在 2023-05-06 10:20:15，"客服" <support@example.com> 寫道：',
    "xiaomi": "客服 <support@example.com>在 2023年5月6日 10:20写道：",
    "xiaomi2": "在 客服 <support@example.com>，2023年5月6日 上午10:20写道：",
    "huawei": "客服 <support@example.com>于2023年5月6日 周六10:20写道：",
    "usenet": "In article <abc123@news.example.com>, Support wrote:",
    "usenet2": "In message <abc123@news.example.com>\nSupport <support@example.com> writes:",
    "nodate zh": "客服 <support@example.com> 写道：",
    "wp.pl": "Dnia 6 maja 2023 10:20 Support <support@example.com> napisał(a):",
    "webde": (
        "--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.\n"
        "Am 06.05.23, 10:20 schrieb Support <support@example.com>:"
    ),
    "libero": "Il 6 maggio 2023 alle 10.20 Support <support@example.com> ha scritto:",
}


def test_words_above_an_attribution_are_the_reply_whether_what_follows_is_marked_or_not() -> None:
    wrong = [
        (name, gap, split(f"{WORDS}{gap}{line}{body}").reply)
        for name, line in ATTRIBUTIONS.items()
        for body in (QUOTED, BARE)
        for gap in ("\n\n", "\n")
        if split(f"{WORDS}{gap}{line}{body}").reply != WORDS
    ]
    assert wrong == []


def test_a_last_line_of_any_kind_right_above_an_attribution_stays_with_the_words() -> None:
    endings = ("麻烦了", "Thanks", "我的订单是 20230506", "see 5/6/2023", "多谢 2023年5月6日 10:20", "it is <x@y.z>", "On time")
    wrong = [(end, name) for end in endings for name, line in ATTRIBUTIONS.items() if split(f"{end}\n{line}{QUOTED}").reply != end]
    assert wrong == []


def test_words_below_an_announced_quotation_are_the_reply() -> None:
    assert [name for name, line in ATTRIBUTIONS.items() if split(f"{line}{QUOTED}\n{WORDS}").reply != WORDS] == []


def test_an_attribution_and_a_quotation_alone_say_nothing() -> None:
    assert [name for name, line in ATTRIBUTIONS.items() if split(f"{line}{QUOTED}").reply] == []


def test_the_attribution_goes_where_the_quotation_goes() -> None:
    for line in ATTRIBUTIONS.values():
        parts = split(f"{WORDS}\n\n{line}{BARE}")
        assert parts.quoted.endswith("Please tell us the order number.\nSupport")
        assert parts.quoted.split() == f"{line}{BARE}".split() or parts.signature
