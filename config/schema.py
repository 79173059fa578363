"""Every setting, its type, its default and its limits. `config/example.toml` says the same for people; a test compares the two.

Names, shapes and defaults only: reading files and environment is `config.loader`'s.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from config.email import Email as Email
from config.phone import Phone as Phone
from config.sections import Count, Seconds, Secret, Section, Share
from config.wechat import WeChat as WeChat
from config.wechat import WeComKf as WeComKf


class Gateway(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[gateway]`: the process as a whole."""

    name: str = "Frontdesk"
    """The company's name, as customers and agents read it."""
    listen: str = "127.0.0.1:8080"
    public_url: str = ""
    """What customers' browsers and vendors' servers call us; empty: derived from `listen`."""
    data_dir: str = "data"
    languages: tuple[str, ...] = ("zh-CN", "zh-TW", "en")
    """The first is the default where nothing else is known."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For is believed, its rightmost untrusted entry only."""
    drain_s: Seconds = 10.0
    """How long a stopping process finishes what it has begun."""
    session_idle_s: Annotated[float, Meta(gt=0)] = 86_400.0
    """A session with the bot closes after this long without a word."""
    wrap_up_s: Annotated[float, Meta(gt=0)] = 900.0
    """An agent has this long to write the disposition of a session that its customer has ended; then it closes without one."""


