"""The statements of the vectors, and the symbols of the worked example one by one.

They are written with the second reading of docs/wire.md in `tpsbox.verify`, not with the product's
encoder, so that the vectors are a check on it.
"""

import random

from tpsbox.forms.election import Election, parse_election
from tpsbox.verify import tables
from tpsbox.verify.statement import Contest, Said, go_through, write_coded
from tpsbox.verify.tape import Tape
from tpsbox.verify.turns import Turns

TPS = "6302042001001"
ELECTION_TOML = """\
name = "contoh"
title = "Pemilu contoh"
date = "2024-02-14"
tps_limit = 300

[[contest]]
key = "ppwp"
title = "Presiden dan Wakil Presiden"
form = "ppwp-2024"
paslon = [
    { nomor = 1, nama = "Paslon Satu" },
    { nomor = 2, nama = "Paslon Dua" },
    { nomor = 3, nama = "Paslon Tiga" },
]
"""
TWO_TOML = """\
name = "contoh-dua"
title = "Pilkada contoh"
date = "2024-11-27"
tps_limit = 600

[[contest]]
key = "gubernur"
title = "Gubernur"
form = "kwk-2024-gubernur"
paslon = [{ nomor = 1, nama = "Satu" }, { nomor = 2, nama = "Dua" }]

[[contest]]
key = "bupati"
title = "Bupati"
form = "kwk-2024-bupati"
paslon = [{ nomor = 1, nama = "Tiga" }, { nomor = 2, nama = "Empat" }, { nomor = 3, nama = "Lima" }]

[region]
kode = "6302"
nama = "KOTABARU"
provinsi = "KALIMANTAN SELATAN"

[[region.kecamatan]]
kode = "630204"
nama = "PULAU LAUT TIMUR"
desa = [
    { kode = "6302042001", nama = "BATU TUNAU", tps = 4 },
    { kode = "6302042002", nama = "SEJAKAH", tps = 3 },
]
"""

# Every state, with and without a number where both may be, and a zero that is not null.
NUMBERS = {
    "pengguna_dpt_l": ("accepted", 140),
    "pengguna_dpt_p": ("accepted", 152),
    "pengguna_dpt_j": ("confirmed", 292),
    "pengguna_dptb_l": ("confirmed", None),
    "pengguna_dptb_p": ("corrected", None),
    "suara_sah": ("corrected", 288),
    "suara_tidak_sah": ("accepted", 4),
    "paslon_1": ("accepted", 123),
    "paslon_2": ("unsure", 132),
    "paslon_3": ("unsure", None),
    "suara_total": ("accepted", 292),
    "disabilitas_j": ("accepted", 0),
}

# One contest that adds up; the other takes what it can from it.
ADDS_UP = {
    f"{row}_{column}": number
    for row, numbers in {
        "pemilih_dpt": (231, 240, 471),
        "pengguna_dpt": (160, 171, 331),
        "pengguna_dptb": (0, 1, 1),
        "pengguna_non_dpt": (3, 2, 5),
        "pengguna_total": (163, 174, 337),
        "disabilitas": (1, 0, 1),
    }.items()
    for column, number in zip("lpj", numbers, strict=True)
} | {
    "surat_suara_diterima": 483,
    "surat_suara_digunakan": 337,
    "surat_suara_dikembalikan": 2,
    "surat_suara_tidak_digunakan": 144,
    "paslon_1": 198,
    "paslon_2": 126,
    "paslon_3": 0,
    "suara_sah": 324,
    "suara_tidak_sah": 13,
    "suara_total": 337,
}


def election() -> Election:
    return parse_election(ELECTION_TOML.encode(), "example")


def two() -> Election:
    return parse_election(TWO_TOML.encode(), "example of two contests")


