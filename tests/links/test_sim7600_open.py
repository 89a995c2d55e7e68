"""A SIM7600 is set up for a broker that it can trust, or the box says why it cannot."""

from __future__ import annotations

import logging
import re
import time

import pytest
from mqtt_broker import Authority
from msgspec import structs
from sim7600_bench import (
    LONG,
    Bench,
    answer_for,
    opening,
    queue,
    run_broker,
    run_centre,
)
from tpsbox.links.port import (
    ClockSuspect,
    WaitForNetwork,
)
from tpsbox.links.sim7600_mqtt import BUSY
from tpsbox.links.sim7600_talk import Talk

RECORD = bytes(range(256))[:166]


@pytest.fixture
def broker(tmp_path, authority):
    yield from run_broker(tmp_path / "broker", authority)


@pytest.fixture
def centre(broker, centre_key):
    yield from run_centre(broker, centre_key)


@pytest.fixture
def opened(box, broker):
    yield from opening(box, broker)


@pytest.mark.parametrize(
    ("faults", "options", "reason"),
    [
        (["1-9:no-service"], {}, "no mobile network here"),
        (["1:refused"], {}, r"closed by the broker \(26\)"),
        ([], {"pin": True}, "SIM PIN"),
    ],
)
def test_why_it_does_not_open_is_said(box, broker, faults, options, reason):
    short = structs.replace(LONG, network=0.2)
    with Bench(*faults, **options) as bench, pytest.raises(WaitForNetwork, match=reason):
        bench.link(box, broker, patience=short).open()


@pytest.fixture
def impostor(tmp_path):
    yield from run_broker(tmp_path / "impostor", Authority())


def test_a_broker_that_another_authority_vouches_for_is_not_trusted(box, impostor):
    with Bench() as bench, pytest.raises(WaitForNetwork, match=r"TLS handshake failed \(32\)"):
        bench.link(box, impostor).open()


def test_tls_that_fails_while_the_clocks_differ_points_at_the_clock(box, impostor):
    with (
        Bench(network_ahead=-7200.0) as bench,
        pytest.raises(ClockSuspect, match=r"-7[12]\d\d s .* set the clock"),
    ):
        bench.link(box, impostor).open()


def test_half_a_file_in_the_modem_is_loaded_anew(box, broker, centre, opened):
    with Bench() as bench:
        opened(bench).close()
        name = next(name for name in bench.modem._files if "key" in name)
        whole = bench.modem._files[name]
        bench.modem._files[name] = whole[:50]
        link = bench.link(box, broker)
        with pytest.raises(WaitForNetwork, match=r"no certificate \(33\)"):
            link.open()
        opened(bench)
        assert bench.modem._files[name] == whole


def test_a_goodbye_that_is_still_being_said_is_waited_for(box, broker, centre, opened, monkeypatch):
    codes = iter([BUSY])
    transact = Talk.transact

    def busy_at_first(talk, command, word, *rest):
        if command == "AT+CMQTTSTART" and (code := next(codes, None)) is not None:
            return code
        return transact(talk, command, word, *rest)

    monkeypatch.setattr(Talk, "transact", busy_at_first)
    with Bench() as bench:
        opened(bench)
    assert next(codes, None) is None


def test_a_broker_without_tls_1_2_is_named_as_such(box, broker):
    with Bench() as bench, pytest.raises(WaitForNetwork, match=r"takes TLS 1\.2"):
        bench.link(box, broker, broker_port=broker.port).open()


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_at_which_the_certificates_do_not_hold_is_suspected(box, broker, years):
    wrong = time.time() + years * 365 * 86_400
    with Bench() as bench, pytest.raises(ClockSuspect, match="set the clock"):
        bench.link(box, broker, now=lambda: wrong).open()


def test_a_clock_that_differs_from_the_network_s_is_logged(box, broker, centre, opened, caplog):
    with Bench(network_ahead=3600.0) as bench:
        opened(bench)
    assert re.search(r"clock is -3(5|6)\d\d s from the mobile network's", caplog.text)


def test_the_modem_is_given_the_time_and_never_told_to_pass_over_it(box, broker, centre, opened):
    with Bench() as bench:
        opened(bench)
        assert bench.modem._tls_settings["ignorelocaltime"] == "0"
        assert bench.modem._tls_settings["authmode"] == "2"
        assert abs(bench.modem._now - time.time()) < 60


def test_certificates_are_loaded_once_and_old_ones_removed(box, broker, centre, opened):
    with Bench() as bench:
        bench.modem._files["tps-key-00000000.pem"] = b"of another enrolment"
        bench.modem._files["other.pem"] = b"not ours"
        link = opened(bench)
        files = dict(bench.modem._files)
        assert sorted(files) == ["other.pem", *sorted(n for n in files if n.startswith("tps-"))]
        assert len(files) == 4
        assert "tps-key-00000000.pem" not in files
        loaded = []
        bench.modem._commands["CCERTDOWN"] = lambda value: loaded.append(value) or ()
        link.open()
        assert loaded == []


def test_no_key_is_in_a_log(box, broker, centre, opened, caplog):
    caplog.set_level(logging.DEBUG)
    with Bench("1:refused") as bench:
        with pytest.raises(WaitForNetwork) as refused:
            bench.link(box, broker).open()
        opened(bench)
    secret = box.identity.tls_key.read_text().splitlines()[1]
    assert secret not in caplog.text + str(refused.value)
    assert "SIM7600 LE20B04" in caplog.text


def test_a_port_without_a_modem_is_waited_for(box, broker, tmp_path):
    bench = Bench()
    link = bench.link(box, broker, port=str(tmp_path / "none"))
    with pytest.raises(WaitForNetwork, match="plug it in"):
        link.open()
    with pytest.raises(WaitForNetwork, match="not open"):
        link.send(queue(box, RECORD))


def test_it_is_opened_again_at_the_pace_of_the_wire(box, broker, centre, opened):
    with Bench(speed=2.0) as bench:
        link = opened(bench)
        link.open()
        sent = queue(box, RECORD)
        link.send(sent)
        answer_for(link, sent)
