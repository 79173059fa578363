"""The least that a telephone exchange of the same stack does: it answers every call and plays a tone. `python bench/phone_bare.py PORT`."""

import asyncio
import math
import struct
import sys

from baresip import Account, AudioNotActive, AudioRestarted, BaresipError, Call, Config, Runtime, UserAgent

FRAME_S = 0.02
TONE = b"".join(struct.pack("<h", int(6_000 * math.sin(2 * math.pi * 400 * at / 8_000))) for at in range(160))
AHEAD_FRAMES = 5


async def serve(port: int) -> None:
    runtime = Runtime(native_log_level="error")
    lines = f"sip_listen 127.0.0.1:{port}\nrtcp_mux no\nrtp_ports 30000-39999\n"
    await runtime.start(Config(net_interface="127.0.0.1", max_concurrent_calls=1_000, extra_config_text=lines))
    account = Account(
        user="bare", domain="127.0.0.1", password="", reg_interval=0, audio_codecs=("pcma",),
        extra_params=("video_codecs=none", "catchall=yes"),
    )  # fmt: skip
    agent = await UserAgent.create(runtime, account)
    up: set[Call] = set()
    tasks: set[asyncio.Task[None]] = set()

    async def answer(call: Call) -> None:
        await call.answer()
        up.add(call)

    def incoming(call: Call) -> None:
        task = asyncio.create_task(answer(call))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    agent.on_incoming(incoming)
    print("ready", flush=True)
    at = asyncio.get_running_loop().time()
    while True:
        for call in list(up):
            try:
                if call.audio.stats().tx_buffered < AHEAD_FRAMES * len(TONE):
                    call.audio.write(TONE)
            except (AudioNotActive, AudioRestarted, BaresipError):
                if call.state.value == "closed":
                    up.discard(call)
        at += FRAME_S
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
