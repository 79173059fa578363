"""WeChat's platform, scripted: what our adapters, and a person at a page that acts as a phone, talk to instead of the real one.

It is a peer: it speaks HTTP, imports nothing of ours, and has its own signatures, cipher and envelopes, so that they check our adapters'.
Its rules stand in `rules.py`, each with the vendor's page; nothing here was tried against the live platform.
"""

from tests.peers.wechat.account import Account, Phone, Shown
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.faults import Fault
from tests.peers.wechat.pusher import Attempt, Push
from tests.peers.wechat.server import WeChatPlatform

__all__ = ["Account", "Attempt", "Fault", "MovableClock", "Phone", "Push", "Shown", "WeChatPlatform"]
