"""The least that a mail robot does, and nothing more: told a port and what to do, by the libraries alone, nothing kept.

drain   fetch the mailbox in ranges of 50, parse each mail by the standard library; say the processor time that this took
reply   wait by IDLE, fetch, parse and answer each mail over one SMTP connection that stays open
"""

import asyncio
import email
import email.policy
import sys
import time
from email.message import EmailMessage

import aiosmtplib
from aioimaplib import aioimaplib

RANGE_COUNT = 50


async def drain(port: int, user: str, password: str) -> None:
    """Print the mails fetched and parsed, and the seconds of processor time."""
    client = await _opened(port, user, password)
    began, done = time.process_time(), 0
    uids = (await client.uid_search("ALL")).lines[0].split()
    for first in range(0, len(uids), RANGE_COUNT):
        last = min(first + RANGE_COUNT, len(uids)) - 1
        answer = await client.uid("fetch", f"{int(uids[first])}:{int(uids[last])}", "(UID BODY.PEEK[])")
        for line in answer.lines:
            if isinstance(line, bytearray):
                done += email.message_from_bytes(bytes(line)).get("Message-ID") is not None
    print(done, time.process_time() - began, flush=True)
    await client.logout()


async def reply(port: int, user: str, password: str, smtp_port: int) -> None:
    """Until killed."""
    client = await _opened(port, user, password)
    sender = aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port, use_tls=False, start_tls=False)
    await sender.connect()
    seen = 0
    print("ready", flush=True)
    while True:
        idle = await client.idle_start(timeout=60)
        while not any(line.endswith(b"EXISTS") for line in await client.wait_server_push()):
            pass
        client.idle_done()
        await asyncio.wait_for(idle, 5)
        answer = await client.uid("fetch", f"{seen + 1}:*", "(UID BODY.PEEK[])")
        for head, line in zip(answer.lines, answer.lines[1:], strict=False):
            if isinstance(line, bytearray) and (uid := int(head.split(b"UID ")[1].split()[0])) > seen:
                seen = uid
                await _answer(sender, user, bytes(line))


async def _answer(sender: aiosmtplib.SMTP, user: str, raw: bytes) -> None:
    mail = email.message_from_bytes(raw)
    answer = EmailMessage(policy=email.policy.SMTP)
    answer["From"], answer["To"], answer["Subject"] = user, mail["From"], f"Re: {mail['Subject']}"
    answer["In-Reply-To"] = mail["Message-ID"]
    answer.set_content("answer")
    await sender.send_message(answer)


async def _opened(port: int, user: str, password: str) -> aioimaplib.IMAP4:
    client = aioimaplib.IMAP4(host="127.0.0.1", port=port, timeout=30)
    await client.wait_hello_from_server()
    await client.login(user, password)
    await client.select("INBOX")
    return client


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "drain":
        asyncio.run(drain(int(words[0]), words[1], words[2]))
    else:
        asyncio.run(reply(int(words[0]), words[1], words[2], int(words[3])))
