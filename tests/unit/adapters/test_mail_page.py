"""A mail's page in its frame: nothing in it runs, asks or reaches out, and it still looks like itself."""

import base64
import re

import pytest

from adapters.email.parsing.page import sanitized
from adapters.email.parsing.reading import read
from adapters.email.words import Mail

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)


def page(html: str, *, with_remote: bool = False) -> str:
    return sanitized(Mail(html=html), b"", with_remote=with_remote)[0]


ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\x0b=alert(1)>",
    "<img src='x` `' onerror=alert(1)>",
    '<IMG """><SCRIPT>alert("XSS")</SCRIPT>">',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<xmp><img src=x onerror=alert(1)></xmp><plaintext><img src=x onerror=alert(1)>",
    "<title><img src=x onerror=alert(1)></title>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object><embed src=x>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=' &#1;javascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:x'>x</a><a href='//evil.example'>x</a><a href='file:///etc/passwd'>x</a><a href='cid:x'>x</a>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href='https://evil.example/x.css'><style>@import 'https://evil.example'</style>",
    "<form action='https://evil.example'><input name=password><button>go</button><select><option>x</select></form>",
    "<div style='background:url(https://evil.example)'>x</div>",
    "<div style='background:u\\72l(https://evil.example)'>x</div>",
    "<div style='color:red;background-image:image-set(\"https://evil.example\")'>x</div>",
    "<div style='width:expression(alert(1))'>x</div><div style='behavior:url(x)'>x</div>",
    "<div style='position:fixed;top:0;left:0;z-index:999'>x</div><div style='margin-top:-500px'>x</div>",
    "<div style='color:red;/*' title='*/position:absolute'>x</div>",
    "<table background='https://evil.example/x.png'><tr><td background=x>a</td></tr></table>",
    "<img srcset='https://evil.example/x.png 1x'><video poster='https://evil.example/x'></video><audio src=x autoplay>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='data:text/html,x'>",
    "<img src='https://evil.example/pixel.gif' width=600>",
    "<details ontoggle=alert(1) open>x</details><marquee onstart=alert(1)>x</marquee>",
    "<p id=x class=y data-x=1 onclick=alert(1) autofocus tabindex=1 contenteditable>x</p>",
    "<!--[if gte mso 9]><script>alert(1)</script><![endif]--><![CDATA[<script>alert(1)</script>]]>",
    "<a title='\"><img src=x onerror=alert(1)>'>q</a>",
]
FORBIDDEN = re.compile(
    r"\son\w|script|style=[^>]*(?:url|position|expression|-\d)|evil|srcset|<(?:svg|math|form|input|base|meta|link|iframe)", re.IGNORECASE
)
TAG = re.compile(r"<[a-z][^>]*>", re.IGNORECASE)


@pytest.mark.parametrize("html", ATTACKS)
def test_nothing_in_it_runs_asks_or_reaches_out(html: str) -> None:
    made = page(f"<p>words</p>{html}")
    outside_text = re.sub(r'title="[^"]*"', "", made)
    for tag in TAG.findall(outside_text):
        assert not re.search(
            r"(?i)\son\w|script|style=[^>]*(?:url|position|expression|-\d)|evil|srcset|<(?:svg|math|form|input|base|meta|link|iframe)", tag
        ), made
    assert "words" in made


def test_attacks_joined_are_no_better() -> None:
    made = page("".join(ATTACKS[:12]) + "".join(reversed(ATTACKS)))
    assert not re.search(r"(?i)<(?:script|svg|math|form|iframe|style|base|meta|link|object)\b", made)


def test_a_page_still_looks_like_itself() -> None:
    html = (
        '<table width="600" bgcolor="#eeeeee" cellpadding="4"><tr><td align="center" style="padding:3px;color:rgb(1, 2, 3);float:left">'
        '<font color="red" face="微软雅黑">您好</font><a href="https://example.net/?a=1&amp;b=2">see</a></td></tr></table>'
    )
    assert page(html) == (
        '<table width="600" bgcolor="#eeeeee" cellpadding="4"><tbody><tr>'
        '<td align="center" style="padding: 3px; color: rgb(1, 2, 3); float: left">'
        '<font color="red" face="微软雅黑">您好</font>'
        '<a href="https://example.net/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">see</a>'
        "</td></tr></tbody></table>"
    )


