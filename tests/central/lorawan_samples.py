"""Events as ChirpStack v4 publishes them, its broker, and records cut into frames."""

import base64
import getpass
import json
import subprocess
import threading

from central_samples import MOSQUITTO, WAIT
from ports import free_port
from tpsbox.record.signing import record_id
from tpscentral.chirpstack import Device

APPLICATION = "48f22a23-2d9d-4b2c-b1a4-7a1dd2cbd1ad"
RADIO = Device(APPLICATION, "2cf7f12012233445")


def topic(device=RADIO, event="up"):
    return f"application/{device.application}/device/{device.dev_eui}/event/{event}"


def info(device=RADIO):
    return {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "tenantName": "KPU",
        "applicationId": device.application,
        "applicationName": "tps",
        "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
        "deviceProfileName": "LoRa-E5",
        "deviceName": "tps 001",
        "devEui": device.dev_eui,
        "tags": {},
    }


def up(port, data, device=RADIO, f_cnt=0, dr=5):
    """(topic, payload) of an uplink; fields that are zero or empty are left out, as it does."""
    event = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2024-11-27T11:34:15.649276+00:00",
        "deviceInfo": info(device),
        "devAddr": "00189440",
        "adr": True,
        "dr": dr,
        "fCnt": f_cnt,
        "fPort": port,
        "confirmed": True,
        "data": base64.b64encode(data).decode(),
        "rxInfo": [
            {
                "gatewayId": "0016c001f153a14c",
                "uplinkId": 4217106255,
                "rssi": -36,
                "snr": 10.5,
                "context": "E3OWOQ==",
                "metadata": {"region_name": "as923_2", "region_common_name": "AS923_2"},
            }
        ],
        "txInfo": {
            "frequency": 921400000,
            "modulation": {
                "lora": {"bandwidth": 125000, "spreadingFactor": 7, "codeRate": "CR_4_5"}
            },
        },
    }
    present = {key: value for key, value in event.items() if value}
    return topic(device), json.dumps(present).encode()


def txack(device=RADIO):
    event = {
        "downlinkId": 3961834101,
        "time": "2024-11-27T11:34:17.1+00:00",
        "deviceInfo": info(device),
        "queueItemId": "3e7c2f8e-0d2e-4a30-92a4-0d3e7a0e2b41",
        "fCntDown": 4,
        "gatewayId": "0016c001f153a14c",
    }
    return topic(device, "txack"), json.dumps(event).encode()


def cut(record, size):
    """The frames of a record with `size` bytes of it in each but the last."""
    tag = record_id(record)[0] % 64
    parts = [record[at : at + size] for at in range(0, len(record), size)]
    heads = (tag * 1024 + index * 32 + len(parts) - 1 for index in range(len(parts)))
    return [head.to_bytes(2, "big") + part for head, part in zip(heads, parts, strict=True)]


def command(message):
    """(FPort, bytes) of a downlink command, after checking all of it."""
    where, payload = message
    plain = json.loads(payload)
    assert where == f"application/{APPLICATION}/device/{plain['devEui']}/command/down"
    assert set(plain) == {"devEui", "confirmed", "fPort", "data"}
    assert plain["confirmed"] is False
    return plain["fPort"], base64.b64decode(plain["data"], validate=True)


class Broker:
    """A mosquitto that can be killed and started again, with what it has promised to keep."""

    def __init__(self, folder, *lines):
        folder.mkdir()
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        plain = (
            f"user {getpass.getuser()}",
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
        )
        self.config.write_text("\n".join([*plain, *(lines or ("allow_anonymous true",))]) + "\n")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", self.config],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert any(" running" in line for line in self.process.stdout), "mosquitto did not start"
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(WAIT)
