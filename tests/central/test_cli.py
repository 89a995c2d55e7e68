"""The command as people and scripts use it: output, exit codes, one line for an error."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from central_samples import (
    MOSQUITTO,
    TPS,
    WAIT,
    Box,
    BoxClient,
    BrokerProcess,
    Centre,
)
from ports import free_port
from tpsbox.forms.election import load_election, shipped_elections
from tpsbox.record.enrolment import parse_enrolment, write_json
from tpsbox.record.receipt import ReceiptKind, verify_receipt
from tpsbox.record.signing import record_id
from tpsbox.record.topics import result_topic
from tpscentral.cli import main
from tpscentral.folder import open_folder


@pytest.fixture
def data(tmp_path):
    return str(tmp_path / "central-data")


def init(data, *more):
    return main(["init", "--data", data, "--port", str(free_port()), *more])


def one_line(capsys):
    printed = capsys.readouterr()
    assert printed.err.startswith("tpscentral: ") and printed.err.count("\n") == 1
    assert printed.out == ""
    return printed.err


def test_init_tells_programs_what_it_made(data, capsys):
    names = ["pilkada-2024-kotabaru", "pemilu-2024-ppwp"]
    assert init(data, "--json", *(f"--election={name}" for name in names)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["elections"] == {name: load_election(name).package.hex() for name in names}
    assert told["centre_key"] == open_folder_key(data)
    assert Path(told["mosquitto"]).exists()


def open_folder_key(data):
    return open_folder(Path(data)).key.public_key().public_bytes_raw().hex()


def test_the_environment_names_the_folder(data, capsys, monkeypatch):
    monkeypatch.setenv("TPSCENTRAL_DATA", data)
    assert main(["init", "--election", "pemilu-2024-ppwp"]) == 0
    assert f"mosquitto -c {data}/broker/mosquitto.conf" in capsys.readouterr().out


def test_errors_are_one_line_with_the_code_of_their_kind(data, tmp_path, capsys):
    missing = str(tmp_path / "none.json")
    assert main(["enrol", missing, "--data", data]) == 2
    assert "tpscentral init" in one_line(capsys)
    assert init(data, "--election", "none") == 3
    assert "'none' is unknown" in one_line(capsys)
    assert init(data) == 2
    one_line(capsys)
    assert init(data, "--election", "pemilu-2024-ppwp") == 0
    capsys.readouterr()
    assert init(data, "--election", "pemilu-2024-ppwp") == 1
    assert "nothing was changed" in one_line(capsys)
    assert main(["enrol", missing, "--data", data]) == 3
    assert "No such file" in one_line(capsys)
    (tmp_path / "bad.json").write_text("{")
    assert main(["enrol", str(tmp_path / "bad.json"), "--data", data]) == 3
    one_line(capsys)


def test_wrong_usage_is_2_and_help_is_0(capsys):
    assert main([]) == 2
    assert main(["serve", "--port", "0"]) == 2
    assert main(["--help"]) == 0
    assert "enrol" in capsys.readouterr().out


def test_enrol_writes_or_prints_the_answer(data, tmp_path, capsys):
    assert init(data, "--election", "pilkada-2024-kotabaru") == 0
    capsys.readouterr()
    place = Centre.__new__(Centre)
    place.election = load_election("pilkada-2024-kotabaru")
    box = Box(place, place.election.all_tps()[7])
    request = tmp_path / "request.json"
    request.write_bytes(write_json(box.request()))
    assert main(["enrol", str(request), "--data", data]) == 0
    printed = parse_enrolment(capsys.readouterr().out.encode())
    out = tmp_path / "answer.json"
    assert main(["enrol", str(request), "--data", data, "--out", str(out)]) == 0
    written = parse_enrolment(out.read_bytes())
    assert (printed.epoch, written.epoch) == (1, 1)
    assert written.tps == box.tps
    assert main(["enrol", str(request), "--data", data, "--out", str(tmp_path)]) == 4
    one_line(capsys)
    spare = tmp_path / "spare.json"
    spare.write_bytes(write_json(Box(place, box.tps).request()))
    assert main(["enrol", str(spare), "--data", data, "--out", str(out)]) == 1
    assert "--replace" in one_line(capsys)
    assert main(["enrol", str(spare), "--data", data, "--out", str(out), "--replace"]) == 0
    assert f"ATTENTION: box 2 of TPS {box.tps}" in capsys.readouterr().err
    assert parse_enrolment(out.read_bytes()).epoch == 2


def test_modems_get_a_listener_only_when_asked_for(data, tmp_path, capsys):
    assert init(data, "--election", "pemilu-2024-ppwp", "--modem-port", "8884") == 0
    conf = (Path(data) / "broker" / "mosquitto.conf").read_text()
    assert "listener 8884 127.0.0.1" in conf
    assert conf.count("require_certificate true") == conf.count("listener ") == 2
    plain = str(tmp_path / "plain")
    assert init(plain, "--election", "pemilu-2024-ppwp") == 0
    assert "tlsv1.2" not in (Path(plain) / "broker" / "mosquitto.conf").read_text()
    words = ["init", "--data", str(tmp_path / "x"), "--election", "pemilu-2024-ppwp"]
    capsys.readouterr()
    assert main([*words, "--port", "8884", "--modem-port", "8884"]) == 2
    assert "modems need one of their own" in one_line(capsys)


def test_a_port_in_use_is_one_line(data, capsys):
    assert init(data, "--election", "pemilu-2024-ppwp") == 0
    capsys.readouterr()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--data", data, "--port", str(port)]) == 4
    assert f"port {port}: Address already in use" in one_line(capsys)


def test_a_missing_key_shows_at_the_start(data, capsys):
    assert init(data, "--election", "pemilu-2024-ppwp") == 0
    capsys.readouterr()
    for name in ("mqtt.key", "centre.key"):
        (Path(data) / "keys" / name).unlink()
        for command in (["ingest"], ["serve", "--with-ingest"]):
            assert main([*command, "--data", data]) == 4
            assert "keys" in one_line(capsys)


@pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")
@pytest.mark.parametrize("election", shipped_elections())
def test_the_whole_centre_as_processes(data, tmp_path, capsys, election):
    """init, broker, serve --with-ingest, enrol, a record sent, its receipt, the page, and TERM."""
    assert init(data, "--election", election) == 0
    folder = open_folder(Path(data))
    place = Centre.__new__(Centre)
    place.election = load_election(election)
    kode = (place.election.all_tps() or (TPS,))[0]
    box = Box(place, kode)
    (tmp_path / "request.json").write_bytes(write_json(box.request()))
    capsys.readouterr()
    assert main(["enrol", str(tmp_path / "request.json"), "--data", data]) == 0
    box.install(parse_enrolment(capsys.readouterr().out.encode()))
    broker = BrokerProcess(folder)
    broker.start()
    port = str(free_port())
    command = [sys.executable, "-m", "tpscentral.cli", "serve", "--data", data, "--with-ingest"]
    serve = subprocess.Popen([*command, "--port", port], stderr=subprocess.PIPE, text=True)
    try:
        assert any("connection: ready" in line for line in serve.stderr)
        client = BoxClient(box, tmp_path)
        record = box.record()
        client.publish(result_topic(kode), record, record_id(record))
        receipt, id = client.receipt()
        client.close()
        assert id == record_id(record)
        key = folder.key.public_key()
        assert verify_receipt(receipt, id, key) is ReceiptKind.STORED
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=WAIT) as answer:
            assert json.load(answer) == {"database": True, "broker": True}
        capsys.readouterr()
        assert main(["show", kode, "--data", data, "--json"]) == 0
        [received] = json.loads(capsys.readouterr().out)["results"]
        assert received["id"] == id.hex()
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(WAIT) == 0
    finally:
        serve.kill()
        serve.stderr.close()
        broker.kill()
