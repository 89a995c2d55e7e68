"""The wiring as WireViz wants it, and as nets that tests can compare.

The interface board K1 has a terminal for every line of the ribbon, for every feed, and for every
wire that leaves it; terminals whose name begins with the same line are joined on the board.
"""

from __future__ import annotations

import json
from typing import Any

from tpshw.tables import Feed, Line, Wire, Wiring

HEADER, BOARD = "J8", "K1"
RIBBON = "W1"
OVER = " over "
Yaml = dict[str, Any]


def document(lines: dict[str, Line], wiring: Wiring) -> Yaml:
    """The WireViz document: header, interface board, cables, and what hangs on them."""
    used = [name for name in lines if any(wire.line == name for wire in wiring.wire)]
    feeds, wires = wiring.feed, wiring.wire
    first_wire = len(used) + len(feeds)
    connectors: Yaml = {
        HEADER: _header(lines, used),
        BOARD: {
            "type": "interface board",
            "pinlabels": [*used, *(feed.line for feed in feeds), *map(_terminal, wires)],
            "show_pincount": False,
        },
    }
    cables: Yaml = {RIBBON: {"wirecount": len(used), "color_code": "DIN", "type": "ribbon"}}
    connections: list[Any] = [
        [
            {HEADER: [lines[name].header for name in used]},
            {RIBBON: _numbers(used)},
            {BOARD: _numbers(used)},
        ]
    ]
    for index, (name, connector) in enumerate(wiring.connector.items()):
        connectors[name] = {"type": connector.name, "pinlabels": connector.pins}
        cable = f"W{index + 2}"
        incoming = [feed for feed in feeds if _end(feed.start)[0] == name]
        leaving = [wire for wire in wires if _end(wire.to)[0] == name]
        cables[cable] = {"colors": [f.colour for f in incoming] + [w.colour for w in leaving]}
        cables[cable]["show_wirecount"] = False
        if incoming:
            at = [len(used) + feeds.index(feed) + 1 for feed in incoming]
            ends = [_end(feed.start)[1] for feed in incoming]
            connections.append([{name: ends}, {cable: _numbers(incoming)}, {BOARD: at}])
        if leaving:
            at = [first_wire + wires.index(wire) + 1 for wire in leaving]
            ends = [_end(wire.to)[1] for wire in leaving]
            connections.append([{BOARD: at}, {cable: _numbers(leaving)}, {name: ends}])
    for connector in connectors.values():
        connector["ignore_in_bom"] = True
    return {"connectors": connectors, "cables": cables, "connections": connections}


def as_yaml(lines: dict[str, Line], wiring: Wiring) -> str:
    """The document as the text of a file; what is JSON is YAML too."""
    text = json.dumps(document(lines, wiring), indent=1, ensure_ascii=False)
    return f"# Made by scripts/drawings from hw/pins.toml and hw/wiring.toml.\n{text}\n"


def nets(doc: Yaml) -> set[tuple[str, str]]:
    """(source, end) of every wire of a WireViz document, as "J8.11" or "X2.5 V" and "D1.anode"."""
    labels = [label.partition(OVER)[0] for label in doc["connectors"][BOARD]["pinlabels"]]
    sources: dict[str, list[str]] = {}
    for run in doc["connections"]:
        (start, pins), *_ = run[0].items()
        (end, terminals), *_ = run[-1].items()
        if end == BOARD:
            for pin, terminal in zip(pins, terminals, strict=True):
                sources.setdefault(labels[terminal - 1], []).append(f"{start}.{pin}")
    found = set()
    for run in doc["connections"]:
        (start, terminals), *_ = run[0].items()
        (end, pins), *_ = run[-1].items()
        if start == BOARD:
            for terminal, pin in zip(terminals, pins, strict=True):
                found |= {(s, f"{end}.{pin}") for s in sources.get(labels[terminal - 1], [])}
    return found


def _header(lines: dict[str, Line], used: list[str]) -> Yaml:
    labels = [
        f"{name} (BCM {lines[name].bcm})" if lines[name].bcm is not None else name for name in used
    ]
    return {
        "type": "Raspberry Pi, 40-pin header",
        "pins": [lines[name].header for name in used],
        "pinlabels": labels,
        "show_pincount": False,
    }


def _terminal(wire: Wire) -> str:
    return wire.line + (OVER + wire.over if wire.over else "")


def _end(place: str) -> tuple[str, str]:
    """Connector and pin of "connector.pin"."""
    connector, _, pin = place.partition(".")
    return connector, pin


def _numbers(runs: list[str] | list[Feed] | list[Wire]) -> list[int]:
    return [index + 1 for index in range(len(runs))]
