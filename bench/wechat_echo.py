"""The bare peer of WeChat pushes: aiohttp and wechatpy alone, in safe mode, which answers anything and keeps nothing.

Run as a process: `python bench/wechat_echo.py PORT`.
"""

import asyncio
import sys
from pathlib import Path

import uvloop
from aiohttp import web
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

sys.path.append(str(Path(__file__).parent.parent))  # run as a script, it is nobody's module

from bench.wechat_account import AES_KEY, APP_ID, TOKEN


async def main(port: int) -> None:
    """Serve until killed."""
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)

    async def push(request: web.Request) -> web.Response:
        query = request.query
        text = crypto.decrypt_message(await request.read(), query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(text)
        reply = create_reply(f"You said: {message.content}", message).render()
        return web.Response(text=crypto.encrypt_message(reply, query["nonce"], query["timestamp"]), content_type="application/xml")

    app = web.Application()
    app.add_routes([web.post("/wechat/oa", push)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    print("serving", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
