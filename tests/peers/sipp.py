"""sipp as many callers at once: each rings, speaks an A-law file, stays a while, and hangs up."""

import asyncio
from pathlib import Path

from tests.peers.processes import find_program, free_port
from tests.peers.sip_caller import HOST
from tests.peers.sip_sound import sine, to_alaw

SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="talk">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp" <sip:1380013[call_number]@[local_ip]:[local_port]>;tag=[pid]T[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687637 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp" <sip:1380013[call_number]@[local_ip]:[local_port]>;tag=[pid]T[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <nop><action><exec rtp_stream="{sound},-1,8"/></action></nop>
  <pause milliseconds="{talk_ms}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "sipp" <sip:1380013[call_number]@[local_ip]:[local_port]>;tag=[pid]T[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>
"""


async def sipp(folder: Path, port: int, *, calls_count: int, per_s: int, talk_ms: int, hz: float) -> int:
    """Let them all call. How many failed."""
    sound, scenario, numbers = folder / "tone.alaw", folder / "talk.xml", folder / "counts.csv"
    sound.write_bytes(to_alaw(sine(hz, 1_000)))
    scenario.write_text(SCENARIO.replace("{sound}", str(sound)).replace("{talk_ms}", str(talk_ms)))
    process = await asyncio.create_subprocess_exec(
        find_program("sipp"), f"{HOST}:{port}", "-sf", str(scenario), "-s", "frontdesk", "-i", HOST, "-mi", HOST, "-p", str(free_port()),
        "-mp", "40000", "-m", str(calls_count), "-l", str(calls_count), "-r", str(per_s),
        "-trace_stat", "-stf", str(numbers), "-nostdin", "-timeout", "120",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        async with asyncio.timeout(150):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    names, *_, last = numbers.read_text().strip().splitlines()
    counts = dict(zip(names.split(";"), last.split(";"), strict=False))
    return calls_count - int(counts["SuccessfulCall(C)"])
