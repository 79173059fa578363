"""The REST interface: what each request does with the exchange (rest-api/api-docs/*.json)."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from typing import Any

from tests.peers.asterisk.exchange import REASONS, Bridge, Channel, Exchange, Refusal
from tests.peers.asterisk.media import AudioSocketEnd, MediaEnd, WebSocketEnd
from tests.peers.asterisk.pace import Pace
from tests.peers.asterisk.people import Caller, Phone

ID_MAX_CHARS = 149
"""AST_MAX_PUBLIC_UNIQUEID."""


class Rest:
    """Its routes. `phones`: by their endpoint."""

    def __init__(self, exchange: Exchange, pace: Pace) -> None:
        self._exchange = exchange
        self._pace = pace
        self.phones: dict[str, Phone] = {}
        self.media: list[MediaEnd] = []
        self.version = "22.6.0"
        self.modules = {"chan_websocket.so", "res_audiosocket.so", "chan_audiosocket.so"}
        """That are loaded."""
        self._timers: set[asyncio.Task[None]] = set()

    async def ask(self, method: str, path: list[str], query: Mapping[str, str]) -> Any:
        """The answer's body: bytes as they are, None for 204. Raises Refusal."""
        match method, path:
            case "GET", ["asterisk" | "applications", *_]:
                return self._about_itself(path)
            case "GET", ["channels"]:
                return [channel.as_json() for channel in self._exchange.channels.values()]
            case "GET", ["bridges"]:
                return [bridge.as_json() for bridge in self._exchange.bridges.values()]
            case "POST", ["channels", "externalMedia"]:
                return await self._external_media(query)
            case _, ["channels", name, *rest]:
                return self._channel(method, name, rest, query)
            case _, ["bridges", name, *rest]:
                return self._bridge(method, name, rest, query)
            case _, ["recordings", *rest]:
                return self._recording(method, rest)
        raise Refusal(404, "Invalid method")

    async def close(self) -> None:
        for timer in list(self._timers):
            timer.cancel()
        await asyncio.gather(*self._timers, return_exceptions=True)
        for end in self.media:
            await end.close()

    def _about_itself(self, path: list[str]) -> Any:
        match path:
            case ["asterisk", "info"]:
                return {"system": {"version": self.version, "entity_id": "00:11:22"}}
            case ["asterisk", "modules", module] if module in self.modules:
                return {"name": module, "status": "Running", "use_count": 0, "support_level": "core", "description": module}
            case ["applications", app] if app in self._exchange.apps:
                return {"name": app, "channel_ids": [], "bridge_ids": [], "endpoint_ids": [], "device_names": []}
        raise Refusal(404, "there is none of that name")

    # Channels

    def _channel(self, method: str, name: str, rest: list[str], query: Mapping[str, str]) -> Any:
        match method, rest:
            case "POST", []:
                return self._originate(name, query)
            case "GET", []:
                return self._exchange.find(name).as_json()
            case "DELETE", []:
                self._exchange.hang_up(self._exchange.find(name), _cause(query), is_asked=True)
            case "POST", ["answer"]:
                self._exchange.set_state(self._exchange.usable(name), "Up")
            case "POST", ["redirect"]:
                self._redirect(name, query.get("endpoint", ""))
            case _:
                raise Refusal(404, "Invalid method")
        return None

    def _originate(self, name: str, query: Mapping[str, str]) -> Any:
        endpoint, app = query.get("endpoint", ""), query.get("app", "")
        technology, _, resource = endpoint.partition("/")
        if not technology or not resource:
            raise Refusal(400, "Invalid endpoint specified")
        if not app and not query.get("extension"):
            raise Refusal(400, "Application or extension must be specified")
        if len(name) > ID_MAX_CHARS:
            raise Refusal(400, "Uniqueid length exceeds maximum")
        if (beside := query.get("originator")) and beside not in self._exchange.channels:
            raise Refusal(400, "Provided originator channel was not found")
        if name in self._exchange.channels:
            raise Refusal(409, "Channel with given unique ID already exists")
        phone = self.phones.get(endpoint)
        if phone is None:
            raise Refusal(500, "Allocation failed")
        channel = Channel(name, f"{endpoint}-00000001", phone, number=query.get("callerId", ""))
        answer = channel.as_json()
        if phone.manner == "unregistered" or phone.channel is not None:
            raise Refusal(500, "Allocation failed")
        self._later(self._ring(phone, channel, app, query))
        return answer

    async def _ring(self, phone: Phone, channel: Channel, app: str, query: Mapping[str, str]) -> None:
        """In a thread of its own at the real one: the request is answered first."""
        with contextlib.suppress(Refusal):
            phone.ring(channel, app, tuple(query.get("appArgs", "").split(",")))
            await self._pace.sleep(float(query.get("timeout", "30")))
            if phone.channel is channel and channel.state != "Up":
                phone.give_up()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._timers.add(task)
        task.add_done_callback(self._timers.discard)

    def _redirect(self, name: str, endpoint: str) -> None:
        channel = self._exchange.usable(name)
        if not endpoint:
            raise Refusal(400, "Required parameter 'endpoint' not provided.")
        technology, _, resource = endpoint.partition("/")
        if not technology or not resource:
            raise Refusal(422, "Endpoint parameter does not contain tech/resource")
        if not channel.name.lower().startswith(technology.lower()):
            raise Refusal(422, "Endpoint technology does not match channel technology")
        if isinstance(channel.end, Caller):
            channel.end.referred_to = resource

    # Media

    async def _external_media(self, query: Mapping[str, str]) -> Any:
        self._check_media(query)
        name, kind = query.get("channelId") or self._exchange.new_id(), query.get("transport", "udp")
        if name in self._exchange.channels:
            raise Refusal(409, "Channel with given unique ID already exists")
        end: MediaEnd
        variables: dict[str, str] = {}
        if kind == "websocket":
            end = WebSocketEnd(self._exchange)
            variables = {"MEDIA_WEBSOCKET_CONNECTION_ID": end.connection, "MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE": "320"}
            title = f"WebSocket/INCOMING/{name}"
        else:
            end = await self._connected(query)
            title = f"AudioSocket/{query['external_host']}-{query['data']}"
        args = tuple(query["data"].split(",")) if query.get("data") else ()
        channel = self._exchange.add(Channel(name, title, end, app=query["app"], args=args, variables=variables, is_subscribed=True))
        end.channel = channel
        self.media.append(end)
        answer = channel.as_json() | {"channelvars": variables}
        if isinstance(end, AudioSocketEnd):
            end.begin()
        return answer

    def _check_media(self, query: Mapping[str, str]) -> None:
        """In the order of ast_ari_channels_external_media."""
        transport, encapsulation = query.get("transport") or "udp", query.get("encapsulation") or "rtp"
        is_server = query.get("connection_type") == "server"
        if not query.get("app"):
            raise Refusal(400, "app cannot be empty")
        if transport == "websocket" and encapsulation != "none":
            raise Refusal(400, "encapsulation must be 'none' for websocket transport")
        if encapsulation == "audiosocket" and transport != "tcp":
            raise Refusal(400, "transport must be 'tcp' for audiosocket encapsulation")
        if is_server and transport != "websocket":
            raise Refusal(400, "'server' connection_type can only be used with the websocket transport")
        if not query.get("external_host") and not is_server:
            raise Refusal(400, "external_host is required for all but websocket server connections")
        if not query.get("format"):
            raise Refusal(400, "format cannot be empty")
        if encapsulation == "audiosocket" and not query.get("data"):
            raise Refusal(400, "data can not be empty")
        if (encapsulation, transport) not in (("none", "websocket"), ("audiosocket", "tcp")):
            raise Refusal(501, "The encapsulation and/or transport is not supported")

    async def _connected(self, query: Mapping[str, str]) -> AudioSocketEnd:
        try:
            end = AudioSocketEnd(self._exchange, uuid.UUID(query["data"]))
            await end.connect(query["external_host"])
        except (ValueError, OSError) as error:
            raise Refusal(500, "Allocation failed") from error
        return end

    # Bridges and recordings

    def _bridge(self, method: str, name: str, rest: list[str], query: Mapping[str, str]) -> Any:
        match method, rest:
            case "POST", []:
                return self._exchange.make_bridge(name, query.get("type", "mixing"), query.get("name", "")).as_json()
            case "DELETE", []:
                self._exchange.end_bridge(name)
            case "POST", ["addChannel"]:
                self._each(self._exchange.bridge(name), query, self._exchange.join)
            case "POST", ["removeChannel"]:
                self._each(self._exchange.bridge(name), query, self._exchange.part)
            case "POST", ["record"]:
                if query.get("format") not in ("wav", "sln"):
                    raise Refusal(422, "specified format is unknown on this system")
                return self._exchange.record(self._exchange.bridge(name), query["name"]).as_json("queued")
            case _:
                raise Refusal(404, "Invalid method")
        return None

    def _each(self, bridge: Bridge, query: Mapping[str, str], do: Any) -> None:
        if not query.get("channel"):
            raise Refusal(400, "Missing parameter channel")
        for name in query["channel"].split(","):
            do(bridge, name)

    def _recording(self, method: str, rest: list[str]) -> Any:
        exchange = self._exchange
        match method, rest:
            case "POST", ["live", name, "stop"]:
                exchange.finish(exchange.recording(exchange.live, name))
            case "POST", ["live", name, "pause"]:
                exchange.recording(exchange.live, name).is_paused = True
            case "DELETE", ["live", name, "pause"]:
                exchange.recording(exchange.live, name).is_paused = False
            case "GET", ["stored"]:
                return [{"name": name, "format": "wav"} for name in exchange.stored]
            case "GET", ["stored", name, "file"]:
                return exchange.recording(exchange.stored, name).as_wav()
            case "DELETE", ["stored", name]:
                exchange.recording(exchange.stored, name)
                del exchange.stored[name]
            case _:
                raise Refusal(404, "Invalid method")
        return None


def _cause(query: Mapping[str, str]) -> int:
    reason, code = query.get("reason"), query.get("reason_code")
    if reason and code:
        raise Refusal(400, "The reason and reason_code can't both be specified")
    if code:
        if not code.isdecimal():
            raise Refusal(400, "Invalid reason for hangup reason code provided")
        return int(code)
    if reason and reason not in REASONS:
        raise Refusal(400, "Invalid reason for hangup reason provided")
    return REASONS[reason] if reason else 16
