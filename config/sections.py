"""What all sections of the settings are made of."""

from typing import Annotated

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(gt=0, lt=1)]
Secret = Annotated[str, Meta(extra={"secret": True})]
"""Never shown in a message or a log line. Best written as `env:VARIABLE` or `file:PATH`."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file. An unknown key in it is an error."""
