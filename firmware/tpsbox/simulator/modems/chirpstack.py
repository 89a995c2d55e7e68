"""Frames as the MQTT events that ChirpStack v4 publishes, downlinks as the commands it takes.

Topics and fields as in its documentation, "Integrations / MQTT". As there, a field whose value is
zero or empty is left out of an event.
"""

from __future__ import annotations

import base64
import binascii
import queue
import threading
import uuid
from typing import Annotated

import msgspec
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tpsbox.errors import EnvironmentFault
from tpsbox.simulator.modems.network import Queued, Uplink, now

APPLICATION = "7d1a4c3e-5b0f-4a86-9a55-2f6f5c1f0e01"
"""The application's id, if none is given."""
TENANT = "52f14cd4-c6f1-4fbd-8f87-4025e1d49242"
GATEWAY = "0016c001f153a14c"
FREQUENCY = 921_400_000
CONNECT_PATIENCE = 10.0
PAYLOAD_LIMIT = 4096


class _Command(msgspec.Struct):
    """What an application puts into a device's downlink queue."""

    devEui: Annotated[str, msgspec.Meta(max_length=16)]  # noqa: N815
    fPort: Annotated[int, msgspec.Meta(ge=1, le=223)]  # noqa: N815
    data: Annotated[str, msgspec.Meta(max_length=400)]


class ChirpStackSink:
    """A network server with one device, at a broker without TLS as ChirpStack's own often is."""

    def __init__(self, host: str, port: int, dev_eui: str, application: str = APPLICATION) -> None:
        """Connect and subscribe.

        Raises:
            EnvironmentFault: the broker is not there or does not let it in.
        """
        self._base = f"application/{application}/device/{dev_eui}"
        self._application = application
        self._dev_eui = dev_eui
        self._queue: queue.SimpleQueue[Queued] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._command
        try:
            self._client.connect(host, port)
        except (OSError, ValueError) as error:
            raise EnvironmentFault(f"{host}:{port}: no MQTT broker answers there") from error
        self._client.loop_start()
        if not self._ready.wait(CONNECT_PATIENCE):
            self.close()
            raise EnvironmentFault(f"{host}:{port}: the broker does not let the simulator in")

    def joined(self, dev_eui: str) -> None:
        """Publish the event `join`."""
        self._publish("join", {"devAddr": "00189440"})

    def uplink(self, uplink: Uplink) -> None:
        """Publish the event `up`."""
        spreading = 12 - uplink.data_rate
        self._publish(
            "up",
            {
                "devAddr": "00189440",
                "dr": uplink.data_rate,
                "fCnt": uplink.counter,
                "fPort": uplink.port,
                "confirmed": uplink.confirmed,
                "data": base64.b64encode(uplink.data).decode(),
                "rxInfo": [{"gatewayId": GATEWAY, "rssi": -72, "snr": 6.0}],
                "txInfo": {
                    "frequency": FREQUENCY,
                    "modulation": {
                        "lora": {
                            "bandwidth": 125_000,
                            "spreadingFactor": spreading,
                            "codeRate": "CR_4_5",
                        }
                    },
                },
            },
        )

    def transmitted(self, dev_eui: str) -> None:
        """Publish the event `txack`."""
        self._publish("txack", {"gatewayId": GATEWAY, "queueItemId": str(uuid.uuid4())})

    def downlinks(self) -> list[Queued]:
        """The commands since the last call."""
        found: list[Queued] = []
        while not self._queue.empty():
            found.append(self._queue.get())
        return found

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, event: str, fields: dict[str, object]) -> None:
        whole: dict[str, object] = {
            "deduplicationId": str(uuid.uuid4()),
            "time": now(),
            "deviceInfo": {
                "tenantId": TENANT,
                "tenantName": "simulasi",
                "applicationId": self._application,
                "applicationName": "tps",
                "deviceProfileName": "simulasi",
                "deviceName": f"box {self._dev_eui}",
                "devEui": self._dev_eui,
                "tags": {},
            },
            **{key: value for key, value in fields.items() if value},
        }
        self._client.publish(f"{self._base}/event/{event}", msgspec.json.encode(whole), qos=1)

    def _subscribe(
        self,
        client: Client,
        _user: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not reason.is_failure:
            client.subscribe(f"{self._base}/command/down", qos=1)

    def _command(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        try:
            if len(message.payload) > PAYLOAD_LIMIT:
                return
            command = msgspec.json.decode(message.payload, type=_Command)
            data = base64.b64decode(command.data, validate=True)
        except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error):
            return  # as ChirpStack: what is no command changes nothing
        if command.devEui == self._dev_eui:
            self._queue.put(Queued(command.fPort, data))
