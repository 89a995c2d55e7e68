"""A record is the same on every link; the centre remembers on which it came first."""

from typing import get_args

from central_samples import NOW, TPS
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id
from tpscentral.outcome import RecordName, Via
from tpscentral.results import take_result
from tpscentral.showing import tps_shown
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
        received = tps_shown(connection, centre.folder, TPS).results
    ways = {result.number: result.via for result in received}
    assert ways == {4: "lorawan", 5: "mqtt"}


def test_every_way_has_words_for_people():
    assert set(WAYS) == set(get_args(Via))
