"""The links that there are, the widest first; each is loaded only where it is set up."""

from __future__ import annotations

from collections.abc import Callable

from tpsbox.links.mqtt import MqttLink
from tpsbox.links.mqttsettings import settings_of
from tpsbox.links.port import Link
from tpsbox.record.enrolment import Enrolment
from tpsbox.store.store import Store
from tpsbox.uplink.linkfile import LinkFile

MakeLink = Callable[[Store, Enrolment, LinkFile], Link | None]
"""A link that is not open yet; None if this box is not set up for it.

Raises InputError, AnswerError or EnvironmentFault if its settings are unusable.
"""


def _mqtt(store: Store, enrolment: Enrolment, file: LinkFile) -> Link:
    settings = settings_of(store.identity, enrolment, file.mqtt.chunk_bytes)
    return MqttLink(settings, store.outbox.by_prefix)


def _sim7600(store: Store, enrolment: Enrolment, _file: LinkFile) -> Link | None:
    from tpsbox.links.sim7600 import sim7600_link  # a box without a modem needs no pyserial

    return sim7600_link(store.folder, store.identity, enrolment, store.outbox.by_prefix)


def _lorawan(store: Store, _enrolment: Enrolment, _file: LinkFile) -> Link | None:
    from tpsbox.links.lorawan import lorawan_link  # a box without a modem needs no pyserial

    return lorawan_link(store.folder, store.identity)


LINKS: dict[str, MakeLink] = {"mqtt": _mqtt, "sim7600": _sim7600, "lorawan": _lorawan}
