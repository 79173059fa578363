"""An Official Account as its owner has set it up, and the phones of those who follow it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from tests.peers.wechat import rules
from tests.peers.wechat.allowances import Allowances
from tests.peers.wechat.tokens import TokenBook

if TYPE_CHECKING:
    from tests.peers.wechat.pusher import AttemptFault, Push

Fields = dict[str, Any]
"""Of a push or a reply: nested mappings and lists of them, strings and numbers."""
Via = Literal["phone", "passive", "custom", "template", "platform"]


@dataclass(frozen=True)
class Shown:
    """One thing that the user sees in the chat."""

    id: int
    at: datetime
    via: Via
    """phone: the user's own; passive: answered on the line; platform: WeChat says it."""
    kind: str
    text: str = ""
    content: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Media:
    """A file that the platform holds for a while."""

    id: str
    kind: str
    name: str
    mime: str
    content: bytes
    until: datetime


@dataclass(frozen=True)
class Scene:
    """A code to be scanned."""

    ticket: str
    scene: str
    until: datetime | None
    url: str


@dataclass
class Account:
    """One account. What a test changes here holds at once, like a change in the backend."""

    app_id: str
    secret: str
    token: str
    aes_key: str
    tokens: TokenBook
    original_id: str
    name: str = ""
    """What users read above the chat."""
    push_url: str = ""
    mode: Literal["plain", "compatible", "safe"] = "safe"
    style: Literal["xml", "json"] = "xml"
    can_send: bool = True
    """The customer-service API is authorized; else 48001."""
    can_send_menus: bool = True
    """A verified 服务号; 订阅号 and test accounts get 40200 for `msgmenu`."""
    allowed_ips: frozenset[str] | None = None
    """None: whoever knows the secret."""
    templates: dict[str, str] = field(default_factory=dict)
    menu: Mapping[str, str] = field(default_factory=dict)
    """The account's own menu: key = label. A key that begins with http is a link."""
    phones: dict[str, "Phone"] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    scenes: dict[str, Scene] = field(default_factory=dict)
    attempts: "deque[AttemptFault]" = field(default_factory=deque)
    """How the next attempts to push go wrong, one each."""
    remembered: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    """Of template messages: the ids that the caller has chosen, and what they were answered."""


