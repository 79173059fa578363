"""Tries the systems that the bot may ask: entries' actions, and the language model. For `frontdesk doctor` and the desk.

One harmless GET each: the action's `probe`, the endpoint's list of models. Nothing is told of any customer.
"""

from config.schema import Action, Answerer, Settings
from gateway.calling import Caller, Unfit, below
from gateway.checkup import Examination, Sick, Words, words

TIMEOUT_S = 4.0
_REFUSED = frozenset({401, 403, 407})


def examinations(settings: Settings) -> list[Examination]:
    """One for each configured action, and one for the language model where there is one."""
    found = [_action(name, action) for name, action in settings.bot.actions.items()]
    return found + ([_answerer(settings.bot.answerer)] if settings.bot.answerer.base_url else [])


def _action(name: str, action: Action) -> Examination:
    async def look() -> Words:
        return await _looked(action.base_url, action.probe, dict(action.headers))

    return Examination(part=f"action {name}", look=look, todo=words("outside.action_todo", name=name))


def _answerer(answerer: Answerer) -> Examination:
    async def look() -> Words:
        headers = {"Authorization": f"Bearer {answerer.api_key}"} if answerer.api_key else {}
        return await _looked(answerer.base_url, "/models", headers)

    return Examination(part="answerer", look=look, todo=words("outside.answerer_todo"))


async def _looked(base_url: str, path: str, headers: dict[str, str]) -> Words:
    """What a GET says: any answer below 500 shows that somebody is there, unless it turns us away."""
    caller = Caller()
    try:
        answer = await caller.call("GET", below(base_url, path), headers=headers, timeout_s=TIMEOUT_S)
    except Unfit as error:
        if error.reason in ("malformed", "too large"):
            return words("outside.answers")
        raise Sick(words(f"outside.{error.reason}")) from None
    finally:
        await caller.close()
    if answer.status in _REFUSED or answer.status >= 500:
        raise Sick(words("outside.refused" if answer.status in _REFUSED else "outside.broken", status=answer.status))
    return words("outside.good", status=answer.status)
