"""The centre's kept session at a broker: what ingest and the LoRaWAN client do alike.

Messages are acknowledged by hand, after they were committed: the broker keeps the others for days.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from tpsbox.errors import EnvironmentFault

KEEPALIVE = 30
QUIET = 0.5
"""Seconds between two looks at whether to stop, where nothing comes."""
SESSION_SECONDS = 14 * 24 * 3600


def new_client(client_id: str) -> mqtt.Client:
    """A client of MQTT 5 that acknowledges by hand."""
    return mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )


def connect(client: mqtt.Client, host: str, port: int, in_flight: int) -> None:
    """Take up the session; the broker may send `in_flight` messages without an acknowledgement.

    Raises:
        OSError: the broker cannot be reached, or TLS fails.
    """
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_SECONDS
    properties.ReceiveMaximum = in_flight
    client.connect(host, port, KEEPALIVE, clean_start=False, properties=properties)


def hold(
    client: mqtt.Client,
    stop: threading.Event,
    log: logging.Logger,
    leave: Callable[[mqtt.Client], object],
    tend: Callable[[mqtt.Client], float] = lambda _: QUIET,
) -> None:
    """Work until the connection is lost or `stop` is set, and then `leave`.

    `tend` is called after whatever came, and otherwise after the seconds that it returned last.
    """
    code = MQTTErrorCode.MQTT_ERR_SUCCESS
    pause = QUIET
    try:
        while code == MQTTErrorCode.MQTT_ERR_SUCCESS and not stop.is_set():
            code = client.loop(timeout=pause)
            pause = tend(client)
    except BaseException:
        # The broker must not go on sending to somebody who does not listen any more.
        if (connection := client.socket()) is not None:
            connection.close()
        raise
    if stop.is_set():
        leave(client)
    else:
        log.warning("connection: lost (%s)", mqtt.error_string(code))


def refused(reason: ReasonCode, log: logging.Logger) -> bool:
    """Whether the broker refused the connection, which is logged."""
    if reason.is_failure:
        log.warning("connection: refused by the broker (%s)", reason)
    return reason.is_failure


def check_subscribed(reasons: Sequence[ReasonCode]) -> None:
    """All subscriptions stand.

    Raises:
        EnvironmentFault: the broker refuses one.
    """
    if failed := [str(reason) for reason in reasons if reason.is_failure]:
        raise EnvironmentFault(f"broker: refuses a subscription ({failed[0]}); check its acl")
