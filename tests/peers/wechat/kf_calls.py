"""What each call of 微信客服's API does, and what it refuses, by the rules of `kf_rules.py`."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.peers.wechat import kf_rules as rules
from tests.peers.wechat.kf_company import Answer, KfAccount, KfCompany, KfCustomer, Refused, Shown

_MSGID = re.compile(r"[0-9a-zA-Z_-]*")


def _account_of(company: KfCompany, body: Answer, *, needs_management: bool = True) -> KfAccount:
    account = company.accounts.get(str(body.get("open_kfid", "")))
    if account is None:
        raise Refused(95000)
    if needs_management and not account.is_managed:
        raise Refused(60011)
    return account


def _customer_of(company: KfCompany, body: Answer, name: str) -> KfCustomer:
    customer = _account_of(company, body).customers.get(str(body.get(name, "")))
    if customer is None:
        raise Refused(40096)
    return customer


def sync_msg(company: KfCompany, body: Answer) -> bytes:
    company.pulls.append(body)
    account, limit, now = _account_of(company, body), body.get("limit", rules.PAGE_MAX_COUNT), company.clock.now()
    if not isinstance(limit, int) or not 1 <= limit <= rules.PAGE_MAX_COUNT:
        raise Refused(40058)
    _check_call_token(company, body.get("token", ""), account, now)
    place = _place(company, body.get("cursor", ""), account)
    oldest = now - timedelta(seconds=rules.KEPT_S)
    place = max(place, next((n for n, entry in enumerate(account.entries) if entry.at > oldest), len(account.entries)))
    end = min(len(account.entries), place + min(limit, company.page_max_count))
    items = [e.item if isinstance(e.item, bytes) else json.dumps(e.item).encode() for e in account.entries[place:end]]
    top = {"errcode": 0, "errmsg": "ok", "next_cursor": _cursor(company, account, end), "has_more": int(end < len(account.entries))}
    return json.dumps(top)[:-1].encode() + b', "msg_list": [' + b",".join(items) + b"]}"


def _check_call_token(company: KfCompany, call_token: str, account: KfAccount, now: datetime) -> None:
    if call_token:
        open_kfid, until = company.call_tokens.get(call_token, ("", now))
        if open_kfid != account.open_kfid or now >= until:
            raise Refused(95007)
        return
    apart = timedelta(seconds=company.untokened_apart_s)
    if company.untokened_at is not None and now - company.untokened_at < apart:
        raise Refused(45009)
    company.untokened_at = now


def _place(company: KfCompany, cursor: str, account: KfAccount) -> int:
    if not cursor:
        return 0
    open_kfid, place = company.cursors.get(cursor, ("", 0))
    if open_kfid != account.open_kfid:
        raise Refused(40058, "invalid cursor")
    return place


def _cursor(company: KfCompany, account: KfAccount, place: int) -> str:
    """The same as before where nothing has come since."""
    known = next((c for c, where in company.cursors.items() if where == (account.open_kfid, place)), None)
    cursor = known or company.word(22)
    company.cursors[cursor] = (account.open_kfid, place)
    return cursor


def send_msg(company: KfCompany, body: Answer) -> Answer:
    customer, now = _customer_of(company, body, "touser"), company.clock.now()
    msgid = _msgid(company, body, customer.account)
    shown = _message(company, body, now)
    if customer.state not in rules.MAY_BE_WRITTEN:
        raise Refused(95018)
    if customer.until is None or now >= customer.until:
        raise Refused(95002)
    if customer.left <= 0:
        raise Refused(95001)
    customer.left -= 1
    customer.account.msgids.add(msgid)
    if company.fails_next and (fail_type := company.fails_next.pop(0)):
        customer.happens("msg_send_fail", fail_msgid=msgid, fail_type=fail_type)
    else:
        customer.shown.append(Shown(msgid, shown.msgtype, shown.content, now))
    return {"msgid": msgid}


def _msgid(company: KfCompany, body: Answer, account: KfAccount) -> str:
    msgid = body.get("msgid") or company.word(22)
    if not _MSGID.fullmatch(msgid):
        raise Refused(40058, "invalid msgid")
    if len(msgid) > rules.MSGID_MAX_BYTES:
        raise Refused(40058, "msgid exceed max length")
    if msgid in account.msgids:
        raise Refused(40058, "msgid repeated")  # "客服账号内唯一，否则接口返回错误": the page does not say which
    return str(msgid)


def _message(company: KfCompany, body: Answer, now: datetime) -> Shown:
    msgtype = str(body.get("msgtype", ""))
    content = body.get(msgtype)
    if msgtype not in ("text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location") or not content:
        raise Refused(40008)
    if msgtype == "text" and not 1 <= len(content["content"].encode()) <= rules.TEXT_MAX_BYTES:
        raise Refused(45002)
    if msgtype == "msgmenu":
        _check_menu(content)
    if msgtype in rules.MEDIA_MAX_BYTES:
        media = company.media.get(content.get("media_id", ""))
        if media is None or media.kind != msgtype or now >= media.until:
            raise Refused(40007)
        content = {**content, "name": media.name, "size": len(media.content)}
    return Shown("", msgtype, content, now)


def send_msg_on_event(company: KfCompany, body: Answer) -> Answer:
    now = company.clock.now()
    customer, until = company.codes.get(str(body.get("code", "")), (None, now))
    if customer is None or now >= until:
        raise Refused(40058, "invalid code")
    if body.get("msgtype") not in ("text", "msgmenu"):
        raise Refused(40008)
    msgid, shown = _msgid(company, body, customer.account), _message(company, body, now)
    del company.codes[body["code"]]
    customer.welcomed_at = now
    customer.account.msgids.add(msgid)
    customer.shown.append(Shown(msgid, shown.msgtype, shown.content, now))
    return {"msgid": msgid}


def state_get(company: KfCompany, body: Answer) -> Answer:
    customer = _customer_of(company, body, "external_userid")
    return {"service_state": customer.state, "servicer_userid": customer.servicer}


def state_trans(company: KfCompany, body: Answer) -> Answer:
    customer, wanted = _customer_of(company, body, "external_userid"), body.get("service_state")
    if wanted not in rules.CHANGES.get(customer.state, set()):
        raise Refused(95016)
    customer.state = int(wanted)
    return {}


def account_list(company: KfCompany, body: Answer) -> Answer:
    offset, limit = body.get("offset", 0), body.get("limit", rules.ACCOUNTS_MAX_COUNT)
    listed = list(company.accounts.values())[offset : offset + limit]
    return {
        "account_list": [{"open_kfid": one.open_kfid, "name": one.name, "avatar": "", "manage_privilege": one.is_managed} for one in listed]
    }


def customers(company: KfCompany, body: Answer) -> Answer:
    asked = body.get("external_userid_list", [])
    if not 1 <= len(asked) <= rules.CUSTOMERS_MAX_COUNT:
        raise Refused(40058)
    known = {one.external_userid: one for account in company.accounts.values() for one in account.customers.values()}
    found = [known[one] for one in asked if one in known]
    return {
        "customer_list": [{"external_userid": one.external_userid, "nickname": one.nickname, "avatar": "", "gender": 0} for one in found],
        "invalid_external_userid": [one for one in asked if one not in known],
    }


def _check_menu(menu: Answer) -> None:
    entries = menu.get("list", [])
    if len(menu.get("head_content", "").encode()) > rules.MENU_HEAD_MAX_BYTES:
        raise Refused(45002)
    if not 1 <= len(entries) <= rules.MENU_MAX_COUNT:
        raise Refused(95008)
    for entry in entries:
        click = entry["click"]
        if not 1 <= len(click["id"].encode()) <= rules.MENU_ID_MAX_BYTES:
            raise Refused(40058)
        if not 1 <= len(click["content"].encode()) <= rules.MENU_ITEM_MAX_BYTES:
            raise Refused(45002)


CALLS: dict[str, Callable[[KfCompany, Answer], Answer | bytes]] = {
    "kf/sync_msg": sync_msg,
    "kf/send_msg": send_msg,
    "kf/send_msg_on_event": send_msg_on_event,
    "kf/service_state/get": state_get,
    "kf/service_state/trans": state_trans,
    "kf/account/list": account_list,
    "kf/customer/batchget": customers,
}
