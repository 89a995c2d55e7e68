"""Faults by script, and what stands behind a simulated radio: a folder, or a broker."""

from __future__ import annotations

import base64
import getpass
import json
import os
import queue
import signal
import subprocess
import sys
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
import serial
from ports import free_port
from tpsbox.errors import EnvironmentFault, UsageError
from tpsbox.simulator.modems.chirpstack import APPLICATION, ChirpStackSink
from tpsbox.simulator.modems.faults import Fault, FaultKind, FaultScript, parse_fault
from tpsbox.simulator.modems.network import FolderSink, Network, Queued, Uplink

DEV_EUI = "2cf7f12012233445"
MOSQUITTO = Path("/usr/sbin/mosquitto")
PATIENCE = 30.0
PROGRAM = "import sys; from tpsbox.cli.main import main; sys.exit(main())"


def test_faults_strike_at_their_numbers():
    script = FaultScript([parse_fault("2:ack-lost"), parse_fault("2-3:garbage")])
    assert [script.at_frame() for _ in range(4)] == [
        frozenset(),
        {FaultKind.ACK_LOST, FaultKind.GARBAGE},
        {FaultKind.GARBAGE},
        frozenset(),
    ]


def test_joins_and_frames_are_counted_apart():
    script = FaultScript([parse_fault("2:join-fails"), parse_fault("2:busy")])
    assert [script.at_join(), script.at_join()] == [frozenset(), {FaultKind.JOIN_FAILS}]
    assert [script.at_frame(), script.at_frame()] == [frozenset(), {FaultKind.BUSY}]


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_can_be_written(kind):
    assert parse_fault(f"7:{kind}") == Fault(7, 7, kind)


@pytest.mark.parametrize("text", ["", "busy", "0:busy", "3-2:busy", "1:nope", "x:busy", "1:BUSY"])
def test_a_fault_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="fault"):
        parse_fault(text)


def test_a_folder_gets_frames_and_gives_downlinks(tmp_path):
    sink = FolderSink(tmp_path / "frames")
    network = Network(sink, DEV_EUI)
    network.join()
    network.uplink(10, b"record", True, 5)
    lines = [json.loads(line) for line in (tmp_path / "frames/up.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["join", "up"]
    assert base64.b64decode(lines[1]["data"]) == b"record"
    assert (lines[1]["fPort"], lines[1]["fCnt"], lines[1]["confirmed"]) == (10, 0, True)

    down = tmp_path / "frames/down.jsonl"
    down.write_text('{"fPort": 10, "data": "AQI="}\nnonsense\n{"fPort": 0, "data": ""}\n{"fPo')
    assert sink.downlinks() == [Queued(10, b"\x01\x02")]
    with down.open("a") as file:
        file.write('rt": 11, "data": "Aw=="}\n')
    assert sink.downlinks() == [Queued(11, b"\x03")]
    assert sink.downlinks() == []


def test_a_folder_that_cannot_be_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentFault, match="file"):
        FolderSink(tmp_path / "file")


def test_one_downlink_a_window():
    class Two(FolderSink):
        def __init__(self):
            self.left = [Queued(1, b"a"), Queued(2, b"b")]

        def downlinks(self):
            left, self.left = self.left, []
            return left

        def transmitted(self, dev_eui): ...

    network = Network(Two(), DEV_EUI)
    assert network.answer() == (Queued(1, b"a"), True)
    assert network.answer() == (Queued(2, b"b"), False)
    assert network.answer() == (None, False)


@pytest.fixture
def broker(tmp_path):
    """The port of a plain mosquitto, as a network server's own often is."""
    if not MOSQUITTO.exists():
        pytest.skip(f"{MOSQUITTO} is not installed")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser {getpass.getuser()}\n"
    )
    process = subprocess.Popen(
        [MOSQUITTO, "-c", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert any(" running" in line for line in process.stdout), "mosquitto did not start"
    yield port
    process.kill()
    process.communicate(timeout=PATIENCE)


@pytest.fixture
def application(broker):
    """An application at the broker: its client, and a queue of (topic, payload)."""
    heard: queue.Queue = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _u, message: heard.put((message.topic, message.payload))
    client.on_subscribe = lambda *_: heard.put(("ready", b""))
    client.connect("127.0.0.1", broker)
    client.subscribe("application/+/device/+/event/+", qos=1)
    client.loop_start()
    assert heard.get(timeout=PATIENCE)[0] == "ready"
    yield client, heard
    client.disconnect()
    client.loop_stop()


def test_frames_are_published_as_chirpstack_does(broker, application):
    _, heard = application
    sink = ChirpStackSink("127.0.0.1", broker, DEV_EUI)
    sink.uplink(Uplink(DEV_EUI, 0, 10, b"record", False, 0))
    topic, payload = heard.get(timeout=PATIENCE)
    assert topic == f"application/{APPLICATION}/device/{DEV_EUI}/event/up"
    event = json.loads(payload)
    assert base64.b64decode(event["data"]) == b"record"
    assert event["deviceInfo"]["devEui"] == DEV_EUI
    assert event["fPort"] == 10
    assert not {"fCnt", "dr", "confirmed"} & set(event), "zero and false are left out"
    sink.uplink(Uplink(DEV_EUI, 7, 0, b"", True, 5))
    event = json.loads(heard.get(timeout=PATIENCE)[1])
    assert (event["fCnt"], event["dr"], event["confirmed"]) == (7, 5, True)
    assert not {"fPort", "data"} & set(event)
    sink.close()


def test_commands_become_downlinks_and_nonsense_does_not(broker, application):
    client, _ = application
    sink = ChirpStackSink("127.0.0.1", broker, DEV_EUI)
    topic = f"application/{APPLICATION}/device/{DEV_EUI}/command/down"
    good = {"devEui": DEV_EUI, "confirmed": False, "fPort": 10, "data": "AQI="}
    for payload in (
        b"\xff",
        b"[]",
        b" " * 5000,
        json.dumps({**good, "data": "?"}),
        json.dumps({**good, "fPort": 0}),
        json.dumps({**good, "devEui": "0" * 16}),
        json.dumps(good),
    ):
        client.publish(topic, payload, qos=1)
    assert sink._queue.get(timeout=PATIENCE) == Queued(10, b"\x01\x02")
    assert sink.downlinks() == []
    sink.close()


def test_a_broker_that_is_not_there_is_one_clear_line():
    port = free_port()
    with pytest.raises(EnvironmentFault, match="no MQTT broker"):
        ChirpStackSink("127.0.0.1", port, DEV_EUI)


@pytest.mark.parametrize(("name", "reply"), [("lora-e5", b"+AT: OK\r\n"), ("rak3172", b"OK\r\n")])
def test_the_command_runs_until_it_is_told_to_stop(tmp_path, name, reply):
    link = tmp_path / "modem"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "simulate", name, "--link", link, "--folder", tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout.readline() == f"{name}: {link}\n"
        with serial.Serial(str(link), timeout=PATIENCE) as wire:
            wire.write(b"AT\r\n")
            assert wire.readline() == reply
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
    assert not link.is_symlink()


@pytest.mark.parametrize(
    "words",
    [
        ["--fault", "1:nope"],
        ["--speed", "0"],
        ["--rx1-delay", "99"],
        ["--dev-eui", "xyz"],
        ["--app-key", "00"],
        ["--broker", "nowhere"],
        ["--broker", "host:99999"],
    ],
)
def test_wrong_options_are_refused_in_one_line(words, capsys):
    from tpsbox.cli.main import main

    assert main(["simulate", "lora-e5", *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words[0].removeprefix("--") in error