def example_said() -> Said:
    kinds, numbers = {}, {}
    for field in election().form_of("ppwp").fields:
        word, number = NUMBERS.get(field.name, ("absent", None))
        state = tables.STATE_WORDS.index(word)
        kinds[field.name] = state if number is not None or state == 0 else state + 3
        if number is not None:
            numbers[field.name] = number
    return Said(int(TPS), 1, 7, 1_707_900_000, 2, {"ppwp": Contest(True, kinds, numbers)})


def statement(chosen: Election, root: bytes, said: Said) -> bytes:
    return b"\2" + chosen.package + root + write_coded(said, chosen)


def cases() -> list[dict[str, object]]:
    """Statements of two contests: consistent, broken, without any sense, and empty."""
    chosen = two()
    dice = random.Random(2024)
    tps, evening = int(TPS), 1_732_716_000
    found = []
    for name, cell, head in (
        ("adds up", lambda field: (1, ADDS_UP[field]), (tps, 1, 1, evening, 3)),
        ("broken", lambda field: (1, ADDS_UP[field] + 9 * (field[-1] in "j1")), (tps, 1, 2, 0, 0)),
        ("typed", lambda field: (3, ADDS_UP[field]), (tps + 1002, 255, 65535, 2**32 - 1, 4)),
        ("unsure", lambda field: (4, ADDS_UP[field]), (9171031001999, 2, 300, 1, 1)),
        ("no sense", lambda _: (dice.randrange(8), dice.randrange(1000)), (tps, 1, 4, 5, 2)),
        ("nothing", lambda _: (0, 0), (tps + 1, 1, 1, evening, 3)),
    ):
        contests = {}
        for key, form in chosen.forms.items():
            cells = {field.name: cell(field.name) for field in form.fields}
            contests[key] = Contest(
                name != "nothing",
                {field: kind for field, (kind, _) in cells.items()},
                {field: n for field, (kind, n) in cells.items() if tables.HAS_NUMBER[kind]},
            )
        said = Said(*head, contests)
        found.append(
            {"name": name, **plain(said), "statement": statement(chosen, bytes(16), said).hex()}
        )
    return found


def plain(said: Said) -> dict[str, object]:
    """What a statement says, as JSON has it."""
    return {
        "tps": f"{said.tps:013d}",
        "epoch": said.epoch,
        "number": said.number,
        "time": said.time,
        "clock": said.clock,
        "contests": {
            key: {
                "closed": contest.closed,
                "values": [[kind, contest.numbers.get(n)] for n, kind in contest.kinds.items()],
            }
            for key, contest in said.contests.items()
        },
    }


class Traced(Tape):
    """Keeps what `before`, `weight` and `whole` were."""

    def __init__(self) -> None:
        super().__init__()
        self.trace: list[tuple[int, int, int, int]] = []

    def _symbol(self, size, before, told):
        self.trace.append((told, before(told), before(told + 1) - before(told), before(size)))
        return super()._symbol(size, before, told)


def symbols() -> list[list[object]]:
    """The symbols of the worked example in their order: what, symbol, before, weight, whole."""
    said, tape = example_said(), Traced()
    tape.one_of(tables.FORM, 0)
    go_through(tape, election(), said, 0)
    return [[what, *step] for what, step in zip(_labels(said), tape.trace, strict=True)]


def _labels(said: Said) -> list[str]:
    """The example has no list of TPS, epoch 1, a number of 3 bits and a time by the day."""
    labels = ["form", "desa", "TPS in the desa", "epoch", "length of the number", "the number"]
    labels += ["kind of time", "seconds of the day", "clock", "ppwp closed"]
    contest = said.contests["ppwp"]
    labels += [f"{name}: kind" for name in contest.kinds]
    turns = Turns(election().form_of("ppwp"), contest.kinds, {})
    while (turn := turns.next()) is not None:
        name, guess, spread = turn
        turns.known[name] = guess
        if name in contest.numbers:
            number = contest.numbers[name]
            labels.append(f"{name}: side of {guess} ({spread})")
            labels += [f"{name}: distance"] if number != guess else []
            if spread != "rule, unsure":
                turns.known[name] = number
    return labels
