"""Debian's baresip as a caller: another stack than ours by its version, its packaging and its settings. It says a tone and presses keys."""

import asyncio
import contextlib
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.peers.processes import PeerError, find_program, free_port
from tests.peers.sip_caller import HOST
from tests.peers.sip_sound import sine

MODULES = Path("/usr/lib/baresip/modules")
WAIT_S = 30.0


class Baresip:
    """A running one, told what to do over its control socket (netstrings of JSON)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def do(self, command: str, params: str = "") -> None:
        said = json.dumps({"command": command, "params": params, "token": command}).encode()
        self._writer.write(b"%d:%s," % (len(said), said))
        await self._writer.drain()

    async def happens(self, kind: str) -> dict[str, object]:
        """The next event of this type."""
        async with asyncio.timeout(WAIT_S):
            while True:
                size = int((await self._reader.readuntil(b":"))[:-1])
                said: dict[str, object] = json.loads((await self._reader.readexactly(size + 1))[:-1])
                if said.get("type") == kind:
                    return said


@asynccontextmanager
async def baresip(folder: Path, hz: int, *, trusts: Path | None = None, encryption: str = "") -> AsyncIterator[Baresip]:
    """One that says a tone of this pitch. `trusts`: whose certificates it takes over TLS; `encryption`: of its sound (srtp, srtp-mand)."""
    control = free_port()
    with wave.open(str(folder / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(sine(hz, 30_000))
    lines = (
        f"module_path {MODULES}", "module g711.so", "module aufile.so", "module_tmp account.so",
        "module_app menu.so", "module_app ctrl_tcp.so", f"ctrl_tcp_listen {HOST}:{control}", f"sip_listen {HOST}:{free_port()}",
        f"net_interface {HOST}", f"audio_source aufile,{folder}/tone.wav", f"audio_player aufile,{folder}/heard.wav",
        f"audio_alert aufile,{folder}/alert.wav", "rtp_ports 50000-59998",
        *((f"sip_cafile {trusts}", "sip_verify_server yes", "module srtp.so") if trusts else ()),
    )  # fmt: skip
    (folder / "config").write_text("\n".join(lines) + "\n")
    (folder / "accounts").write_text(
        f"<sip:caller@{HOST}>;regint=0;audio_codecs=PCMA/8000/1{f';mediaenc={encryption}' if encryption else ''}\n"
    )
    (folder / "contacts").write_text("")
    process = await asyncio.create_subprocess_exec(
        find_program("baresip"),
        "-f",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        reader, writer = await _connected(control, process)
        try:
            yield Baresip(reader, writer)
        finally:
            writer.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _connected(port: int, process: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(WAIT_S):
        while process.returncode is None:
            try:
                return await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(0.05)
    raise PeerError(f"baresip ended at its start, with {process.returncode}")
