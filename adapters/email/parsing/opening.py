"""A mail's tree of parts, signed envelopes opened: the one order of places that all of this package goes by."""

from itertools import islice

from asn1crypto import cms

from adapters.email.parsing.charsets import codec_of, detected
from adapters.email.parsing.head import Head, read_head
from adapters.email.parsing.parcel import files
from adapters.email.parsing.parts import Budget, Part, entity, parameters
from adapters.email.parsing.transfer import body

ENVELOPES_MAX_COUNT = 3
PARCELS_MAX_COUNT = 3
PARCELS = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
OPAQUE = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))


def opened(raw: bytes) -> tuple[Part, Budget]:
    """The whole mail as a part, and what was too much."""
    budget = Budget()
    head = read_head(raw, 0, len(raw))
    budget.hint = _hint(raw, head)
    root = entity(raw, 0, len(raw), budget, head=head)
    root.is_open = False
    if b"pkcs7-mime" in raw:
        _open_envelopes(root, budget)
    if b"ms-tnef" in raw or b"winmail.dat" in raw:
        _open_parcels(root)
    return root, budget


def leaf_at(raw: bytes, place: int) -> Part | None:
    """What lies at a place; None where there is nothing."""
    return next(islice(opened(raw)[0].leaves(), place, None), None) if place >= 0 else None


def _hint(raw: bytes, head: Head) -> str:
    """The label of the body is the best guess for headers in raw 8-bit bytes."""
    block = raw[: min(head.end, 65_536)]
    if block.isascii():
        return ""
    said = head.first(b"content-type") or b""
    label = parameters(said, Budget(hint="cp1252"))[1].get("charset", "")
    codec = codec_of(label) if label else ""
    if codec and codec not in {"utf-8", "ascii", "cp1252"}:
        return codec
    high = b"".join(value for _, value in head.fields if not value.isascii())
    return detected(high[:4_096]) or "cp1252"


def _open_envelopes(root: Part, budget: Budget) -> None:
    """S/MIME that is signed and not encrypted holds a mail of its own: it becomes what lies in that part."""
    for _ in range(ENVELOPES_MAX_COUNT):
        sealed = [leaf for leaf in root.leaves() if leaf.mime in OPAQUE and leaf.disposition != "x-opened"]
        for part in sealed[:ENVELOPES_MAX_COUNT]:
            part.disposition = "x-opened"
            inner = _signed_content(body(part))
            if inner:
                part.children.append(entity(inner, 0, len(inner), budget, depth=1))
        if not sealed:
            return


def _open_parcels(root: Part) -> None:
    """Outlook's own: each file becomes a part of its own. One without a file stays what it is."""
    sealed = [leaf for leaf in root.leaves() if leaf.mime in PARCELS or leaf.name.lower() == "winmail.dat"]
    for part in sealed[:PARCELS_MAX_COUNT]:
        data = body(part)
        part.children = [
            Part(data, Head(), one.start, one.end, "application/octet-stream", disposition="attachment", name=one.name)
            for one in files(data)
        ]


def _signed_content(data: bytes) -> bytes:
    """What a CMS envelope signs (RFC 5652, section 5); empty where it is encrypted, or no envelope."""
    try:
        info = cms.ContentInfo.load(data)
        if info["content_type"].native != "signed_data":
            return b""
        found = info["content"]["encap_content_info"]["content"].native
    except Exception:  # somebody else's code over a stranger's bytes
        return b""
    return found if isinstance(found, bytes) else b""
