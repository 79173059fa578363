"""A peer: botbuilder-python's echo bot as its samples have it, without a cloud. Run as a process by an interpreter that has it installed:
`python bench/botbuilder_echo.py PORT`."""

import asyncio
import sys

import uvloop
from aiohttp import web
from botbuilder import core, schema  # type: ignore[import-not-found]  # installed at bench time, in a place of its own


class Echo(core.ActivityHandler):  # type: ignore[misc]  # the same
    """Says what it heard."""

    async def on_message_activity(self, turn_context: core.TurnContext) -> None:
        await turn_context.send_activity(f"You said: {turn_context.activity.text}")


async def main(port: int) -> None:
    """Serve until killed. Activities ask for `expectReplies`, so the answer comes in the response."""
    adapter, bot = core.BotFrameworkAdapter(core.BotFrameworkAdapterSettings("", "")), Echo()

    async def messages(request: web.Request) -> web.Response:
        activity = schema.Activity().deserialize(await request.json())
        answer = await adapter.process_activity(activity, request.headers.get("Authorization", ""), bot.on_turn)
        return web.json_response(data=answer.body, status=answer.status)

    app = web.Application()
    app.add_routes([web.post("/api/messages", messages)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=4096).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
