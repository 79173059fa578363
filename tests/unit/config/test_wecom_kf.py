"""Which channel serves which customer-service account is never left to chance."""

from config.schema import Api
from config.wechat import WeComKf
from config.wechat_rules import check_accounts


def _company(corp_id: str, *open_kfids: str) -> WeComKf:
    return WeComKf(corp_id=corp_id, secret="s", token="t", aes_key="k", open_kfids=open_kfids)


def test_one_channel_of_a_company_may_serve_all_of_it() -> None:
    assert list(check_accounts({"a": _company("ww1"), "b": _company("ww2"), "api": Api(token="", webhook_url="", webhook_secret="")})) == []


def test_two_channels_of_a_company_say_which_accounts_are_theirs() -> None:
    assert list(check_accounts({"a": _company("ww1", "wk1"), "b": _company("ww1", "wk2")})) == []
    assert list(check_accounts({"a": _company("ww1", "wk1"), "b": _company("ww1")})) == [
        (("channels", "b", "open_kfids"), "expected the accounts that are this channel's: another one is of the same company")
    ]


def test_an_account_that_two_channels_would_serve_is_found() -> None:
    assert list(check_accounts({"a": _company("ww1", "wk1", "wk2"), "b": _company("ww1", "wk2")})) == [
        (("channels", "b", "open_kfids"), "expected accounts of its own: wk2 is of [channels.a] already")
    ]
