"""What WeCom's codes mean, where they are not the Official Account's: developer.work.weixin.qq.com, 全局错误码 (90313), seen 2026-11."""

import re

from adapters.shared.wechat.codes import CODES, HOUR_S, MEND_S, UNKNOWN, Doing, Meaning, Refusal

TOKEN_CODES = frozenset({40014, 42001})
"""The access token is over: another one is fetched, and the call made once more. 40001 is a wrong Secret here, and stays one."""
CALL_TOKEN_CODE = 95007
"""The Token of a callback is over, or not one of ours: messages can be fetched without it, less often."""
STATE_CODE = 95018
"""The conversation is in other hands, or closed: `service_state/get` tells which."""

KF_CODES: dict[int, Meaning] = {
    **CODES,
    40001: Meaning(Doing.MEND, "the Secret is not valid", wait_s=MEND_S),
    40013: Meaning(Doing.MEND, "the company's id (CorpID) is not valid", wait_s=MEND_S),
    40058: Meaning(Doing.GIVE_UP, "WeCom does not take a value of the message"),
    40091: Meaning(Doing.MEND, "the Secret is not valid", wait_s=MEND_S),
    40096: Meaning(Doing.GIVE_UP, "the customer's id is not known to this company"),
    42001: Meaning(Doing.RENEW, "the access token has expired", wait_s=MEND_S),
    45009: Meaning(Doing.WAIT, "too many calls", wait_s=60.0),  # a minute's or an hour's count here, not a day's
    48002: Meaning(
        Doing.MEND, "the app may not call the API of 微信客服", wait_s=MEND_S
    ),  # of an Official Account: refused by the customer
    60011: Meaning(Doing.MEND, "the app may not manage this customer-service account", wait_s=MEND_S),
    60020: Meaning(Doing.MEND, "this server's address is not on the list of trusted addresses (企业可信IP)", wait_s=MEND_S),
    60030: Meaning(Doing.MEND, "the app has been disabled", wait_s=MEND_S),
    95000: Meaning(Doing.GIVE_UP, "the customer-service account is not known to this company"),
    95001: Meaning(Doing.SHUT, "five messages were sent since the customer's last one", shut="out_of_count"),
    95002: Meaning(Doing.SHUT, "the 48 hours since the customer's last message are over", shut="out_of_window"),
    95004: Meaning(Doing.GIVE_UP, "the customer-service account does not exist any more"),
    95007: Meaning(Doing.GIVE_UP, "the callback's Token is not valid any more"),
    95008: Meaning(Doing.GIVE_UP, "the menu has too many entries"),
    95011: Meaning(Doing.MEND, "the account is managed in WeCom: let the app manage it (通过API管理微信客服账号)", wait_s=HOUR_S),
    95012: Meaning(Doing.MEND, "微信客服 is not in use in WeCom", wait_s=HOUR_S),
    95013: Meaning(Doing.SHUT, "the conversation is closed in WeCom until the customer writes again", shut="out_of_window"),
    95017: Meaning(Doing.MEND, "the API of 微信客服 is switched off for this app", wait_s=HOUR_S),
    95018: Meaning(Doing.GIVE_UP, "the conversation is in a state in which the API may not write"),
}

ALIASES = {48002: "no_api"}
"""Codes that mean something else in the Official Account: told to people by a word instead."""
_MSGID = re.compile(r"msg[_ ]?id", re.IGNORECASE)


def meaning_of(refusal: Refusal) -> Meaning:
    """What a refusal means here."""
    return KF_CODES.get(refusal.code, UNKNOWN)


def was_taken_before(refusal: Refusal) -> bool:
    """Whether a message was refused because its msgid has been seen: then it is on its way since the first try.

    "若指定msgid，开发者需确保客服账号内唯一，否则接口返回错误" (document 94677), without the code. All else that could be wrong with a
    msgid (its length, its letters) can't be wrong with ours, so a refusal that speaks of the msgid means this.
    """
    return refusal.code not in (CALL_TOKEN_CODE, STATE_CODE) and bool(_MSGID.search(refusal.message))
