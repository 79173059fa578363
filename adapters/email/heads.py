"""The headers of a raw mail as they stand, for what must be judged before anything is decoded: who signed, who vouches."""

from adapters.email.words import HEAD_BYTES

LINES_MAX_COUNT = 2_000
VOUCHED = "authentication-results"


def heads(raw: bytes) -> list[tuple[str, str]]:
    """Names in lower case and unfolded values, in order, of the first 64 KiB; bytes as Latin-1, so that nothing is lost or guessed."""
    found: list[tuple[str, list[str]]] = []
    for line in raw[:HEAD_BYTES].split(b"\n", LINES_MAX_COUNT)[:LINES_MAX_COUNT]:
        text = line.rstrip(b"\r").decode("latin-1")
        if not text:
            break
        if text[0] in " \t":
            if found:
                found[-1][1].append(text.strip())
            continue
        name, colon, value = text.partition(":")
        if colon:
            found.append((_key(name.lower()), [value.strip()]))
    return [(name, " ".join(filter(None, lines))) for name, lines in found]


def _key(name: str) -> str:
    """A field's name, also with blanks behind it as of old; but that way no server spells what it vouches for, nor takes out what others
    have written in its place."""
    plain = name.strip()
    return name if plain == VOUCHED else plain


def ends_within(raw: bytes, size_bytes: int) -> bool:
    """Whether the headers end within the first `size_bytes`."""
    head = raw[:size_bytes]
    return b"\r\n\r\n" in head or b"\n\n" in head
