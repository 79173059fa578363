"""File names as they can be shown and saved: never a path, never another way than it reads."""

import re
import unicodedata

NAME_MAX_CHARS = 120
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+")
_RESERVED = re.compile(r'[<>:"|?*]')
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
}


def safe(name: str, mime: str = "", place: int = 0) -> str:
    """A name without folders, controls and marks that turn it around; blanks that push its ending out of sight are one blank."""
    last = name.replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    fit = unicodedata.normalize("NFC", _RESERVED.sub("_", _UNFIT.sub("", last[-1000:])))
    fit = " ".join(fit.split()).strip(" .")
    if not fit:
        kind = mime.partition("/")[0] if mime.startswith(("image/", "audio/", "video/", "text/")) else "attachment"
        return f"{kind}-{place + 1}{_ENDINGS.get(mime, '')}"
    if len(fit) <= NAME_MAX_CHARS:
        return fit
    stem, dot, ending = fit.rpartition(".")
    if not dot or len(ending) > 12:
        return fit[:NAME_MAX_CHARS]
    return f"{stem[: NAME_MAX_CHARS - len(ending) - 2]}…{dot}{ending}"


def ending(name: str) -> str:
    """What decides how a computer opens it; lower case, without the dot."""
    return safe(name).rpartition(".")[2].lower() if "." in safe(name) else ""
