"""One company's WeCom as far as 微信客服 goes: its accounts, its customers, and what each has seen. No wire."""

import itertools
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.peers.wechat import kf_rules as rules
from tests.peers.wechat.clock import MovableClock

Answer = dict[str, Any]


class Refused(Exception):
    """An error code, and its words."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words or rules.ERRORS[code]


@dataclass
class Entry:
    """What `sync_msg` gives, in the order of its account."""

    at: datetime
    item: Answer | bytes
    """Bytes: as they are, however broken."""


@dataclass
class Shown:
    """What the customer's phone shows of the account."""

    msgid: str
    msgtype: str
    content: Answer
    at: datetime

    @property
    def text(self) -> str:
        return str(self.content.get("content", ""))


@dataclass
class KfAccount:
    """One customer-service account."""

    open_kfid: str
    name: str = "咨询客服"
    is_managed: bool = True
    entries: list[Entry] = field(default_factory=list)
    customers: dict[str, "KfCustomer"] = field(default_factory=dict)
    msgids: set[str] = field(default_factory=set)


@dataclass
class KfCustomer:
    """Somebody at a phone who writes to an account."""

    platform: "KfCompany"
    account: KfAccount
    external_userid: str
    nickname: str = "小雨"
    state: int = rules.ENDED
    servicer: str = ""
    left: int = 0
    until: datetime | None = None
    welcomed_at: datetime | None = None
    last_said_at: datetime | None = None
    shown: list[Shown] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The texts that the phone shows of the account."""
        return [one.text for one in self.shown]

    def says(self, content: str, **fields: Any) -> str:
        """A text; its msgid."""
        return self.sends("text", content=content, **fields)

    def taps(self, entry: str) -> str:
        """An entry of the newest menu, by its words."""
        menu = next(one for one in reversed(self.shown) if one.msgtype == "msgmenu")
        picked = next(item["click"] for item in menu.content["list"] if item["click"]["content"] == entry)
        return self.says(picked["content"], menu_id=picked["id"])

    def sends(self, msgtype: str, **content: Any) -> str:
        """A message of any kind; its msgid."""
        now = self.platform.clock.now()
        if self.state == rules.ENDED:
            self.state = rules.NEW
        self.left, self.until, self.last_said_at = rules.ALLOWED_COUNT, now + timedelta(seconds=rules.ALLOWED_S), now
        item = self.item(3, msgtype, content)
        self.platform.append(self.account, item)
        return str(item["msgid"])

    def enters(self, scene: str = "", scene_param: str = "") -> str:
        """Open the conversation; the welcome_code that came with it, if one did."""
        now = self.platform.clock.now()
        event = {"scene": scene, "scene_param": scene_param}
        code = ""
        recent = timedelta(seconds=rules.WELCOME_AGAIN_S)
        if all(at is None or now - at > recent for at in (self.welcomed_at, self.last_said_at)):
            code = event["welcome_code"] = self.platform.new_code(self)
        self.happens("enter_session", **event)
        return code

    def happens(self, event_type: str, **event: Any) -> str:
        """An event about this customer; its msgid."""
        whose = {"event_type": event_type, "open_kfid": self.account.open_kfid, "external_userid": self.external_userid}
        item = self.item(4, "event", {**whose, **event})
        del item["open_kfid"], item["external_userid"]  # events name them inside
        self.platform.append(self.account, item)
        return str(item["msgid"])

    def is_answered_in_wecom(self, servicer: str, content: str) -> None:
        """A colleague takes the conversation in WeCom, and writes."""
        change = 4 if self.state == rules.ENDED else 1
        self.state, self.servicer = rules.SERVED, servicer
        self.happens("session_status_change", change_type=change, new_servicer_userid=servicer)
        item = {**self.item(5, "text", {"content": content}), "servicer_userid": servicer}
        self.platform.append(self.account, item)

    def item(self, origin: int, msgtype: str, content: Answer) -> Answer:
        """As `sync_msg` gives it."""
        return {
            "msgid": self.platform.new_id(), "open_kfid": self.account.open_kfid, "external_userid": self.external_userid,
            "send_time": int(self.platform.clock.now().timestamp()), "origin": origin, "msgtype": msgtype, msgtype: content,
        }  # fmt: skip


@dataclass
class Media:
    kind: str
    content: bytes
    name: str
    mime: str
    until: datetime


class KfCompany:
    """What there is, what is known by which word, and until when."""

    def __init__(self, clock: MovableClock | None = None, *, seed: int = 1) -> None:
        self.clock = clock or MovableClock()
        self.accounts: dict[str, KfAccount] = {}
        self.pulls: list[Answer] = []
        """The bodies of `sync_msg`."""
        self.untokened_apart_s = 0.0
        """How often `sync_msg` may be called without a callback's Token: "接口有严格的频率限制", without a number."""
        self.page_max_count = rules.PAGE_MAX_COUNT
        self.fails_next: list[int] = []
        """The next messages are taken, and their delivery fails with these fail_types."""
        self.chance = random.Random(seed)
        self._ids = itertools.count(1)
        self.access: dict[str, datetime] = {}
        self.call_tokens: dict[str, tuple[str, datetime]] = {}
        self.codes: dict[str, tuple[KfCustomer, datetime]] = {}
        self.cursors: dict[str, tuple[str, int]] = {}
        self.media: dict[str, Media] = {}
        self.untokened_at: datetime | None = None

    def account(self, open_kfid: str = "", **settings: Any) -> KfAccount:
        """A new customer-service account."""
        open_kfid = open_kfid or f"wkAJ2GCAAA{len(self.accounts) + 1:022d}"
        self.accounts[open_kfid] = KfAccount(open_kfid, **settings)
        return self.accounts[open_kfid]

    def customer(self, account: KfAccount, external_userid: str = "", **settings: Any) -> KfCustomer:
        """Somebody who has not written yet."""
        external_userid = external_userid or f"wmAJ2GCAAA{len(account.customers) + 1:022d}"
        account.customers[external_userid] = KfCustomer(self, account, external_userid, **settings)
        return account.customers[external_userid]

    def append(self, account: KfAccount, item: Answer | bytes) -> None:
        """Something happens."""
        account.entries.append(Entry(self.clock.now(), item))

    def new_id(self) -> str:
        return f"from_msgid_{next(self._ids):019d}"

    def new_code(self, customer: KfCustomer) -> str:
        code = self.word(43)
        self.codes[code] = (customer, self.clock.now() + timedelta(seconds=rules.WELCOME_S))
        return code

    def keep_media(self, content: bytes, mime: str, *, kind: str = "image", name: str = "") -> str:
        """A file that a customer sends; its media_id."""
        media_id = self.word(60)
        until = self.clock.now() + timedelta(seconds=rules.MEDIA_S)
        self.media[media_id] = Media(kind, content, name or f"{media_id}.{mime.rpartition('/')[2]}", mime, until)
        return media_id

    def forget_cursors(self) -> None:
        """No cursor given so far is known any more."""
        self.cursors.clear()

    def expire_tokens(self) -> None:
        """Every access token is over, before its time."""
        self.access.clear()

    def word(self, size: int) -> str:
        return "".join(self.chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=size))
