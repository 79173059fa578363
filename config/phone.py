"""`[channels.NAME] type = "phone"`: a number that people call, over SIP, behind an Asterisk, or through a cloud that speaks TwiML."""

from typing import Annotated, Literal

from msgspec import Meta, field

from config.sections import Count, Seconds, Secret, Section


class Trunk(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sip.trunk`: whom we register with for calls, and by whom we call out. Without a `host` we register nowhere."""

    host: str = ""
    """`sip.example.com` or `sip.example.com:5061`."""
    user: str = ""
    password: Secret = ""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    register: bool = True
    """False: it sends us calls without that (by our address)."""


class Sip(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sip`: calls answered by a worker process of our own."""

    listen: str = "127.0.0.1:5060"
    number: str = "frontdesk"
    """The user part that we are: `sip:frontdesk@...`."""
    advertised: str = ""
    """The address that callers' phones find us by, where that is not the one we listen on (behind NAT)."""
    rtp_ports: Annotated[str, Meta(pattern=r"^\d{1,5}-\d{1,5}$")] = "20000-29999"
    """What a firewall has to let through, UDP; two of a call."""
    trunk: Trunk = Trunk()
    peers: tuple[str, ...] = ()
    """Hosts whose calls are taken, by the addresses that packets come from: the trunk's, a PBX's. Empty: anybody's, which is for trying
    out on this machine. A firewall should say the same."""
    encryption: Literal["off", "srtp", "srtp-mandatory"] = "off"
    """Of the voice; wants `trunk.transport = "tls"` or a `certificate` to be worth anything."""
    certificate: str = ""
    """A .pem with our certificate, its chain and its key: calls over TLS are taken with it, one port above `listen`. Read at the start."""


class Twiml(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`twiml`: a cloud that calls our webhook and does as the answer says."""

    signing: Literal["twilio", "signalwire", "telnyx"] = "twilio"
    """Whose signature its calls carry; all three speak the same verbs."""
    auth_token: Secret = ""
    """What it signs with (Twilio's auth token, SignalWire's signing key); Telnyx: its public key."""
    account: str = ""
    """Its id of the account, for calls that we make (call-backs)."""
    api_base: str = "https://api.twilio.com"
    api_token: Secret = ""
    """For calls that we make; empty: `auth_token`."""
    caller_id: str = ""
    """The number that we call from."""


class Asterisk(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`asterisk`: an Asterisk that hands us calls by its REST interface (ARI)."""

    url: str = "http://127.0.0.1:8088"
    user: str = ""
    password: Secret = ""
    app: str = "frontdesk"
    """The name in the dialplan's `Stasis(frontdesk)`."""
    media: Literal["websocket", "audiosocket"] = "websocket"
    """`websocket`: chan_websocket, of 20.16, 21.11, 22.6, 23.0 and later. `audiosocket`: for older ones."""
    audiosocket_listen: str = "127.0.0.1:9092"
    """Where the Asterisk finds us for that."""
    caller_id: str = ""


class Voice(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`voice`: who speaks our words."""

    provider: Literal["auto", "espeak", "piper", "http", "off"] = "auto"
    """`auto`: `http` where it has a `url`, else `piper` where `models` are named, else `espeak`. `off`: recorded prompts alone."""
    url: str = ""
    """Of `http`: POST of {"text", "language", "voice", "format": "wav", "sample_rate": 8000}, answered by audio/wav, or by 8 or 16 kHz raw
    PCM as audio/l16;rate=8000."""
    headers: dict[str, Secret] = field(default_factory=dict)
    voices: dict[str, str] = field(default_factory=dict)
    """By language: the provider's name of the voice."""
    models: dict[str, str] = field(default_factory=dict)
    """By language: Piper's .onnx file, its .json beside it."""
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0
    deadline_s: Annotated[float, Meta(gt=0, le=30)] = 3.0
    """For one sentence; then the next provider speaks, or a recorded prompt."""


class Recognizer(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`recognizer`: who understands what callers say. Keys work always."""

    provider: Literal["off", "pocketsphinx", "sherpa", "http"] = "off"
    """`pocketsphinx`: English commands, small and rough. `sherpa`: a model folder of yours. `http`: a speech service."""
    url: str = ""
    """Of `http`: POST of audio/wav (8 kHz, mono) with `?language=`, answered by {"text", "confidence"}."""
    headers: dict[str, Secret] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    """By language: sherpa-onnx's model folder."""
    deadline_s: Annotated[float, Meta(gt=0, le=30)] = 4.0
    confidence: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """Below this the words count as not understood."""
    keep_audio: bool = False
    """Keep what was heard beside what was understood, for agents; it is announced as a recording."""


class Recording(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`recording`: of whole calls. It is announced before it begins."""

    enabled: bool = False
    days: Annotated[int, Meta(ge=1, le=3650)] = 90
    """Then it is deleted; voicemail and kept audio too."""


class Voicemail(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`voicemail`: a message where nobody can come."""

    enabled: bool = True
    max_s: Annotated[float, Meta(ge=10, le=600)] = 120.0


class Phone(Section, tag_field="type", tag="phone", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that people call."""

    driver: Literal["sip", "twiml", "asterisk"] = "sip"
    sip: Sip = Sip()
    twiml: Twiml = Twiml()
    asterisk: Asterisk = Asterisk()
    queue: str = "default"
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "CN"
    """Whose numbers are dialled without a country code."""
    languages: tuple[str, ...] = ()
    """Offered at the beginning, `1`, `2`, `3`; one: nothing is asked. Empty: `[gateway] languages`, those that sound alike once."""
    greeting: dict[str, str] = field(default_factory=dict)
    """By language; empty: ours."""
    menu: dict[str, dict[str, str]] = field(default_factory=dict)
    """By category of the knowledge base: its name by language, as it is spoken. A category without one is named by its first question."""
    prompts: str = ""
    """A folder of recordings of your own, `LANGUAGE/KEY.wav`: they are played instead of a voice. See docs/channels/phone.md."""
    hold_music: str = ""
    """A .wav; empty: ours."""
    voice: Voice = Voice()
    recognizer: Recognizer = Recognizer()
    recording: Recording = Recording()
    voicemail: Voicemail = Voicemail()
    callback: bool = True
    """Offer whoever waits to be called back in their place."""
    agents: dict[str, str] = field(default_factory=dict)
    """By agent's name: their phone, `sip:107@10.0.0.2`, `PJSIP/107`, `+8613800138000`; `"*"` for all others, with {name} in it.
    Without one, what the agent writes is spoken to the caller."""
    ring_s: Annotated[float, Meta(ge=5, le=120)] = 25.0
    """How long an agent's phone rings, and a caller's who is called back."""
    bridge: Literal["auto", "transfer"] = "auto"
    """`auto`: connected here, so that a failure returns the caller to us. `transfer`: handed over (REFER), and gone."""
    dial_prefixes: tuple[str, ...] = ()
    """What numbers may begin with that are called back, such as "+86". Empty: nobody is called."""
    dial: str = ""
    """How a number is dialled: `sip:{number}@sip.example.com`, `PJSIP/{number}@trunk`. Empty: by the trunk."""
    trust_caller_id: bool = False
    """The network proves its callers' numbers. Else a number is a name and proves nothing: nothing of an account is told by it."""
    calls_max_count: Annotated[int, Meta(ge=1, le=2000)] = 50
    """At once; more hear that all lines are busy (503 or 486)."""
    calls_per_minute: Count = 6
    """Of one number."""
    call_max_s: Annotated[float, Meta(ge=60, le=86_400)] = 3_600.0
    """Then a call is ended with a word."""
    no_input_s: Annotated[float, Meta(ge=2, le=30)] = 6.0
    """Of silence behind a question before it is asked again."""
    survey: bool = True
    """Ask how it was when an agent ends a conversation: one question, answered by a key."""
    sms_url: str = ""
    """Where a short message is posted, {"to", "text"}, signed by the Standard Webhooks: how callers get links. Empty: none by SMS."""
    sms_secret: Secret = ""
    """`whsec_` and base64."""
    timeout_s: Seconds = 10.0
    """For a call of ours to the cloud, the Asterisk, the SMS service."""
