"""The centre beside the guest, as far as it goes without one."""

from __future__ import annotations

import msgspec
from emulate.outside import HOST, Outside
from kiosk_samples import PPWP, TPS
from tpsbox.forms.election import load_election
from tpsbox.store.store import Store


def test_a_box_is_enrolled_and_the_centre_holds_nothing_yet(tmp_path):
    (tmp_path / "outside").mkdir()
    outside = Outside(tmp_path / "outside", PPWP)
    with Store(tmp_path / "box") as store:
        store.identity.create(TPS, PPWP, load_election(PPWP).package)
        request = msgspec.json.encode(store.identity.request())
    answer = msgspec.json.decode(outside.enrol(request))
    assert answer["tps"] == TPS
    assert answer["broker"] == {"host": HOST, "port": outside.port}
    held = outside.held()
    assert held.committed() == set() and held.contents() == []
    held.close()
    outside.close()
