"""The names that mail programs give to the lines of a quoted or forwarded mail's head, and to what stands over it."""

from enum import StrEnum


class Field(StrEnum):
    """A line of a mail's head."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    OTHER = "other"


_NAMES: dict[Field, str] = {
    Field.FROM: """
        from|sender|de|de la|da|von|absender|van|afzender|fra|från|fran|avsändare|afsender|avsender|od|nadawca|odesílatel
        |odosielateľ|от|от кого|отправитель
        |від|відправник|feladó|από|αποστολέας|expéditeur|expediteur|remitente|remetente|mittente|expeditor|lähettäjä|kimden
        |gönderen|kuelta
        |saatja|no|nuo|siuntėjas|sūtītājs|s|pošiljatelj|šalje|šalje|pošiljalac|от|מאת|من|от кого|dari|daripada|pengirim|từ
        |người gửi|จาก|ผู้ส่ง|प्रेषक|frá
        |发件人|發件人|寄件者|寄件人|发信人|發信人|发送人|发送者|寄信人|来自|來自|差出人|送信者|送信元|보낸 사람|보낸사람
        |보내는 사람|보낸이|발신
        """,
    Field.DATE: """
        date|sent|sent on|sent at|sent time|send time|date sent|received|envoyé|envoyé le|envoye|le|gesendet|gesendet am|datum
        |enviado|enviado el|enviado em|enviada em|enviada
        |fecha|fecha de envío|data|inviato|inviata|data invio|inviato il|verzonden|verzonden op|skickat|skickades|sendt|dato
        |sendt den|wysłano|wysłane|wysłana|data wysłania
        |odesláno|odesláno dne|odoslané|dátum|дата|отправлено|надіслано|відправлено|изпратено|elküldve|küldve|εστάλη|στάλθηκε
        |ημερομηνία|trimis|data|expediat|dată
        |lähetetty|päivämäärä|päiväys|pvm|tarih|gönderildi|gönderme tarihi|gönderilme tarihi|saadetud|kuupäev|nosūtīts|datums
        |išsiųsta|poslano|poslato|послато|נשלח|תאריך|التاريخ|تاريخ الإرسال|أرسلت
        |dikirim|tanggal|tarikh|dihantar|terkirim|đã gửi|ngày|ngày gửi|được gửi|ส่ง|วันที่|ส่งเมื่อ|दिनांक|भेजा गया|sent date
        |发送时间|發送時間|发送日期|發送日期|寄件日期|寄件时间|寄件時間|傳送時間|傳送日期|发信时间|日期|时间|時間|发件时间
        |发件日期|已发送|傳送|送信日時|送信日|日付|日時|送信|보낸 날짜|보낸날짜|날짜|보낸 시간|일시|발송 시간|보냄
        """,
    Field.TO: """
        to|à|a|an|para|aan|til|till|do|komu|pro|кому|получатель|до|címzett|προς|către|catre|destinataire|destinatario
        |destinatário|destinatari|empfänger|ontvanger|al
        |vastaanottaja|kime|alıcı|kenelle|saaja|kellele|kam|kam|kam|kuri|kam|kam|kam|adresāts|za|prima|до|אל|ל|إلى|الى|ke
        |kepada|kpd|penerima|đến|tới|người nhận|ถึง|ผู้รับ|प्रति|til|komu
        |收件人|收件者|收信人|接收人|接收者|发送至|收|宛先|受信者|받는 사람|받는사람|받는이|수신|수신자
        """,
    Field.CC: """
        cc|bcc|cci|cco|ccn|kopie|kopia|kopi|copie|copie à|copia|cópia|con copia a|kopija|dw|udw|копия|копія|másolatot kap
        |másolat|κοινοποίηση|κοιν|kopio|bilgi|koopia|jäljennös
        |העתק|نسخة|نسخة إلى|tembusan|sk|đồng gửi|สำเนา|สำเนาถึง|抄送|抄送人|抄送至|副本|副本抄送|副本收件者|密送|密件抄送
        |密件副本|ｃｃ|참조|숨은 참조
        """,
    Field.SUBJECT: """
        subject|re|objet|sujet|betreff|betr|asunto|assunto|oggetto|onderwerp|betreft|emne|ämne|temat|předmět|predmet|тема
        |относно|tárgy|θέμα|subiect|aihe|otsikko|konu|teema|tēma|temats|tema|assumpte
        |tárgy|предмет|נושא|הנדון|הנושא|الموضوع|موضوع|perihal|subjek|subyek|hal|chủ đề|tiêu đề|เรื่อง|หัวข้อ|ชื่อเรื่อง|विषय
        |efni
        |主题|主題|主旨|标题|標題|件名|題名|제목
        """,
    Field.OTHER: """
        reply to|reply-to|répondre à|antwort an|antworten an|responder a|rispondi a|risposta|beantwoorden|beantwoorden - aan
        |antwoord aan|svar til|svara till|odpowiedz do|ответить|importance|priority|attachments|attachment
        |wichtigkeit|importancia|importância|priorità|prioridad|priorité|anlagen|anhang|pièces jointes|adjuntos|datos adjuntos
        |anexos|allegati|bijlagen|bijlage|vedlagt|vedhæftede|bilagor|załączniki|вложения|важность|categories|organization
        |message-id|sensitivity
        |回复|回复至|回覆|答复|回复地址|附件|重要性|优先级|優先級|優先順序|重要度|添付ファイル|첨부|첨부 파일|中文|resent-from
        |list-id|sent by|on behalf of|required|optional|where|when|organizer|security
        """,
}


def _key(name: str) -> str:
    return "".join(name.split()).casefold()


FIELDS: dict[str, Field] = {_key(name): field for field in reversed(Field) for name in _NAMES[field].split("|") if name.strip()}
"""A name without its spaces, in lower case -> which line it is. Where languages differ over a word ("da", "a"), the first kind wins."""

DATES_OF_ANYTHING = frozenset(
    _key(name)
    for name in (
        "date",
        "datum",
        "data",
        "fecha",
        "dato",
        "dátum",
        "дата",
        "ημερομηνία",
        "dată",
        "tarih",
        "日期",
        "时间",
        "時間",
        "日時",
        "날짜",
    )
)
"""Names of dates that stand in forms as well."""
KEY_MAX_CHARS = 28

FORWARDED = frozenset(
    _key(words)
    for words in (
        *("forwarded message", "forwarded mail", "forwarded email", "begin forwarded message", "begin forwarded mail"),
        *("forward message",),
        *("début du message transféré", "début du message réexpédié", "message transféré", "mail transféré", "message réexpédié"),
        *("anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail", "weitergeleitete nachricht"),
        *("weitergeleitete e-mail",),
        *("inicio del mensaje reenviado", "mensaje reenviado", "início da mensagem reencaminhada", "início da mensagem encaminhada"),
        *("mensagem encaminhada", "mensagem reencaminhada", "inizio messaggio inoltrato", "messaggio inoltrato"),
        *("begin doorgestuurd bericht",),
        *("doorgestuurd bericht", "doorgestuurde bericht", "vidarebefordrat meddelande", "vidarebefordrat brev", "videresendt melding"),
        *("videresendt meddelelse", "videresendt besked", "start på videresendt besked", "start på videresendt melding"),
        *("välitetty viesti",),
        *("edelleenlähetetty viesti", "wiadomość przekazana dalej", "przekazana wiadomość", "treść przekazanej wiadomości"),
        *("přeposlaná zpráva",),
        *("preposlaná správa", "továbbított üzenet", "mesaj redirecționat", "mesaj transmis", "προωθημένο μήνυμα"),
        *("iletilen ileti", "iletilmiş mesaj"),
        *("yönlendirilmiş mesaj", "переадресованное сообщение", "пересылаемое сообщение", "пересланное сообщение"),
        *("начало переадресованного сообщения",),
        *("переслане повідомлення", "пересилане повідомлення", "препратено съобщение", "пересланное письмо", "пересылаемое письмо"),
        *("הודעה שהועברה", "رسالة معاد توجيهها", "pesan terusan", "pesan yang diteruskan", "mesej dimajukan"),
        *("thư đã chuyển tiếp", "tin nhắn đã chuyển tiếp"),
        *("ข้อความที่ส่งต่อ", "転送メッセージ", "転送されたメッセージ", "転送メール", "転送元メッセージ", "전달된 메일"),
        *("전달된 메시지", "전달된 편지"),
        *("转发邮件", "转发的邮件", "转发的消息", "转发信息", "转发邮件信息", "转发的原邮件", "转发的原始邮件", "被转发的邮件"),
        *("下面是被转发的邮件",),
        *("以下是转发的邮件", "以下是被转发的邮件", "开始转发的邮件", "轉寄郵件", "轉寄的郵件", "轉寄的訊息", "已轉寄的郵件"),
        *("以下是轉寄的郵件", "開始轉寄郵件"),
        *("轉寄訊息", "轉發郵件", "轉發的郵件"),
    )
)
"""Over a mail that was sent on."""

ORIGINAL = frozenset(
    _key(words)
    for words in (
        *("original message", "original messages", "original mail", "original email", "original", "original appointment"),
        *("originalmessage",),
        *("reply message", "reply mail", "replied message", "in reply to", "quoted message", "previous message", "message original"),
        *("message d'origine", "message d’origine", "message initial", "mail d'origine", "e-mail d'origine", "mail original"),
        *("message d&#39;origine",),
        *("ursprüngliche nachricht", "ursprüngliche e-mail", "originalnachricht", "original-nachricht", "originalmail"),
        *("originale nachricht",),
        *("mensaje original", "correo original", "missatge original", "mensagem original", "e-mail original", "messaggio originale"),
        *("messaggio originale", "oorspronkelijk bericht", "origineel bericht", "oorspronkelijke e-mail", "ursprungligt meddelande"),
        *("originalmeddelande", "ursprungsmeddelande", "opprinnelig melding", "original melding", "oprindelig meddelelse"),
        *("oprindelig besked",),
        *("original meddelelse", "alkuperäinen viesti", "alkuperäinen sähköposti", "wiadomość oryginalna", "oryginalna wiadomość"),
        *("pierwotna wiadomość", "původní zpráva", "původní e-mail", "pôvodná správa", "eredeti üzenet", "mesaj original"),
        *("mesajul original",),
        *("αρχικό μήνυμα", "orijinal mesaj", "orijinal ileti", "özgün ileti", "исходное сообщение", "исходное письмо"),
        *("оригинальное сообщение",),
        *("первоначальное сообщение", "вихідне повідомлення", "оригінальне повідомлення", "оригинално съобщение", "оригинално писмо"),
        *("izvorna poruka", "originalna poruka", "izvirno sporočilo", "algupärane sõnum", "sākotnējais ziņojums", "pradinis laiškas"),
        *("הודעה מקורית", "הודעה המקורית", "الرسالة الأصلية", "رسالة أصلية", "پیام اصلی", "pesan asli", "mesej asal", "thư gốc"),
        *("tin nhắn gốc",),
        *("ข้อความต้นฉบับ", "ต้นฉบับ", "मूल संदेश", "元のメッセージ", "元のメール", "オリジナルメッセージ", "원본 메시지"),
        *("원본 메일", "원본메세지", "원본 내용"),
        *("原始邮件", "原始信息", "原始消息", "原始郵件", "原始訊息", "原始信件", "原邮件", "原郵件", "邮件原件", "郵件原件"),
        *("邮件原文", "郵件原文"),
        *("原文", "原始邮件信息", "原始邮件内容", "回复的原邮件", "回复邮件", "回复的邮件", "回复内容", "回覆的郵件", "回覆郵件"),
        *("答复邮件", "引用邮件", "历史邮件", "源邮件"),
    )
)
"""Over a mail that is answered."""

ABOVE_HERE = (
    *("reply above this line", "type your reply above this line", "write above this line", "reply above the line"),
    *("please reply above",),
    *("répondre au-dessus de cette ligne", "répondez au-dessus de cette ligne", "bitte antworten sie oberhalb dieser linie"),
    *("antworten sie über dieser zeile",),
    *("responda por encima de esta línea", "responda acima desta linha", "rispondi sopra questa riga"),
    *("antwoord boven deze lijn", "antwoord boven deze regel"),
    *("请在此行以上回复", "请在此线以上回复", "请在这条线以上回复", "请在此行上方回复", "請在此行以上回覆"),
    *("請在此線以上回覆", "この行より上に返信"),
)
"""What help desks put over what they quote: below is theirs."""

ANSWERED_WITHIN = (
    *("see below", "see inline", "see my answers", "answers below", "answered below", "comments below", "responses below", "replies below"),
    *(
        "reply below",
        "answers inline",
        "comments inline",
        "reply inline",
        "replied inline",
        "answered inline",
        "responses inline",
        "inline below",
    ),
    *(
        "answers in red",
        "comments in red",
        "in red below",
        "in blue below",
        "below in red",
        "below in blue",
        "antworten unten",
        "siehe unten",
    ),
    *(
        "réponses ci-dessous",
        "voir ci-dessous",
        "réponses en rouge",
        "respuestas abajo",
        "respuestas en rojo",
        "ver abajo",
        "respostas abaixo",
    ),
    *("vedi sotto", "risposte sotto", "zie hieronder", "antwoorden hieronder", "ответы ниже", "ответил ниже", "см. ниже"),
    *(
        "回复如下",
        "答复如下",
        "回答如下",
        "回覆如下",
        "答覆如下",
        "见下文",
        "见下方",
        "见下面",
        "見下方",
        "見下文",
        "见邮件中",
        "在下面回复",
    ),
    *(
        "在邮件中回复",
        "在原文中",
        "在原邮件中",
        "邮件内回复",
        "红色字体",
        "红字部分",
        "标红",
        "蓝色字体",
        "紅色字體",
        "見紅字",
        "见红字",
        "见蓝字",
    ),
)
"""What customers say above a quoted mail that they wrote their answers into."""
ENCLOSED = ("截图", "截圖", "图片", "圖片", "附件", "screenshot", "attach", "picture", "photo")
"""What may be "below" as well: no answer."""
