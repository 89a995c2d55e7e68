"""A record is the same on every link; the centre remembers on which it came first."""

from typing import get_args

from central_samples import NOW, TPS
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id
from tpscentral.detail import tps_view
from tpscentral.outcome import RecordName, Via
from tpscentral.results import take_result
from tpscentral.words import WAYS


def test_the_first_way_is_kept_and_shown(centre, box):
    record = box.record(4)
    elections = centre.folder.elections
    outcome = take_result(centre.database, elections, None, record, NOW, via="lorawan")
    assert outcome.receipt is ReceiptKind.STORED
    assert outcome.record == RecordName(TPS, 1, 4)
    assert box.kind(box.send(record), record_id(record)) is ReceiptKind.STORED
    box.send(box.record(5))
    with centre.database.read() as connection:
        history = tps_view(centre.folder, connection, TPS).history
    assert [(result.number, result.via) for result in history] == [(5, "mqtt"), (4, "lorawan")]


def test_every_way_has_words_for_people():
    assert set(WAYS) == set(get_args(Via))