def test_pictures_from_elsewhere_are_off_until_asked_for_and_pixels_never_come() -> None:
    html = (
        '<img src="http://shop.example/logo.png" width="200"><img src="https://t.example/o.gif" width="1" height="1">'
        '<img src="//t.example/p.gif" style="display:none"><img src="https://t.example/q.gif" style="width:1px;height:1px">'
    )
    assert sanitized(Mail(html=html), b"", with_remote=False) == ('<img width="200">', True)
    assert sanitized(Mail(html=html), b"", with_remote=True) == ('<img width="200" src="https://shop.example/logo.png">', True)
    assert sanitized(Mail(html=html[html.index("<img", 1) :]), b"", with_remote=True) == ("", False)


def related(html: str, *pictures: bytes) -> bytes:
    parts = [f"Content-Type: text/html\r\n\r\n{html}".encode()]
    for at, data in enumerate(pictures):
        head = f"Content-Type: image/png\r\nContent-ID: <p{at}@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        parts.append(head.encode() + base64.encodebytes(data))
    inside = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/related; boundary="B"\r\n\r\n' + inside + b"--B--\r\n"


def test_its_own_pictures_are_in_it() -> None:
    raw = related('<img src="cid:p0@x"><img src="CID:P1%40x"><img src="cid:nobody">', PNG, b"<svg onload=x>")
    expected = f'<img src="data:image/png;base64,{base64.b64encode(PNG).decode()}"><img><img>'
    assert sanitized(read(raw), raw, with_remote=False) == (expected, False)


def test_pictures_are_bounded_in_all() -> None:
    raw = related('<img src="cid:p0@x"><img src="cid:p1@x">', PNG + bytes(3_000_000), PNG + bytes(3_000_000))
    made, _ = sanitized(read(raw), raw, with_remote=False)
    assert (made.count("data:image/png"), made.count("<img>")) == (1, 1)
    many = related('<img src="cid:p0@x">' * 1_000, PNG + bytes(1_000_000))
    assert len(sanitized(read(many), many, with_remote=False)[0]) < 6_000_000


@pytest.mark.parametrize(
    "html",
    [
        '<p>Hi</p><div class="gmail_quote"><div>On Monday x wrote:</div><blockquote>old</blockquote></div>',
        "<p>Hi</p><blockquote type='cite'>old</blockquote>",
        '<div>您好</div><div id="divRplyFwdMsg">发件人: x</div><div>old</div>',
        '<div>您好</div><div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p>发件人: x</p></div></div><p>old</p>',
        "<div>您好</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>old</div>",
        '<div>您好</div><div id="isReplyContent">old</div>',
        '<div>您好</div><div class="wrap_xmail_reply_0"><div>&nbsp;原始邮件</div><div>old</div></div>',
    ],
)
def test_what_is_quoted_is_folded(html: str) -> None:
    made = page(html)
    before, _, folded = made.partition('<details class="quoted"><summary class="quoted">···</summary>')
    assert "old" in folded.partition("</details>")[0]
    assert "old" not in before
    assert re.search("Hi|您好", before)


def test_what_is_written_below_a_quotation_stays_open() -> None:
    folded = '<details class="quoted"><summary class="quoted">···</summary><blockquote>old</blockquote></details>'
    assert page("<p>see below</p><blockquote>old</blockquote>mine<p>too</p>") == f"<p>see below</p>{folded}mine<p>too</p>"


def test_a_page_of_a_word_processor_is_a_page() -> None:
    html = "<p class=MsoNormal><span lang=EN-US>a</span><o:p>&nbsp;</o:p></p><st1:place w:st='on' \"=1>b</st1:place>"
    assert page(html) == '<p><span lang="EN-US">a</span><span>&nbsp;</span></p><span>b</span>'


def test_a_page_of_nothing_but_a_quotation_stays_open() -> None:
    assert page("<blockquote>only</blockquote>") == "<blockquote>only</blockquote>"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "".join(f"<b id={at}>" for at in range(20_000)) + "<p>x" * 20_000,
        "<p " + " ".join(f"a{at}=1" for at in range(50_000)) + ">x",
        "<div>" * 50_000 + "</p>" * 50_000,
        "&amp;a" * 100_000,
        "<ul><li>x" * 50_000,
        '<a x="' * 100_000,
        "<" * 500_000,
        "<!--" * 100_000,
        "",
        "\x00",
    ],
)
def test_a_hostile_page_does_not_grow(html: str) -> None:
    assert len(page(html)) <= 5 * len(html) + 100


def test_no_table_spans_more_than_a_browser_bears() -> None:
    shown = page("<table><tr><td colspan=1000 rowspan=65534>a</td><td colspan=12 rowspan=3>b</td></tr></table>")
    assert ("1000" in shown, "65534" in shown, 'colspan="12"' in shown, 'rowspan="3"' in shown) == (False, False, True, True)
