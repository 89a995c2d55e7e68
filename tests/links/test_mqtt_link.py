"""The MQTT link alone, against a real broker."""

from __future__ import annotations

import contextlib
import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_broker import Authority, Broker, wait_for
from tpsbox.links import mqttpipe
from tpsbox.links.mqtt import MqttLink
from tpsbox.links.mqttsettings import PARCEL_LIMIT, settings_of
from tpsbox.links.port import (
    Answered,
    CentreSays,
    ClockSuspect,
    Dropped,
    Failed,
    LinkEvent,
    Parcel,
    RetryLater,
    StopLink,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.record.topics import ACCEPTING, AWAY
from tpsbox.store.outbox import ItemKind

TPS = "6302042001001"
BODY = b"a record"
ID = hashlib.sha256(BODY).digest()
PARCEL = Parcel(ID, ItemKind.RESULT, BODY)
OTHER = hashlib.sha256(b"another").digest()


def find(prefix: bytes) -> tuple[bytes, ...]:
    return tuple(id for id in (ID, OTHER) if id.startswith(prefix))


@pytest.fixture
def settings(box):
    return settings_of(box.identity, box.identity.enrolment())


@pytest.fixture
def link(settings):
    with contextlib.closing(MqttLink(settings, find)) as made:
        yield made


def next_event(link: MqttLink) -> LinkEvent:
    """What happens next, but for the centre's word that all is well."""
    events: list[LinkEvent] = []
    for _ in range(2):
        events += [event for event in link.poll(20.0) if event != CentreSays(True)]
        if events:
            break
    (event,) = events
    return event


def test_online_while_open_and_lost_after(centre, link):
    link.open()
    assert link.poll(0.0) == (CentreSays(True),)
    wait_for(lambda: link.poll(0.05) == () and b"online" in centre.statuses, "online")
    link.close()
    wait_for(lambda: centre.statuses[-1] == b"lost", "lost")


def test_a_parcel_arrives_with_its_name_and_the_receipt_comes_back(centre, link):
    link.open()
    link.send(PARCEL)
    assert link.in_flight == {ID}
    assert link.room == 3
    events = [next_event(link), next_event(link)]
    receipt = make_receipt(ReceiptKind.STORED, ID, centre.key)
    assert sorted(events, key=lambda event: type(event).__name__) == [
        Answered(ID, ReceiptKind.STORED, receipt),
        Taken(ID),
    ]
    assert link.in_flight == set()
    (arrival,) = centre.arrivals
    assert (arrival.kind, arrival.id) == ("result", ID)
    assert arrival.content_type == "application/x-tps-result"


def test_only_what_the_centre_signed_for_this_very_item_is_an_answer(centre, link):
    centre.answer = centre.silent
    link.open()
    good = make_receipt(ReceiptKind.STORED, ID, centre.key)
    forged = make_receipt(ReceiptKind.STORED, ID, Ed25519PrivateKey.generate())
    raised = bytes([ReceiptKind.REFUSED]) + good[1:]
    stranger = make_receipt(ReceiptKind.STORED, bytes(32), centre.key)
    for receipt, correlation in (
        (forged, ID),
        (forged, None),
        (raised, ID),
        (good, OTHER),
        (good, bytes(32)),
        (stranger, bytes(32)),
        (stranger, ID),
        (b"short", ID),
        (b"", None),
    ):
        centre.say(TPS, receipt, correlation)
        assert isinstance(next_event(link), Dropped)
    centre.say(TPS, good)
    assert next_event(link) == Answered(ID, ReceiptKind.STORED, good), "found by its prefix"
    conflict = make_receipt(ReceiptKind.CONFLICT, ID, centre.key)
    centre.say(TPS, conflict, ID)
    assert next_event(link) == Answered(ID, ReceiptKind.CONFLICT, conflict)


def test_a_puback_without_a_listener_is_no_delivery(broker, link):
    link.open()
    link.send(PARCEL)
    event = next_event(link)
    assert isinstance(event, Failed)
    assert "nobody at the centre" in str(event.fault)
    assert link.in_flight == set()


def test_a_refused_puback_is_no_delivery(centre, settings):
    stranger = msgspec.structs.replace(settings, tps="6302042001002")
    with contextlib.closing(MqttLink(stranger, find)) as link:
        link.open()
        link.send(PARCEL)
        event = next_event(link)
    assert isinstance(event, Failed)
    assert "refused it: Not authorized" in str(event.fault)
    assert centre.arrivals == []


def test_receipts_wait_at_the_broker_for_a_box_that_is_away(centre, link):
    centre.answer = centre.silent
    link.open()
    link.send(PARCEL)
    assert next_event(link) == Taken(ID)
    link.close()
    receipt = make_receipt(ReceiptKind.STORED, ID, centre.key)
    centre.say(TPS, receipt, ID)
    link.open()
    assert next_event(link) == Answered(ID, ReceiptKind.STORED, receipt)


def test_a_fifth_parcel_and_one_too_large_wait(broker, link):
    link.open()
    for number in range(4):
        link.send(Parcel(bytes([number]) * 32, ItemKind.RESULT, BODY))
    assert link.room == 0
    with pytest.raises(RetryLater, match="too many"):
        link.send(PARCEL)
    huge = Parcel(OTHER, ItemKind.EVIDENCE, bytes(PARCEL_LIMIT + 1))
    with pytest.raises(RetryLater, match="carry it"):
        link.send(huge)


def test_the_limit_that_a_broker_states_is_kept(tmp_path, enrol, authority):
    made = Broker(tmp_path, authority, extra="max_packet_size 50000")
    made.start()
    box = enrol(made.port)
    link = MqttLink(settings_of(box.identity, box.identity.enrolment()), find)
    try:
        link.open()
        with pytest.raises(RetryLater, match="over the limit of 49488"):
            link.send(Parcel(OTHER, ItemKind.EVIDENCE, bytes(49_489)))
        largest = bytes(49_488)
        id = hashlib.sha256(largest).digest()
        link.send(Parcel(id, ItemKind.EVIDENCE, largest))
        event = next_event(link)
        assert isinstance(event, Failed)
        assert "nobody" in str(event.fault), "the broker took it in"
    finally:
        link.close()
        made.kill()


def test_while_the_centre_is_away_nothing_is_taken(centre, link):
    centre.answer = centre.silent
    centre.flag(AWAY)
    link.open()
    assert (next_event(link), link.room) == (CentreSays(False), 0)
    with pytest.raises(RetryLater):
        link.send(PARCEL)
    centre.flag(ACCEPTING)
    assert link.poll(20.0) == (CentreSays(True),)
    link.send(PARCEL)
    assert next_event(link) == Taken(ID)
    centre.flag(b"<b>")
    assert isinstance(next_event(link), Dropped)
    assert link.room == 4
    centre.stop()
    assert next_event(link) == CentreSays(False), "by the centre's will"


def test_a_broker_that_acknowledges_nothing_is_left(centre, link, monkeypatch):
    link.open()
    link.poll(0.0)
    monkeypatch.setattr(mqttpipe, "ACK_PATIENCE", -1.0)
    link.send(PARCEL)
    with pytest.raises(WaitForNetwork, match="acknowledges nothing"):
        while True:
            link.poll(20.0)


def test_a_killed_broker_is_noticed(broker, link):
    link.open()
    link.send(PARCEL)
    broker.kill()
    with pytest.raises(WaitForNetwork, match="link was lost"):
        while True:
            link.poll(20.0)
    assert link.in_flight <= {ID}
    with pytest.raises(WaitForNetwork, match="not open"):
        link.send(PARCEL)


def test_no_broker_at_all(broker, link):
    broker.kill()
    with pytest.raises(WaitForNetwork, match="cannot be reached"):
        link.open()


def test_a_link_that_was_never_opened(link):
    with pytest.raises(WaitForNetwork, match="not open"):
        link.send(PARCEL)
    with pytest.raises(WaitForNetwork):
        link.poll(0.0)


@pytest.mark.parametrize("years", [(-2, -1), (1, 2)], ids=["expired", "not yet valid"])
def test_a_certificate_outside_its_time_means_a_wrong_clock(tmp_path, enrol, authority, years):
    made = Broker(tmp_path, authority, years=years)
    made.start()
    box = enrol(made.port)
    link = MqttLink(settings_of(box.identity, box.identity.enrolment()), find)
    try:
        with pytest.raises(ClockSuspect, match="set the clock"):
            link.open()
    finally:
        link.close()
        made.kill()


def test_a_broker_of_another_authority_is_not_trusted(tmp_path, enrol):
    made = Broker(tmp_path, Authority())
    made.start()
    box = enrol(made.port)
    link = MqttLink(settings_of(box.identity, box.identity.enrolment()), find)
    try:
        with pytest.raises(WaitForNetwork, match="not the centre's certificate") as caught:
            link.open()
        assert not isinstance(caught.value, ClockSuspect)
    finally:
        link.close()
        made.kill()


def test_a_box_without_a_certificate_of_the_centre_is_not_let_in(tmp_path, settings):
    certificate, key = Authority().give(tmp_path, TPS)
    stranger = msgspec.structs.replace(settings, certificate=certificate, key=key)
    with (
        contextlib.closing(MqttLink(stranger, find)) as link,
        pytest.raises(WaitForNetwork, match=r"enrolled|TLS fails|cannot be reached"),
    ):
        link.open()


def test_unusable_keys_need_a_person(settings, link):
    settings.key.write_text("no key")
    with pytest.raises(StopLink, match="enrol this box again"):
        link.open()
