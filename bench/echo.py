"""The bare peers: what the web framework alone can do. Run as a process: `python -m bench.echo PORT`."""

import asyncio
import sys

import uvloop
from aiohttp import WSMsgType, web


async def socket(request: web.Request) -> web.WebSocketResponse:
    """Send every text frame back."""
    answer = web.WebSocketResponse(compress=False, max_msg_size=65_536)
    await answer.prepare(request)
    async for message in answer:
        if message.type is WSMsgType.TEXT:
            await answer.send_str(message.data)
    return answer


async def post(request: web.Request) -> web.Response:
    """Send the body back."""
    return web.Response(body=await request.read(), content_type="application/json")


async def main(port: int) -> None:
    """Serve until killed."""
    app = web.Application()
    app.add_routes([web.get("/ws", socket), web.post("/post", post)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    print("serving", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
