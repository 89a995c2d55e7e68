"""The file sim7600.toml, and the link that it makes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_broker import raw_hex
from tpsbox.errors import InputError
from tpsbox.links.sim7600 import Sim7600Link, sim7600_link
from tpsbox.links.sim7600_settings import Sim7600Settings, load_sim7600

TOML = 'port = "/dev/ttyUSB2"\napn = "internet"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sim7600.toml").write_text(TOML)
    return tmp_path


def enrolled(host: str):
    """As much of an identity and an enrolment as the link asks for."""
    identity = SimpleNamespace(client_certificate="c", tls_key="k", ca_certificate="a")
    enrolment = SimpleNamespace(
        broker=SimpleNamespace(host=host, port=8883),
        tps="6302042001001",
        epoch=1,
        centre_key=raw_hex(Ed25519PrivateKey.generate()),
    )
    return identity, enrolment


def no_ids(_prefix: bytes) -> tuple[bytes, ...]:
    return ()


def test_what_may_be_left_out(folder):
    assert load_sim7600(folder) == Sim7600Settings("/dev/ttyUSB2", "internet", None, 115200)


def test_a_box_without_the_file_has_no_such_link(tmp_path):
    assert load_sim7600(tmp_path) is None
    assert sim7600_link(tmp_path, *enrolled("pusat.example"), no_ids) is None


@pytest.mark.parametrize(("line", "port"), [("", 8883), ("broker_port = 8884\n", 8884)])
def test_the_broker_s_port_is_the_enrolment_s_unless_another_is_named(folder, line, port):
    (folder / "sim7600.toml").write_text(TOML + line)
    link = sim7600_link(folder, *enrolled("pusat.example"), no_ids)
    assert isinstance(link, Sim7600Link)
    assert (link._route.host, link._route.broker_port) == ("pusat.example", port)


@pytest.mark.parametrize("host", ['a","b', "::1", "pusat example", "-x", "a\rAT"])
def test_a_name_that_would_break_the_command_is_refused(folder, host):
    with pytest.raises(InputError, match="names and IPv4"):
        sim7600_link(folder, *enrolled(host), no_ids)


@pytest.mark.parametrize(
    "line",
    ["port = 5", 'apn = ""', 'apn = "a\\"b"', "broker_port = 0", "baud = 1", 'colour = "red"', "x"],
)
def test_a_wrong_line_is_named(folder, line):
    name = line.split()[0]
    lines = [old for old in TOML.splitlines() if not old.startswith(name)]
    (folder / "sim7600.toml").write_text("\n".join([*lines, line]))
    with pytest.raises(InputError, match=r"sim7600\.toml"):
        load_sim7600(folder)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"#" * 70_000], ids=["no text", "too large"])
def test_a_file_that_is_none_is_refused(folder, raw):
    (folder / "sim7600.toml").write_bytes(raw)
    with pytest.raises(InputError, match=r"sim7600\.toml"):
        load_sim7600(folder)
