"""The file lorawan.toml and the key beside it."""

from __future__ import annotations

import pytest
from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.links.lorawan import LoraLink, lorawan_link
from tpsbox.links.lorawan_settings import (
    FACTORY_APP_KEY,
    LorawanSettings,
    load_app_key,
    load_lorawan,
)

KEY = "8899aabbccddeeff0011223344556677"
TOML = """
port = "/dev/ttyUSB0"
modem = "rak3172"
join_eui = "70B3D57ED0000001"
app_key_file = "lorawan.key"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lorawan.toml").write_text(TOML)
    key = tmp_path / "lorawan.key"
    key.write_text(f"{KEY}\n")
    key.chmod(0o600)
    return tmp_path


class Enrolled:
    """As much of an identity as the link asks for."""

    def short_key(self):
        return bytes(32)


def test_what_is_left_out_is_strict(folder):
    assert load_lorawan(folder) == LorawanSettings(
        "/dev/ttyUSB0", "rak3172", "70B3D57ED0000001", "lorawan.key", 400, 0.01, "AS923-2"
    )


def test_a_box_without_the_file_has_no_such_link(tmp_path):
    assert load_lorawan(tmp_path) is None
    assert lorawan_link(tmp_path, Enrolled()) is None


def test_links_of_one_radio_share_its_hour(folder):
    first, second = (lorawan_link(folder, Enrolled()) for _ in range(2))
    assert isinstance(first, LoraLink)
    assert first is not second
    assert first._budget is second._budget


@pytest.mark.parametrize(
    "line",
    [
        'modem = "sx1276"',
        'join_eui = "70B3"',
        "dwell_ms = 0",
        "dwell_ms = 400.5",
        "duty = 0",
        "duty = 1.1",
        'region = "EU868"',
        'colour = "red"',
        "port = 5",
        "port = ",
    ],
)
def test_a_wrong_line_is_named(folder, line):
    name = line.split()[0]
    lines = [old for old in TOML.splitlines() if not old.startswith(name)]
    (folder / "lorawan.toml").write_text("\n".join([*lines, line]))
    with pytest.raises(InputError, match=r"lorawan\.toml"):
        load_lorawan(folder)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"#" * 70_000], ids=["no text", "too large"])
def test_a_file_that_is_none_is_refused(folder, raw):
    (folder / "lorawan.toml").write_bytes(raw)
    with pytest.raises(InputError, match=r"lorawan\.toml"):
        load_lorawan(folder)


def test_the_key_comes_from_a_file_of_its_own(folder):
    assert load_app_key(folder, load_lorawan(folder)) == KEY.upper()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(folder, mode):
    (folder / "lorawan.key").chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        load_app_key(folder, load_lorawan(folder))


@pytest.mark.parametrize("key", [FACTORY_APP_KEY, FACTORY_APP_KEY.lower(), "0" * 32, "f" * 32])
def test_a_key_that_everybody_knows_is_refused(folder, key):
    (folder / "lorawan.key").write_text(key)
    with pytest.raises(InputError, match="known to everybody"):
        load_app_key(folder, load_lorawan(folder))


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "00", "g" * 32, "naïve"])
def test_a_key_that_is_none_is_refused_without_showing_it(folder, key):
    (folder / "lorawan.key").write_text(key)
    with pytest.raises(InputError, match="32 hex digits") as refused:
        load_app_key(folder, load_lorawan(folder))
    assert not key or key not in str(refused.value)


def test_a_key_file_that_is_not_there_is_named(folder):
    (folder / "lorawan.key").unlink()
    with pytest.raises(EnvironmentFault, match=r"lorawan\.key"):
        load_app_key(folder, load_lorawan(folder))
