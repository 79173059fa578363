"""The answer on the line: a passive reply, in the form in which the push came. Pure: the same values give the same bytes."""

from msgspec import Struct, json
from wechatpy.replies import TextReply

from adapters.shared.wechat.envelope import Envelope
from adapters.shared.wechat.fields import clean
from gateway.core.channel import Reply


class Line(Struct, frozen=True):
    """How a push came, and so how its answer goes back. `account`: the account's original id (gh_...)."""

    account: str
    is_json: bool = False
    is_encrypted: bool = False

    def text(self) -> str:
        """As one word of `Inbound.line`."""
        return f"{'json' if self.is_json else 'xml'}/{'sealed' if self.is_encrypted else 'plain'}/{self.account}"


def read_line(text: str) -> Line | None:
    """What `Line.text` wrote; None for anything else."""
    form, _, rest = text.partition("/")
    seal, _, account = rest.partition("/")
    if form not in ("json", "xml") or seal not in ("sealed", "plain") or not account:
        return None
    return Line(account, is_json=form == "json", is_encrypted=seal == "sealed")


def text_reply(text: str, *, openid: str, line: Line, at_s: int, salt: str, envelope: Envelope) -> Reply:
    """A text. `salt` tells answers of the same second apart where they are enciphered."""
    body = _json(text, openid, line, at_s) if line.is_json else _xml(text, openid, line, at_s)
    sealed = envelope.seal(body, at_s=at_s, salt=salt, is_json=line.is_json) if line.is_encrypted else body.encode()
    return Reply(body=sealed, content_type="application/json" if line.is_json else "application/xml")


def _xml(text: str, openid: str, line: Line, at_s: int) -> str:
    """wechatpy writes values into CDATA as they are: what would end it is split, and what XML forbids left out."""
    safe = clean(text).replace("]]>", "]]]]><![CDATA[>")
    rendered: str = TextReply(source=line.account, target=openid, time=at_s, content=safe).render()
    return rendered


def _json(text: str, openid: str, line: Line, at_s: int) -> str:
    fields = {"ToUserName": openid, "FromUserName": line.account, "CreateTime": at_s, "MsgType": "text", "Content": clean(text)}
    return json.encode(fields).decode()
