"""The installation's signing secret: one for all its processes, made by the first of them."""

import base64
import secrets
from typing import Protocol

SECRET_BYTES = 32


class KeepsSecrets(Protocol):
    """The part of the record that keeps this installation's secrets."""

    async def put_secret(self, name: str, value: str) -> str:
        """The secret of this name: what was there already, else `value`, from now on."""
        ...


async def signing_secret(store: KeepsSecrets) -> bytes:
    """What signs: links, passes, addresses. Whoever signs says its purpose first."""
    made = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return base64.b64decode(await store.put_secret("signing", made))
