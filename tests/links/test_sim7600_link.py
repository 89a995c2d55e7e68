"""The link over a simulated SIM7600 at a real broker, through whatever goes wrong."""

from __future__ import annotations

import pytest
from mqtt_broker import MOSQUITTO
from sim7600_bench import Bench, OldBroker, PlainCentre, events_until, queue
from tpsbox.links.port import Answered, Taken
from tpsbox.record.receipt import ReceiptKind

RECORD = bytes(range(256))[:166]


@pytest.fixture
def broker(tmp_path, authority):
    if not MOSQUITTO.exists():
        pytest.skip(f"{MOSQUITTO} is not installed")
    folder = tmp_path / "broker"
    folder.mkdir()
    made = OldBroker(folder, authority)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def centre(broker, centre_key):
    made = PlainCentre(broker, centre_key)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def opened(box, broker):
    """Open the link of a bench; closed at the end."""
    links = []

    def open_link(bench, **options):
        link = bench.link(box, broker, **options)
        links.append(link)
        link.open()
        return link

    yield open_link
    for link in links:
        link.close()


@pytest.mark.parametrize("result_first", [False, True])
def test_a_record_goes_out_and_its_signed_receipt_comes_back(box, centre, opened, result_first):
    with Bench(result_first=result_first) as bench:
        link = opened(bench)
        sent = queue(box, RECORD)
        link.send(sent)
        events = events_until(link, Answered)
        assert {type(event) for event in events} >= {Taken, Answered}
        assert [e.kind for e in events if isinstance(e, Answered)] == [ReceiptKind.STORED]
    assert centre.bodies == [RECORD]
