"""WeChat pushes: the answer goes back on the line with the push, once its turn is committed."""

import sys
import time
from pathlib import Path

from bench.peers import installed
from bench.pushes import push
from bench.result import NotHere, Result
from bench.servers import frontdesk, load, peer, say
from bench.wechat_account import AES_KEY, APP_ID, TOKEN

CHANNEL = f"""
[channels.oa]
type = "wechat"
app_id = "{APP_ID}"
app_secret = "measured"
token = "{TOKEN}"
aes_key = "{AES_KEY}"
api_base = "http://127.0.0.1:9"
menus = false
"""
PACKAGES = ("WeRoBot==1.13.1", "tornado", "cryptography", "setuptools<81")


def wechat_push(*, connections: int = 100, seconds: float = 5.0, with_werobot: bool = True) -> Result:
    """Durable turns by pushes in safe mode, each answered on its line, against bare aiohttp + wechatpy, which keeps nothing; per cpu-s.

    Beside it: WeRoBot (not durable), and what decrypting, parsing, replying and encrypting takes alone.
    """
    here, alone = Path(__file__).parent, _alone(seconds / 5)
    with peer(sys.executable, here / "wechat_echo.py") as server:
        bare = load(server, kind="wechat", connections=connections, seconds=seconds)
    werobot = _werobot(connections, seconds) if with_werobot else 0.0
    with frontdesk(more=CHANNEL) as server:
        ours = load(server, kind="wechat", connections=connections, seconds=seconds)
    ratio = ours["per_cpu_s"] / bare["per_cpu_s"]
    return Result(
        name="wechat_push", against="bare aiohttp + wechatpy, uvloop, not durable, per cpu-s", ratio=ratio, must=">= 0.5, > WeRoBot",
        goal=">= 0.9, 2x WeRoBot", is_met=ratio >= 0.5 and ours["per_cpu_s"] > werobot, figures={
            "pushes_per_s": ours["per_s"], "pushes_per_cpu_s": ours["per_cpu_s"], "bare_per_cpu_s": bare["per_cpu_s"],
            "werobot_per_cpu_s": werobot, "crypto_alone_per_cpu_s": alone, "to_crypto_alone": ours["per_cpu_s"] / alone,
            "p50_ms": ours["p50_ms"], "p99_ms": ours["p99_ms"],
        },
    )  # fmt: skip


def _werobot(connections: int, seconds: float) -> float:
    """Its pushes per cpu-s; 0 where it can't be installed."""
    try:
        with installed(PACKAGES) as python, peer(python, Path(__file__).with_name("werobot_echo.py")) as server:
            return load(server, kind="wechat", connections=connections, seconds=seconds)["per_cpu_s"]
    except NotHere as reason:
        say(f"WeRoBot is left out: {reason}")
        return 0.0


def _alone(seconds: float) -> float:
    """Decrypt, parse, reply, encrypt by wechatpy, per cpu-s, without any HTTP."""
    from urllib.parse import parse_qs

    from wechatpy import create_reply, parse_message
    from wechatpy.crypto import WeChatCrypto

    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    query, body = push("openid", 1, "question number 1")
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    count, began = 0, time.process_time()
    while (took := time.process_time() - began) < seconds:
        message = parse_message(crypto.decrypt_message(body, asked["msg_signature"], asked["timestamp"], asked["nonce"]))
        crypto.encrypt_message(create_reply("answer number 1", message).render(), asked["nonce"], asked["timestamp"])
        count += 1
    return count / took