class StoreSettings(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[store]`: the record."""

    url: str = "sqlite:///data/frontdesk.db"
    synchronous: Literal["full", "normal"] = "full"
    """SQLite only. `normal` may lose the last commits when the machine (not the process) dies."""
    pool_max_count: Count = 10
    """PostgreSQL only: connections of one process."""


class BusSettings(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bus]`: the session bus."""

    url: str = "local:"
    lanes: Annotated[int, Meta(ge=1, le=1024)] = 16
    """Fixed once there is data: a thread's lane is counted from it."""
    lane_max_count: Count = 10_000
    """Events that may wait in one lane before senders are told to come again."""
    lease_s: Seconds = 10.0
    require_durable: bool = True
    """Refuse a Redis that would forget acknowledged messages when it stops (no append-only file)."""


class Action(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bot.actions.NAME]`: a system that entries may ask something. Entries name it; no address in a knowledge base is followed."""

    base_url: str
    """`https://orders.example.com/api`: every call stays below it."""
    headers: dict[str, Secret] = field(default_factory=dict)
    """Sent with every call; such as `Authorization = "env:ORDERS_TOKEN"`."""
    methods: tuple[Literal["GET", "POST"], ...] = ("GET",)
    """What entries may do there."""
    customer: dict[str, Literal["contact", "address", "verified", "session", "channel", "language"]] = field(default_factory=dict)
    """Headers that tell who asks, and which fact each holds. Nothing is told by itself."""
    probe: str = ""
    """A path that `frontdesk doctor` may GET; empty: `base_url` itself."""
    at_once: Annotated[int, Meta(ge=1, le=1000)] = 16
    """Calls of one process at the same time; more wait, within their time."""


class Answerer(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bot.answerer]`: a language model that may say an entry's answer in words that fit the question. Off without a `base_url`."""

    base_url: str = ""
    """Up to `/chat/completions`, such as `https://llm.example.com/v1`."""
    model: str = ""
    api_key: Secret = ""
    deadline_s: Annotated[float, Meta(gt=0, le=60)] = 4.0
    """Then the entry's own answer is said."""
    clarify: bool = False
    """Ask it also where the bot would ask back; else only where it would answer."""
    json_mode: bool = True
    """Send `response_format`; some endpoints refuse it."""
    max_tokens: Annotated[int, Meta(ge=16, le=4096)] = 400
    at_once: Annotated[int, Meta(ge=1, le=1000)] = 8
    """Questions of one process at the same time; more get the entry's own answer."""


Minutes = Annotated[float, Meta(ge=-120, le=120)]
"""Of waiting: no priority outranks more, so nobody starves."""


class Triage(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bot.triage]`: how that which goes to people is classified, and what follows from it."""

    learned: bool = True
    """Ask the learned heads where no word and no rule tells."""
    minutes: dict[str, Minutes] = field(default_factory=lambda: {"low": -10.0, "normal": 0.0, "high": 15.0, "urgent": 45.0})
    """By urgency: the head start in minutes of waiting."""
    kind_minutes: dict[str, Minutes] = field(default_factory=lambda: {"complaint": 10.0})
    """By kind, on top."""
    vip_minutes: Minutes = 15.0
    """For contacts who are marked as VIP, on top."""
    kind_queues: dict[str, str] = field(default_factory=dict)
    """By kind: the queue that these go to; before that of the area."""
    kind_words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By kind: words that decide it."""
    urgency_words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By urgency: words that decide it."""


class Area(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bot.areas.NAME]`: a business area. Without any, the knowledge base's categories are the areas."""

    words: tuple[str, ...] = ()
    """Who says one of them means this area."""
    categories: tuple[str, ...] = ()
    """Categories of the knowledge base that belong to it."""
    queue: str = ""
    """Where its sessions go; empty: the channel's queue."""
    minutes: Minutes = 0.0
    """A head start, in minutes of waiting."""


class Bot(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[bot]`: the FAQ bot."""

    name: str = ""
    """What customers read beside its answers; empty: the language's own word for it."""
    knowledge: str = ""
    """File or folder; empty: the sample knowledge base that ships."""
    target_precision: Share = 0.95
    encoder: Literal["auto", "off"] = "auto"
    """`off`: without the sentence encoder, by letters and words alone; saves 20 MiB and some three milliseconds a question, and finds
    6 to 12 of 100 questions less."""
    deadline_s: Seconds = 5.0
    """For a bot that waits for something; the built-in one decides in place and is not interrupted."""
    lookup_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    """How long an entry's action may take; then a person is asked. The customer sees meanwhile that something is being written."""
    actions: dict[str, Action] = field(default_factory=dict)
    answerer: Answerer = Answerer()
    triage: Triage = Triage()
    areas: dict[str, Area] = field(default_factory=dict)


class Queue(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[queues.NAME]`: where handed-off sessions wait. Without any, there is one queue, `default`."""

    title: str = ""
    hours: str = ""
    """The NAME of `[hours.NAME]`; empty: always open."""
    offer_s: Seconds = 30.0
    """How long an agent has to accept an offer."""
    max_wait_s: Annotated[float, Meta(gt=0)] = 3_600.0
    """After this wait the session becomes a case."""
    priority: float = 0.0
    """In minutes of waiting, added to every entry."""
    agent_gone_s: Seconds = 90.0
    """A running session goes back to the queue when its agent's desk has been unreachable for this long."""


class Hours(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[hours.NAME]`: when people are there."""

    timezone: str = "Asia/Shanghai"
    monday: tuple[str, ...] = ("09:00-18:00",)
    tuesday: tuple[str, ...] = ("09:00-18:00",)
    wednesday: tuple[str, ...] = ("09:00-18:00",)
    thursday: tuple[str, ...] = ("09:00-18:00",)
    friday: tuple[str, ...] = ("09:00-18:00",)
    saturday: tuple[str, ...] = ()
    sunday: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    """ISO dates of holidays."""
    open: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """ISO dates with hours of their own, such as working weekends."""


class Consent(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a visitor agrees to before the first message. Without a version nothing is asked."""

    version: str = ""
    """Stored with what was agreed to. A new one is asked for again."""
    text: dict[str, str] = field(default_factory=dict)
    """By language."""
    url: str = ""
    """Where the whole of it stands: https, or a path of ours."""


class FormField(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a form."""

    name: str
    """`name`, `email`, `phone`, or a name of your own."""
    label: dict[str, str] = field(default_factory=dict)
    """By language; of your own fields only."""
    required: bool = False


class WebChat(Section, tag_field="type", tag="webchat", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[channels.NAME] type = "webchat"`: the chat on a website."""

    origins: tuple[str, ...] = ()
    """Origins that may use it; empty: the gateway's own only."""
    queue: str = "default"
    jwt_secret: Secret = ""
    """HS256 shared secret (32 bytes at least) for `identity`."""
    jwt_public_key: Secret = ""
    """RS256 public key, PEM. At most one of the two."""
    greeting: dict[str, str] = field(default_factory=dict)
    """By language; empty: ours."""
    consent: Consent = Consent()
    form: tuple[FormField, ...] = ()
    """Asked before the first message; empty: nothing is."""
    offline_form: bool = False
    """Out of hours the form is asked first, with an email address. Else the bot answers first at any hour."""
    messages_per_10s: Count = 10
    """By visitor; an address may do five times as much."""
    sessions_per_hour: Count = 60
    """By address."""
    upload_bytes_per_hour: Count = 100 * 1024 * 1024
    """By visitor; an address may do five times as much. A file counts 4 KiB besides its bytes."""
    file_max_bytes: Count = 10 * 1024 * 1024
    file_types: tuple[str, ...] = (
        "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "audio/mpeg", "audio/ogg", "video/mp4",
        "application/zip", "text/plain",
    )  # fmt: skip
    """Sniffed from the content, not believed from the client."""
    sockets_max_count: Count = 20_000
    """Open sockets of one process."""
    link: str = "auto"
    """The Official Account on which visitors may go on by QR code; `auto`: the first there is that may; empty: not offered."""


class Api(Section, tag_field="type", tag="api", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[channels.NAME] type = "api"`: a system of yours posts messages, and gets the answers by signed webhook."""

    token: Secret
    """The bearer token that it sends us."""
    webhook_url: str
    webhook_secret: Secret
    """`whsec_` and base64, of the Standard Webhooks specification."""
    queue: str = "default"
    timeout_s: Seconds = 10.0


ChannelSettings = WebChat | Api | WeChat | WeComKf | Email | Phone


class Security(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[security]`: who gets in."""

    login_hours: Annotated[float, Meta(gt=0, le=720)] = 12.0
    """How long a desk login lasts."""
    login_attempts_per_minute: Count = 10
    """By address and by name."""
    password_min_length: Annotated[int, Meta(ge=8)] = 10
    cookie_secure: Literal["auto", "always"] = "auto"
    """`auto`: as soon as `public_url` is https."""


class Settings(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    gateway: Gateway = Gateway()
    store: StoreSettings = StoreSettings()
    bus: BusSettings = BusSettings()
    bot: Bot = Bot()
    queues: dict[str, Queue] = field(default_factory=lambda: {"default": Queue()})
    hours: dict[str, Hours] = field(default_factory=dict)
    channels: dict[str, ChannelSettings] = field(default_factory=lambda: {"site": WebChat()})
    security: Security = Security()
