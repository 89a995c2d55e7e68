"""What docs/cellular.md says about faults, settings and limits is what the code does."""

from __future__ import annotations

from pathlib import Path

from tpsbox.links.sim7600_framer import PAYLOAD_LIMIT
from tpsbox.links.sim7600_settings import Sim7600Settings
from tpsbox.links.sim7600_talk import Patience
from tpsbox.simulator.modems.sim7600_faults import ModemFault
from tpsbox.uplink.table import LINKS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "cellular.md").read_text(encoding="utf-8")


def test_every_fault_is_described():
    rows = "".join(line for line in TEXT.splitlines() if line.startswith("| `"))
    assert all(f"`{kind}`" in rows for kind in ModemFault)


def test_defaults_and_limits():
    defaults = Sim7600Settings("p", "a")
    assert defaults.broker_port is None
    assert f"| `baud` | {defaults.baud} |" in TEXT
    assert f"{PAYLOAD_LIMIT:,} bytes at most" in TEXT
    assert f"{Patience().network:.0f} s for a network" in TEXT


def test_the_order_of_the_links_is_the_one_that_is_told():
    assert list(LINKS) == ["mqtt", "sim7600", "lorawan"]
    operation = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in operation.splitlines() if line.startswith("| `")]
    assert [name for name in rows if name in LINKS] == list(LINKS)
