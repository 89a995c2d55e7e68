"""The JSON that ChirpStack v4 publishes and takes over MQTT.

Topics and fields as in its documentation ("Integrations / Events" and "Integrations / MQTT") and
its integration.proto. It leaves out every field that is zero or empty, so all have defaults here;
what is not needed is not looked at.
"""

from __future__ import annotations

import base64
import re
from typing import Annotated

import msgspec
from tpsbox.errors import InputError

EVENT_LIMIT = 64 * 1024
"""Bytes of an event: about 1 kB, and as much again for each gateway that heard the frame."""
FRAME_LIMIT = 242
"""Bytes of application data in the longest LoRaWAN frame (RP002, AS923 at DR5)."""

_TOPIC = re.compile(
    r"application/(?P<application>[0-9A-Za-z-]{1,64})"
    r"/device/(?P<dev_eui>[0-9a-fA-F]{16})/event/(?P<event>up|txack)"
)
_APPLICATION = re.compile("[0-9A-Za-z-]{1,64}")


class Device(msgspec.Struct, frozen=True):
    """A radio as the network server knows it, which says nothing about whose record it carries."""

    application: str
    dev_eui: str


class Uplink(msgspec.Struct, frozen=True):
    """A frame that was heard: its FPort, its bytes, data rate and frame counter."""

    device: Device
    port: int
    data: bytes
    dr: int
    f_cnt: int


class Sent(msgspec.Struct, frozen=True):
    """A gateway has taken the downlink of this device for transmission."""

    device: Device


class _DeviceInfo(msgspec.Struct, rename="camel"):
    application_id: str
    dev_eui: str


class _UplinkEvent(msgspec.Struct, rename="camel"):
    device_info: _DeviceInfo
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    f_cnt: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0
    dr: Annotated[int, msgspec.Meta(ge=0, le=15)] = 0
    data: Annotated[bytes, msgspec.Meta(max_length=FRAME_LIMIT)] = b""


def event_topics(application: str | None) -> tuple[str, str]:
    """The topics to subscribe to: uplinks and sent downlinks, of one application or of all.

    Raises:
        InputError: not an application's id.
    """
    if application is not None and _APPLICATION.fullmatch(application) is None:
        raise InputError(f"application {application[:80]!r}: ChirpStack's id of it is needed")
    base = f"application/{application or '+'}/device/+/event/"
    return f"{base}up", f"{base}txack"


def parse_event(topic: str, payload: bytes) -> Uplink | Sent:
    """What an event says.

    Raises:
        InputError: another topic, too large, not the JSON of such an event, or of another device.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise InputError(f"topic {topic[:120]!r}: no event of a device")
    device = Device(match["application"], match["dev_eui"])
    if match["event"] == "txack":
        return Sent(device)
    if len(payload) > EVENT_LIMIT:
        raise InputError(f"event of {len(payload)} bytes: at most {EVENT_LIMIT} are read")
    try:
        event = msgspec.json.decode(payload, type=_UplinkEvent)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"event: {error}") from error
    if (event.device_info.application_id, event.device_info.dev_eui) != (
        device.application,
        device.dev_eui,
    ):
        raise InputError("event: it names another device than its topic")
    return Uplink(device, event.f_port, event.data, event.dr, event.f_cnt)


def downlink(device: Device, port: int, data: bytes) -> tuple[str, bytes]:
    """Topic and payload that put `data` into the device's downlink queue, unconfirmed."""
    topic = f"application/{device.application}/device/{device.dev_eui}/command/down"
    command = {
        "devEui": device.dev_eui,
        "confirmed": False,
        "fPort": port,
        "data": base64.b64encode(data).decode(),
    }
    return topic, msgspec.json.encode(command)
