"""What customers call themselves stands in agents' lists: on one line, in its own direction."""

from typing import Any

from adapters.shared.wechat.fields import one_line
from adapters.wecom_kf.api import KfApi, KfCalls


class Token:
    async def current(self) -> str:
        return "token"

    async def renewed(self, refused: str) -> str:
        raise AssertionError(refused)


class Calls(KfCalls):
    """Gives one answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("http://127.0.0.1:9", timeout_s=1, now_s=lambda: 0.0)
        self._answer = answer

    async def post(self, path: str, body: Any, **query: str) -> dict[str, Any]:
        return self._answer


async def test_a_customers_name_turns_no_line_round() -> None:
    calls = Calls({"customer_list": [{"external_userid": "wm1", "nickname": "小雨\u202e\nmoc.elpmaxe \U0001f468\u200d\U0001f469"}]})
    known = await KfApi(calls, Token()).customers(["wm1"])
    assert known["wm1"].name == "小雨 moc.elpmaxe \U0001f468\u200d\U0001f469"


def test_a_line_stays_as_it_is_where_it_is_one() -> None:
    assert one_line("林 a/b ٣") == "林 a/b ٣"
