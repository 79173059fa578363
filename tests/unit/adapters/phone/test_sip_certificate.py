"""The certificate for calls over TLS: what the stack could not read is told before anything starts."""

from pathlib import Path

import pytest

pytest.importorskip("baresip")

from adapters.phone.sip.driver import open_sip
from config.phone import Phone, Sip
from config.problems import ConfigError
from gateway.core.ids import ChannelName
from tests.peers.certificates import Certificates
from tests.peers.sip_line import tools


def _opened(path: Path) -> str:
    """What is wrong with it."""
    try:
        open_sip(ChannelName("hotline"), Phone(sip=Sip(certificate=str(path))), tools())
    except ConfigError as error:
        return str(error)
    return ""


def test_a_certificate_is_one_file_with_its_key_and_anything_else_is_told_at_the_start(tmp_path: Path) -> None:
    made, (ours, alone, spaced) = Certificates(tmp_path), (tmp_path / name for name in ("ours.pem", "alone.pem", "our own.pem"))
    both = made.certificate.read_bytes() + made.key.read_bytes()
    ours.write_bytes(both)
    spaced.write_bytes(both)
    alone.write_bytes(made.certificate.read_bytes())
    assert _opened(ours) == ""
    assert "[channels.hotline] sip.certificate" in _opened(alone)
    assert "[channels.hotline] sip.certificate" in _opened(tmp_path / "nowhere.pem")
    assert "without spaces" in _opened(spaced)
