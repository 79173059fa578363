"""What is not given out: programs, what may run something, and what can't be looked into. Judged by content and by name."""

import io
import re
import struct
import zipfile

from adapters.email.parsing.names import ending
from adapters.email.parsing.packed import Closed, names

# fmt: off
PROGRAMS = frozenset((
    "exe", "dll", "msi", "msp", "msu", "mst", "scr", "com", "bat", "cmd", "pif", "cpl", "sys", "drv", "ocx", "ps1", "ps1xml", "ps2",
    "psc1", "psd1", "psm1", "vb", "vbs", "vbe", "js", "jse", "mjs", "ws", "wsf", "wsc", "wsh", "hta", "lnk", "scf", "inf", "reg", "url",
    "desktop", "application", "gadget", "msc", "jar", "jnlp", "class", "apk", "xapk", "aab", "ipa", "app", "command", "dmg", "pkg", "deb",
    "rpm", "appimage", "run", "sh", "bash", "zsh", "csh", "ksh", "py", "pyc", "pyw", "rb", "pl", "php", "asp", "aspx", "jsp", "iso",
    "img", "vhd", "vhdx", "udf", "cab", "ace", "arj", "lzh", "chm", "hlp", "swf", "xll", "xla", "xlam", "docm", "dotm", "xlsm", "xltm",
    "pptm", "potm", "ppsm", "ppam", "sldm", "mde", "ade", "accde", "accdr", "mdb", "accdb", "html", "htm", "xhtml", "xht", "shtml", "svg",
    "svgz", "mht", "mhtml", "xml", "xsl", "xslt", "library-ms", "search-ms", "settingcontent-ms", "diagcab", "appref-ms", "msix", "appx",
    "msixbundle", "appxbundle", "one", "onepkg", "website", "iqy", "slk", "rdp", "theme", "themepack", "sct", "shb", "shs", "ps", "mof",
    "mobileconfig", "osx", "dex", "so", "dylib", "bin", "elf", "bas", "bgi", "cdxml", "cnt", "fxp", "grp", "hpj", "its", "mcf", "mda",
    "mdt", "mdw", "mdz", "ops", "osd", "pcd", "plg", "prf", "prg", "printerexport", "pssc", "psdm1", "pyo", "pyz", "pyzw", "udl", "vbp",
    "vsmacros",
    "vsw", "vsto", "webpnp", "xbap", "xnk", "wll", "ppa", "xlw", "oqy", "dqy", "rqy", "wim", "webloc", "inetloc", "fileloc", "terminal",
    "workflow", "action", "scpt", "applescript", "flatpak", "snap", "air", "ova",
))
# fmt: on
"""Endings that a desktop runs, or shows with rights of its own."""
ARCHIVES = frozenset(("zip", "7z", "rar", "tar", "gz", "tgz", "bz2", "xz", "zst", "z", "lz"))
_HEADS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\x4c\x00\x00\x00\x01\x14\x02\x00",
    b"MSCF",
    b"ITSF",
    b"FWS",
    b"CWS",
    b"ZWS",
    b"\x00asm",
    b"dex\n",
    b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d",
    b"[InternetShortcut]",
    b"conectix",
    b"vhdxfile",
)
"""Programs, links, cabinets, help, Flash, OneNote, discs."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS = (
    "_VBA_PROJECT".encode("utf-16-le"),
    "Macros".encode("utf-16-le"),
    b"\x84\x10\x0c\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46",
)
"""Streams of an OLE file that hold macros; the class of an installer."""
_PAGE = re.compile(rb"<(?:!doctype\s+(?:html|svg)|html|head|body|script|svg|iframe|x?math|xsl:|\?xml)[\s>/]", re.IGNORECASE)
_MHT = re.compile(rb"(?:^|\n)(?:mime-version|content-type):[^\n]*", re.IGNORECASE)
ENTRIES_MAX_COUNT = 5_000
UNPACKED_MAX_BYTES = 1 << 30
RATIO_MAX = 200


def by_name(name: str) -> bool:
    """Its name says that it is a program."""
    return ending(name) in PROGRAMS


def by_content(data: bytes) -> bool:
    """Its bytes say so, or hide what they are. All of it is needed: an archive's directory stands at its end."""
    if data.startswith(_HEADS) or data[0x8001:0x8006] == b"CD001" or _is_page(data[:2_048]):
        return True
    if data.startswith(_OLE):
        return any(mark in data for mark in _MACROS)
    if data.startswith(b"{\\rt"):
        return b"\\objdata" in data or b"\\objupdate" in data
    if data.startswith((b"Rar!", b"7z\xbc\xaf")):
        return _is_packed_held(data)
    return data.startswith(b"PK") and _is_zip_held(data)


def needs_all(head: bytes) -> bool:
    """The first bytes are not enough to judge it."""
    return head.startswith((b"PK", _OLE, b"Rar!", b"7z\xbc\xaf", b"{\\rt"))


def _is_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if start[1:2] == b"\x00":  # UTF-16
        start = start.replace(b"\x00", b"")
    return bool(start.startswith(b"<") and _PAGE.search(start[:1_024])) or bool(
        _MHT.match(start) and b"multipart/related" in head.lower() and b"text/html" in head.lower()
    )


def _is_packed_held(data: bytes) -> bool:
    """A RAR or a 7z whose directory can't be read, or names what is held back."""
    try:
        return any(map(_is_held_inside, names(data)))
    except Closed:
        return True


def _is_zip_held(data: bytes) -> bool:
    if not 0 < data.count(b"PK\x01\x02") <= ENTRIES_MAX_COUNT:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    # What `zipfile` raises over odd archives (NotImplementedError: of a version that it does not know) is as good as unreadable.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, KeyError):
        return True
    inside = [entry.filename for entry in entries]
    if "[Content_Types].xml" in inside and any(map(_is_macro, inside)):
        return True
    return _is_bomb(entries) or any(entry.flag_bits & 0x1 for entry in entries) or any(map(_is_held_inside, inside))


def _is_macro(name: str) -> bool:
    """What runs in an office file."""
    return name.rpartition("/")[2].lower() in {"vbaproject.bin", "xlmacros.bin"} or "/macrosheets/" in name.lower()


def _is_held_inside(name: str) -> bool:
    """Programs; and archives in an archive, which exist to be looked past. OpenDocument and e-books keep their XML."""
    kind = ending(name)
    return (kind in PROGRAMS and kind not in {"xml", "xhtml", "html", "htm", "svg", "bin"}) or kind in ARCHIVES


def _is_bomb(entries: list[zipfile.ZipInfo]) -> bool:
    whole, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    return whole > UNPACKED_MAX_BYTES or (whole > 64 * 1_048_576 and whole > RATIO_MAX * max(1, packed))
