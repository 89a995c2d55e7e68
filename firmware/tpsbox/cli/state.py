"""`tpsbox status` and `tpsbox outbox`: what the box has, and how far it got."""

from __future__ import annotations

import argparse
import time
from typing import Any

import msgspec

from tpsbox.board.signals import LIGHT_NAMES, PATTERN_NAMES, Light, Pattern
from tpsbox.cli.place import add_data, data_folder, open_box
from tpsbox.cli.report import BoxReport, report
from tpsbox.forms.election import TpsName
from tpsbox.store.linkstate import LINK_WORDS, LinkState


def add(commands: Any) -> None:
    """Add the two commands."""
    status = commands.add_parser("status", help="sheets, doubts, result, links and lights")
    status.set_defaults(run=run_status)
    outbox = commands.add_parser("outbox", help="what has to reach the centre")
    outbox.set_defaults(run=run_outbox)
    for parser in (status, outbox):
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_data(parser)


def run_status(arguments: argparse.Namespace) -> int:
    """Print how the box is."""
    data = data_folder(arguments)
    with open_box(data) as (store, election):
        found = report(data, store, election)
    if arguments.json:
        print(msgspec.json.encode(found).decode())
    else:
        print("\n".join(lines(found)))
    return 0


def lines(found: BoxReport) -> list[str]:
    """The report in words, for officers."""
    place = f"TPS {found.tps.kode}: {place_words(found.tps)}"
    text = [
        place,
        "Pusat: " + (f"terdaftar (epoch {found.epoch})" if found.epoch else "belum terdaftar"),
    ]
    text.append("Kiosk: " + ("berjalan" if found.kiosk else "tidak berjalan; jalankan tpsbox run"))
    for light in Light:
        shown = found.lights[light.value]
        pattern = PATTERN_NAMES[Pattern(shown["pattern"])]
        text.append(f"Lampu {LIGHT_NAMES[light]}: {pattern}. {shown['meaning']}")
    if together := found.lights.get("all"):
        text.append(f"Ketiga lampu: {together['pattern']}. {together['meaning']}")
    text += [
        f"Gangguan: {problem.text} (sejak {_when(problem.since)})" for problem in found.problems
    ]
    for contest in found.contests:
        have = ", ".join(map(str, contest.pages_in)) or "belum ada"
        text.append(f"{contest.title}: lembar {have}{' (ditutup)' if contest.closed else ''}")
        if contest.changed:
            text.append("  berubah sejak hasil terakhir: tahan tombol 2 detik untuk mengirimnya")
        if contest.missing:
            text.append(f"  belum difoto: lembar {', '.join(map(str, contest.missing))}")
        text += [f"  periksa {field.line}" for field in contest.doubtful]
        text += [f"  tidak cocok: {rule.numbers} ({rule.rule})" for rule in contest.broken]
        text += [f"  judul lembar: {path}" for path in contest.headings]
    if found.unread and not found.kiosk:
        text.append(f"Foto belum dibaca: {found.unread}; kiosk membacanya begitu berjalan")
    if found.unsent:
        text.append(
            f"Foto sesudah hasil terakhir: {found.unsent}; tahan tombol 2 detik untuk mengirimnya"
        )
    text += [f"Foto ditolak: {photo.sentence}" for photo in found.refused[-1:]]
    if found.result is None:
        text.append("Hasil: belum ada")
    else:
        result = found.result
        text.append(f"Hasil nomor {result.number}: {result.words} ({result.id[:16]})")
    return text + [link_words(link) for link in found.links]


def link_words(link: LinkState) -> str:
    """A link's condition, since when by the box's clock if that is known, and its last error."""
    since = f" sejak {_when(link.since)}" if link.since else ""
    error = f" ({link.error})" if link.error else ""
    return f"Sambungan {link.name}: {LINK_WORDS[link.state]}{since}{error}"


def _when(seconds: float) -> str:
    return time.strftime("%d-%m-%Y %H:%M:%S", time.localtime(seconds))


def place_words(tps: TpsName) -> str:
    """The TPS as an officer would name it."""
    names = (
        f"TPS {tps.nomor:03d}",
        tps.desa and f"desa/kelurahan {tps.desa}",
        tps.kecamatan and f"kecamatan {tps.kecamatan}",
        tps.kabupaten,
        tps.provinsi,
    )
    return ", ".join(name for name in names if name)


class ItemShown(msgspec.Struct, frozen=True):
    """A line of the outbox; `id` in hex."""

    id: str
    kind: str
    state: str
    attempts: int
    next_at: float
    last_error: str


def run_outbox(arguments: argparse.Namespace) -> int:
    """Print every item and its state."""
    with open_box(data_folder(arguments)) as (store, _):
        items = [
            ItemShown(i.id.hex(), i.kind, i.state, i.attempts, i.next_at, i.last_error)
            for i in store.outbox.list()
        ]
    if arguments.json:
        print(msgspec.json.encode(items).decode())
        return 0
    for item in items:
        tries = f"{item.attempts} kali dicoba" if item.attempts else "belum dicoba"
        print(f"{item.kind:8} {item.state:10} {item.id[:16]}  {tries}  {item.last_error}".rstrip())
    if not items:
        print("Kotak keluar kosong.")
    return 0
