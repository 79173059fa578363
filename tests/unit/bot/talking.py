"""Whole conversations as text: what the customer says, and what the bot must do about it.

    > 退款多久到账？
    = answer refund-time
    > 不对
    = clarify refund-how

A line with "=" is the decision and, in any order, what must be in it: entries (of the answer, or among the choices), a handoff's reason,
small talk's topic; `answer|clarify` is either. "> !entry:x" taps the choice `entry:x`.
"""

from bot import Bot
from gateway.core.decision import Decision, Kind
from gateway.core.session import BotMemory
from tests.unit.bot.shop import ask

DAY = "2026-11-15"


def talk(bot: Bot, script: str, *, language: str | None = None) -> list[Decision]:
    """Have the conversation. Fails at the first turn that goes another way, and says which."""
    memory, decisions = BotMemory(), list[Decision]()
    for line in filter(None, (line.strip() for line in script.splitlines())):
        if line.startswith(">"):
            said = line[1:].strip()
            picked = said[1:] if said.startswith("!") else None
            question = ask("" if picked else said, picked=picked, memory=memory, language=language, today=DAY)
            decisions.append(bot.decide(question))
            memory, language = decisions[-1].memory, decisions[-1].language
        else:
            told = told_by(decisions[-1])
            missing = [word for word in line.lstrip("= ").split() if not set(word.split("|")) & set(told)]
            assert not missing, f"{said!r}: expected {line.lstrip('= ')!r}, found {told}"
    return decisions


def told_by(decision: Decision) -> list[str]:
    """What a line of a script may say about a decision."""
    told: list[str] = [decision.kind.value]
    match decision.kind:
        case Kind.ANSWER:
            told += decision.detail.get("entries") or [decision.entry]
            told += ["unanswered"] if decision.detail.get("unanswered") else []
        case Kind.CLARIFY:
            told += [choice.id.removeprefix("entry:") for choice in decision.choices]
        case Kind.HANDOFF:
            told += [decision.reason.value if decision.reason else "", decision.urgency.value]
            told += [decision.entry] if decision.entry else []
        case Kind.CHITCHAT:
            told += [decision.trigger] + ([f"helped:{decision.detail['helped']}"] if "helped" in decision.detail else [])
    return told
