"""A system of the customer's own as a channel: it posts messages with a bearer token, and gets the answers by signed webhook."""

from adapters.api.channel import ApiChannel

__all__ = ["ApiChannel"]
