"""A box with its own store, a stick, and the commands of both sides as people call them."""

from __future__ import annotations

from pathlib import Path

from central_samples import NOW, TPS, Box, Centre
from tpsbox.kiosk.box import save_config
from tpsbox.record.evidence import evidence_root
from tpsbox.record.statement import State
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store
from tpscentral.enrol import enrol


class CarriedBox:
    """A box whose sheets are closed, enrolled with a centre, in a folder of its own."""

    def __init__(self, centre: Centre, folder: Path, tps: str = TPS, *, replace: bool = False):
        self.folder = folder
        election_file = centre.folder.root.parent / "uji.toml"
        save_config(folder, "simulated", str(election_file))
        self.store = Store(folder)
        request = self.store.identity.create(tps, centre.election.name, centre.election.package)
        answer = enrol(centre.folder, centre.database, request, NOW, replace=replace)
        self.store.identity.install(answer)
        self.says = Box(centre, tps)
        self.says.key, self.says.epoch = self.store.identity.signing_key(), answer.epoch

    def close(self, votes: int, number: int | None = None) -> bytes:
        """Hold the button: a result over one sheet and its photo; the record."""
        sha = self.store.photos.keep(b"\xff\xd8\xff" + votes.to_bytes(2, "big") * 5000)
        leaf = self.says.evidence(photo=bytes.fromhex(sha), value=votes)
        number = number or self.store.results.reserve(self.says.epoch)
        numbers = {"suara_sah": (State.ACCEPTED, votes)}
        record = self.says.record(number, numbers, root=evidence_root([leaf]))
        self.store.results.add_result(
            record, number=number, epoch=self.says.epoch, evidence=[leaf], photos=[sha]
        )
        return record

    def states(self) -> set[ItemState]:
        return {item.state for item in self.store.outbox.list()}
