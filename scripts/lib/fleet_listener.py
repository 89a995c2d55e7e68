"""fleet_listener.py PORT PASSWORD COUNT: takes results from the broker and does nothing with them.

It says now and then how many have come, so that whoever publishes does not run ahead of it.
"""

from __future__ import annotations

import sys

import paho.mqtt.client as mqtt
from fleet_broker import COUNTED, LISTENER
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

SAY = 100
IN_FLIGHT = 400
"""As many as the centre's workers let be on the way."""


def main() -> int:
    """Count until all have come."""
    port, password, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=LISTENER, protocol=MQTTProtocolVersion.MQTTv5
    )
    client.username_pw_set(LISTENER, password)
    come = 0

    def subscribed(*_event: object) -> None:
        client.publish(COUNTED, b"0")

    def message(*_event: object) -> None:
        nonlocal come
        come += 1
        if come % SAY == 0 or come == count:
            client.publish(COUNTED, str(come))

    client.on_message = message
    client.on_subscribe = subscribed
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect("127.0.0.1", port)
    client.subscribe("tps/+/result", qos=1)
    while come < count:
        client.loop(timeout=1.0)
    for _ in range(20):
        client.loop(timeout=0.05)
    client.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
