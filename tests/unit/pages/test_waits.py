"""How long the pages wait between attempts to reach a gateway that is gone: longer each time, never together, never for long."""

from importlib.resources import files
from pathlib import Path

import pytest

from tests.peers.node import BIN, run

DESK = files("handoff") / "static" / "line.js"
WIDGET = files("adapters.webchat") / "static" / "link.js"
FAKES = """
const waits = [], later = [];
globalThis.addEventListener = globalThis.removeEventListener = () => {};
globalThis.document = {addEventListener() {}, removeEventListener() {}, hidden: false};
globalThis.location = {protocol: "https:", host: "help.example.com"};
Object.defineProperty(globalThis, "navigator", {value: {onLine: true}});
globalThis.Worker = class { terminate() {} };
globalThis.WebSocket = class { constructor() { later.push(() => this.onclose({code: 1006})); } close() {} };
globalThis.clearTimeout = () => {};
globalThis.setTimeout = (act, ms) => { if (!String(act).includes("lose")) { waits.push(ms); later.push(act); } };
Math.random = () => RANDOM;
"""
TRANSPORT = "export const NAME = (base, hello, {closed}) => { globalThis.later.push(closed); return {close() {}, send() {}}; };"
RUN = "for (let n = 0; n < 24; n++) later.shift()();\nconsole.log(waits.slice(0, 10).join(' '));"


def waits(folder: Path, source: bytes, begin: str, random: float) -> list[float]:
    """What the first ten attempts in vain are followed by, in milliseconds."""
    (folder / "line.mjs").write_bytes(source.replace(b'.js"', b'.mjs"'))
    for name in ("poll", "socket"):
        (folder / f"{name}.mjs").write_text(TRANSPORT.replace("NAME", name))
    asked = f'{FAKES.replace("RANDOM", str(random))}globalThis.later = later;\nconst made = await import("./line.mjs");\n{begin}\n{RUN}'
    (folder / "ask.mjs").write_text(asked)
    return [float(one) for one in run([BIN / "node", folder / "ask.mjs"], folder, 30).split()]


def desk_waits(folder: Path, random: float) -> list[float]:
    return waits(folder, DESK.read_bytes(), "new made.Line({frame() {}, turned() {}, ended() {}}).start();", random)


def widget_waits(folder: Path, random: float) -> list[float]:
    begin = 'new made.Link(new URL("https://help.example.com/"), () => ({}), () => {}, () => {}).start();'
    return waits(folder, WIDGET.read_bytes(), begin, random)


@pytest.mark.parametrize(("random", "share"), [(0.0, 0.5), (1.0, 1.0)])
def test_the_chat_waits_longer_each_time_up_to_half_a_minute(tmp_path: Path, random: float, share: float) -> None:
    longest = [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]
    assert widget_waits(tmp_path, random) == [share * ms for ms in longest]


@pytest.mark.parametrize(("random", "share"), [(0.0, 0.5), (1.0, 1.0)])
def test_the_desk_waits_longer_each_time_up_to_a_quarter_of_a_minute(tmp_path: Path, random: float, share: float) -> None:
    longest = [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000, 15000]
    assert desk_waits(tmp_path, random) == [share * ms for ms in longest]
