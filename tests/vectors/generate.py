"""Writes the test vectors and the worked example of docs/wire.md: python tests/vectors/generate.py.

The bits of the statement are put together here a second time, from the layout in the document and
without the product's encoder, so that the vectors are a check on it.
"""

import hashlib
import json
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tpsbox.forms.election import Election, parse_election

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "wire.md"
BEGIN = "<!-- example: written by tests/vectors/generate.py -->\n"
END = "<!-- end of example -->\n"

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
TPS = "6302042001001"
ABSENT, ACCEPTED, CONFIRMED, CORRECTED, UNSURE = range(5)
STATES = ("absent", "accepted", "confirmed", "corrected", "unsure")

# Every state, with and without a number where both may be, and a zero that is not null.
NUMBERS = {
    "pengguna_dpt_l": ("accepted", 140),
    "pengguna_dpt_p": ("accepted", 152),
    "pengguna_dpt_j": ("confirmed", 292),
    "pengguna_dptb_l": ("confirmed", None),
    "suara_sah": ("corrected", 288),
    "suara_tidak_sah": ("accepted", 4),
    "paslon_1": ("accepted", 123),
    "paslon_2": ("unsure", 132),
    "paslon_3": ("unsure", None),
    "suara_total": ("accepted", 292),
    "disabilitas_j": ("accepted", 0),
}


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def election() -> Election:
    return parse_election(ELECTION_TOML.encode(), "example")


def evidence_plain(photo: bytes) -> dict[str, object]:
    return {
        "tps": TPS,
        "contest": "ppwp",
        "form": "ppwp-2024",
        "page": 3,
        "photo": photo,
        "homography": [8.5, 0.25, 100.0, -0.25, 8.5, 80.0, 0.0, 0.0, 1.0],
        "fields": [
            {
                "name": "suara_sah",
                "raw": "298",
                "value": 298,
                "status": "review",
                "probability": 0.75,
                "reasons": ["rule suara_total"],
                "witnesses": {
                    "boxes": {
                        "marks": "298",
                        "top": [["2", 1.0], ["9", 0.75, "8", 0.25], ["8", 1.0]],
                    }
                },
            },
            {
                "name": "suara_tidak_sah",
                "raw": "XX4",
                "value": 4,
                "status": "accepted",
                "probability": 1.0,
                "reasons": [],
                "witnesses": {
                    "boxes": {"marks": "XX4", "top": [["X", 1.0], ["X", 1.0], ["4", 1.0]]},
                    "sums": {"marks": ["_4", *4 * ["__"]], "value": 4, "probability": 0.875},
                    "tally": {"count": 4, "spread": 0.5, "cells": [4, *11 * [0]]},
                },
            },
        ],
        "words": [{"field": "suara_sah", "kind": "correct", "value": 288, "time": 1_707_900_000}],
        "entry": "camera",
        "firmware": "0.1.0",
        "model": sha(b"example model"),
    }


def parts(election: Election, root: bytes) -> list[tuple[str, int, int]]:
    """(what, width in bits, value) of the whole statement, in order."""
    found = [
        ("version", 8, 1),
        ("package", 32, int.from_bytes(election.package, "big")),
        ("TPS", 44, int(TPS)),
        ("epoch", 8, 1),
        ("number", 16, 7),
        ("time", 32, 1_707_900_000),
        ("clock", 3, 2),
        ("root", 128, int.from_bytes(root, "big")),
        ("ppwp closed", 1, 1),
    ]
    for field in election.form_of("ppwp").fields:
        word, number = NUMBERS.get(field.name, ("absent", None))
        found.append((f"{field.name} state", 3, STATES.index(word)))
        if word in ("confirmed", "unsure"):
            found.append((f"{field.name} given", 1, int(number is not None)))
        if number is not None:
            found.append((f"{field.name} number", 10, number))
    return found


def pack(fields: list[tuple[str, int, int]]) -> bytes:
    text = "".join(f"{value:0{width}b}" for _, width, value in fields)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


def vectors() -> dict[str, dict[str, object]]:
    """The content of each file, by its name."""
    chosen = election()
    box = Ed25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: box"))
    centre = Ed25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: centre"))
    photo, attachment = sha(b"example photo"), sha(b"example attachment")
    evidence = cbor2.dumps(evidence_plain(photo), canonical=True)
    first, second = sorted(sha(b"\0" + leaf) for leaf in (evidence, attachment))
    root = sha(b"\1" + first + second)[:16]
    fields = parts(chosen, root)
    statement = pack(fields)
    signature = box.sign(b"tps-box/result/1\0" + statement)
    id = sha(statement + signature)
    receipts = {
        name: bytes([kind]) + id[:8] + centre.sign(b"tps-box/receipt/1\0" + bytes([kind]) + id)
        for name, kind in (("stored", 1), ("refused", 2), ("conflict", 3))
    }
    return {
        "result.json": {
            "election_toml": ELECTION_TOML,
            "package": chosen.package.hex(),
            "parts": [list(part) for part in fields],
            "statement": statement.hex(),
            "private_key": box.private_bytes_raw().hex(),
            "public_key": box.public_key().public_bytes_raw().hex(),
            "signature": signature.hex(),
            "id": id.hex(),
        },
        "evidence.json": {
            "evidence": evidence.hex(),
            "attachment": attachment.hex(),
            "leaf_hashes": [first.hex(), second.hex()],
            "root": root.hex(),
            "root_of_nothing": sha(b"")[:16].hex(),
        },
        "receipt.json": {
            "private_key": centre.private_bytes_raw().hex(),
            "public_key": centre.public_key().public_bytes_raw().hex(),
            "id": id.hex(),
            **{name: data.hex() for name, data in receipts.items()},
        },
    }


def example(files: dict[str, dict[str, object]]) -> str:
    """The worked example as Markdown."""
    result, evidence, receipt = (files[f"{n}.json"] for n in ("result", "evidence", "receipt"))
    lines = ["| first bit | bits | what | value |", "|---:|---:|---|---|"]
    start = 0
    for what, width, value in result["parts"]:
        shown = f"`{value:0{width // 4}x}`" if what in ("package", "root") else str(value)
        lines.append(f"| {start} | {width} | {what} | {shown} |")
        start += width
    size = len(result["statement"]) // 2
    lines.append(f"| {start} | {8 * size - start} | zero bits | 0 |")
    lines += [
        "",
        f"The statement, {size} bytes:",
        *_block(result["statement"]),
        "Signed with the private key (a test key; the public key is below it):",
        *_block(result["private_key"], result["public_key"]),
        "gives the signature:",
        *_block(result["signature"]),
        f"The record has {size + 64} bytes, and its id is:",
        *_block(result["id"]),
        f"The evidence of one sheet, {len(evidence['evidence']) // 2} bytes of CBOR:",
        *_block(evidence["evidence"]),
        "With one more photo that is no sheet, of SHA-256",
        *_block(evidence["attachment"]),
        "the two leaf hashes in their order, and the root:",
        *_block(*evidence["leaf_hashes"], evidence["root"]),
        "The centre's key in this example (private, public):",
        *_block(receipt["private_key"], receipt["public_key"]),
        "Its receipt for the record, kind STORED:",
        *_block(receipt["stored"]),
    ]
    return "\n".join(lines) + "\n"


def _block(*texts: str) -> list[str]:
    rows = [text[at : at + 64] for text in texts for at in range(0, len(text), 64)]
    return ["```", *rows, "```"]


def main() -> None:
    files = vectors()
    for name, content in files.items():
        (HERE / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(before + BEGIN + example(files) + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