class Phone:
    """One user's chat with one account: what they do, and what they see (`shown`)."""

    def __init__(self, account: Account, openid: str, *, now: Callable[[], datetime], push: "Callable[[Phone, Fields], Push]") -> None:
        self.account = account
        self.openid = openid
        self.shown: list[Shown] = []
        self.pushes: list[Push] = []
        self.allowances = Allowances()
        self.is_following = False
        self.has_blocked = False
        self.is_muted = False
        """The user has switched the account's messages off (48002)."""
        self.name = ""
        self.language = "zh_CN"
        self.followed_at: datetime | None = None
        self.acted_at: datetime | None = None
        self.typing_until: datetime | None = None
        self.on_change: Callable[[], None] = lambda: None
        self._now = now
        self._push = push

    # ---- what the user sees ------------------------------------------------------------------------------------------------------

    @property
    def texts(self) -> list[str]:
        """What the account, or WeChat in its place, has said, in order."""
        return [one.text for one in self.shown if one.via != "phone"]

    @property
    def answers(self) -> list[Shown]:
        """What the account has said, in order."""
        return [one for one in self.shown if one.via in ("passive", "custom", "template")]

    @property
    def is_typing_shown(self) -> bool:
        return self.typing_until is not None and self._now() < self.typing_until

    def show(self, via: Via, kind: str, text: str = "", **content: Any) -> Shown:
        """Put something on the screen."""
        one = Shown(len(self.shown) + 1, self._now(), via, kind, text, content)
        self.shown.append(one)
        if via != "phone":
            self.typing_until = None
        self.on_change()
        return one

    # ---- what the user does: messages --------------------------------------------------------------------------------------------

    def write(self, text: str) -> "Push":
        self.show("phone", "text", text)
        return self._say({"MsgType": "text", "Content": text})

    def send_media(self, kind: str, content: bytes, *, name: str = "", recognition: str | None = None) -> "Push":
        """An image, a voice message, a video or a short one."""
        media = keep_media(self.account, kind, content, name=name or f"a.{ENDINGS[kind]}", mime=MIMES[kind], now=self._now())
        self.show("phone", kind, media_id=media.id)
        fields: Fields = {"MsgType": kind, "MediaId": media.id}
        match kind:
            case "image":
                fields["PicUrl"] = f"http://mmbiz.qpic.cn/mmbiz_jpg/{media.id}/0"
            case "voice":
                fields |= {"Format": "amr", "MediaId16K": media.id}
                fields |= {} if recognition is None else {"Recognition": recognition}
            case _:
                fields["ThumbMediaId"] = media.id
        return self._say(fields)

    def send_location(self, latitude: float, longitude: float, label: str = "", scale: int = 16) -> "Push":
        self.show("phone", "location", label, latitude=latitude, longitude=longitude)
        return self._say({"MsgType": "location", "Location_X": latitude, "Location_Y": longitude, "Scale": scale, "Label": label})

    def send_link(self, title: str, url: str, description: str = "") -> "Push":
        self.show("phone", "link", title, url=url)
        return self._say({"MsgType": "link", "Title": title, "Description": description, "Url": url})

    def send_file(self, name: str, content: bytes) -> "Push":
        """A file has no media_id: the account learns its name, sum and length."""
        self.show("phone", "file", name)
        return self._say({
            "MsgType": "file", "Title": name, "Description": "", "FileKey": f"k{len(self.shown)}",
            "FileMd5": "0" * 32, "FileTotalLen": len(content),
        })  # fmt: skip

    def send_strange(self, kind: str, **fields: Any) -> "Push":
        """A type that nobody has described yet."""
        self.show("phone", kind)
        return self._say({"MsgType": kind, **fields})

    # ---- what the user does: events ----------------------------------------------------------------------------------------------

    def follow(self, scene: str = "") -> "Push":
        """Follow the account, from a code with a scene or without."""
        self.is_following, self.has_blocked, self.followed_at = True, False, self._now()
        self.show("phone", "event", "follow")
        key = {"EventKey": f"qrscene_{scene}", "Ticket": self._ticket(scene)} if scene else {"EventKey": ""}
        return self._touch({"Event": "subscribe", **key})

    def unfollow(self) -> "Push":
        """Nothing more comes from the account."""
        self.is_following, self.typing_until = False, None
        self.allowances.end()
        self.show("phone", "event", "unfollow")
        return self._event({"Event": "unsubscribe", "EventKey": ""})

    def scan(self, scene: str) -> "Push":
        """Scan a code of this account by what is in it: a follower's SCAN, anybody else's subscription."""
        if not self.is_following:
            return self.follow(scene)
        self.show("phone", "event", "scan")
        return self._touch({"Event": "SCAN", "EventKey": scene, "Ticket": self._ticket(scene)})

    def tap_menu(self, key: str) -> "Push":
        """An entry of the account's own menu."""
        self.show("phone", "event", self.account.menu.get(key, key))
        if key.startswith("http"):
            return self._event({"Event": "VIEW", "EventKey": key, "MenuId": "100000001"})
        return self._touch({"Event": "CLICK", "EventKey": key})

    def tap_option(self, option_id: str, content: str = "") -> "Push":
        """An option of the newest `msgmenu`: comes as text with the option's id, and allows what a menu click does."""
        words = content or self._option(option_id)
        self.show("phone", "text", words)
        self.allowances.touch(self._now())
        return self._send({"MsgType": "text", "Content": words, "bizmsgmenuid": option_id})

    def report(self, fields: Fields) -> "Push":
        """An event that the user has no part in, such as how a template message went."""
        return self._push(self, {"MsgType": "event", **fields})

    def report_location(self, latitude: float, longitude: float) -> "Push":
        return self._event({"Event": "LOCATION", "Latitude": latitude, "Longitude": longitude, "Precision": 119.385})

    # ---- how it is told ----------------------------------------------------------------------------------------------------------

    def _option(self, option_id: str) -> str:
        for one in reversed(self.shown):
            for option in one.content.get("list", ()):
                if str(option["id"]) == option_id:
                    return str(option["content"])
        raise KeyError(f"no option {option_id} was shown")

    def _ticket(self, scene: str) -> str:
        return next((one.ticket for one in self.account.scenes.values() if one.scene == scene), "TICKET")

    def _say(self, fields: Fields) -> "Push":
        self.allowances.say(self._now())
        return self._send(fields)

    def _touch(self, fields: Fields) -> "Push":
        self.allowances.touch(self._now())
        return self._event(fields)

    def _event(self, fields: Fields) -> "Push":
        return self._send({"MsgType": "event", **fields})

    def _send(self, fields: Fields) -> "Push":
        if fields.get("Event") != "unsubscribe":
            self.acted_at = self._now()
        push = self._push(self, fields)
        self.pushes.append(push)
        return push


ENDINGS = {"image": "jpg", "voice": "amr", "video": "mp4", "shortvideo": "mp4", "thumb": "jpg"}
MIMES = {"image": "image/jpeg", "voice": "audio/amr", "video": "video/mp4", "shortvideo": "video/mp4", "thumb": "image/jpeg"}


def keep_media(account: Account, kind: str, content: bytes, *, name: str, mime: str, now: datetime) -> Media:
    """Keep a file for three days, under an id as long as the real ones."""
    media_id = f"{kind[:2]}{len(account.media) + 1:04d}".ljust(64, "_")
    account.media[media_id] = Media(media_id, kind, name, mime, content, now + timedelta(seconds=rules.MEDIA_S))
    return account.media[media_id]
