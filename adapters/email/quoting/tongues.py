"""How the languages say "on that day somebody wrote": the words that mail programs put over quoted text.

From the interfaces of Gmail, Apple Mail, Thunderbird, Outlook, Yahoo, Yandex, Mail.ru, Notes, QQ, NetEase and Coremail, and from usenet.
A program in a language that is not here is still known where a date and an address in angle brackets stand before a colon.
"""

VERBS = frozenset(
    word.casefold()
    for word in (
        # English, Scots Gaelic, Irish, Welsh
        *("wrote", "writes", "said", "says", "sgrìobh", "scríobh", "ysgrifennodd"),
        # Romance
        *("écrit", "ecrit", "dit", "escribió", "escribio", "escribía", "escrigué", "escreveu", "escrevia", "scritto", "scrisse"),
        *("scris",),
        # German, Dutch, Afrikaans
        *("schrieb", "schrieben", "geschrieben", "schreibt", "schreef", "geschreven", "geskryf", "skryf"),
        # Nordic
        *("skrev", "skrev/sade", "skrifaði", "kirjoitti", "kirjoittaa", "kirjutas"),
        # Baltic
        *("rakstīja", "rašė", "parašė"),
        # Slavic
        *("napisał", "napisana", "napisała", "napisał(a)", "pisze", "napsal", "napsala", "napsal(a)", "napísal", "napísala"),
        *("napísal(a)",),
        *("napisao",),
        *("napisala", "napisao/la", "napisal", "napisal/a", "написал", "написала", "написал(а)", "написал(a)", "пишет", "писал"),
        *("пише",),
        *("написав", "написала", "написа", "писао", "напиша", "напісаў"),
        # Hungarian, Greek, Turkish, Azerbaijani, Albanian
        *("írta", "írt", "έγραψε", "yazdı", "yazmış", "yazıb", "shkroi"),
        # Hebrew, Arabic, Persian, Hindi
        *("כתב", "כתבה", "כתב/ה", "כתבת", "كتب", "كتبت", "كتابة", "نوشت", "لिखा", "लिखा"),
        # Indonesian, Malay, Vietnamese, Filipino, Swahili
        *("menulis", "viết", "sinulat", "isinulat", "aliandika"),
    )
)

VERBS_INSIDE = (
    "쓴 글",
    *("写道", "寫道", "写到", "寫到", "撰写", "撰寫", "のメール", "のメッセージ", "書きました", "さんが書", "작성"),
    *("썼습니다", "쓰셨", "เขียนว่า", "เขียน"),
)
"""Of writing systems that set no spaces: found anywhere in a line."""

VERBS_BARE = ("写道", "寫道", "撰写", "撰寫", "作成", "작성")
"""These end an attribution even where no colon follows."""

QUOTING = (
    "quoth ",
    "quoting ",
    "zitat von ",
    "citando ",
    "quotando ",
    "citation de ",
    "citaat van ",
    "citat från ",
    "citát ",
    "引用 ",
    "cytat ",
    "lainaus ",
    "цитата ",
)
"""These begin an attribution that holds no verb of writing (Horde)."""

STARTERS = frozenset(
    word.casefold()
    for word in (
        *("on", "at", "in", "le", "am", "op", "el", "em", "il", "den", "d.", "dnia", "dňa", "dne", "dana", "w", "v", "na", "în", "la"),
        *("στις", "в", "на", "о", "у", "à", "kuupäeval", "kirjutas", "vào", "pada", "noong", "missatge", "mensaje", "message"),
        *("a", "ve"),
        *("от", "date", "datum", "ngày", "hôm", "ב", "בתאריך", "ביום", "في", "بتاريخ", "ในวันที่", "เมื่อ", "on:", "posted"),
        *("wiadomość",),
    )
)
"""First words, in front of a date."""

STARTERS_INSIDE = ("在", "于", "於", "自", "ב-")
"""First characters, of writing systems that set no spaces."""

WEEKDAYS = (
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "mié", "mie", "jeu", "jue", "gio", "ven", "vie"),
    *("sam", "sáb"),
    *("sab", "dim", "dom", "dum", "sâm", "seg", "ter", "qua", "qui", "sex", "mo", "di", "mi", "do", "fr", "sa", "so", "ma"),
    *("wo", "vr", "za"),
    *("zo", "man", "tir", "tor", "lør", "lör", "søn", "sön", "mån", "ons", "tis", "pon", "wt", "śr", "sr", "czw", "pt"),
    *("sob", "ndz", "niedz"),
    *("po", "út", "st", "čt", "pá", "ne", "ut", "št", "pi", "ned", "uto", "sri", "čet", "pet", "sub", "to", "ke", "pe", "su"),
    *("ti", "la"),
    *("пн", "вт", "ср", "чт", "пт", "сб", "вс", "нд", "пон", "вто", "сре", "сря", "чет", "пет", "суб", "съб", "нед", "вск"),
    *("пнд", "птн"),
    *("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье", "понеділок", "вівторок", "середа", "четвер"),
    *("п’ятниця", "п'ятниця", "неділя", "周", "週", "星期", "礼拜", "土", "月曜", "Δευ", "Τρί", "Τετ", "Πέμ", "Παρ", "Σάβ"),
    *("Κυρ", "शनि", "รวิ"),
    *("lau", "fim", "fös", "mið", "þri", "mán", "pir", "ant", "tre", "ket", "pen", "šeš", "sek", "pirmd", "otrd", "trešd", "ceturtd"),
    *("piektd", "sestd", "svētd", "hét", "kedd", "sze", "csüt", "pén", "szo", "vas", "esm", "tei", "kol", "nel", "ree", "lau", "püh"),
)
"""How days of the week begin."""

SPEAKERS = frozenset(("i", "we", "he", "she", "they", "you", "ich", "wir", "er", "sie", "je", "nous", "yo", "io", "eu", "я", "мы"))
SPEAKERS_INSIDE = ("我", "你", "您", "他", "她", "客服", "贵司", "貴司")
"""Who begins a sentence of the customer's own: "I wrote on 6 May:" is no attribution."""
