"""Writes the test vectors and the worked example of docs/wire.md: python tests/vectors/generate.py.

Nothing here comes from the product's own encoders, so that the vectors are a check on them.
"""

import hashlib
import json
from pathlib import Path

import cbor2
from coded import ELECTION_TOML, TPS, TWO_TOML, cases, election, example_said, statement, symbols
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "wire.md"
BEGIN = "<!-- example: written by tests/vectors/generate.py -->\n"
END = "<!-- end of example -->\n"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


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


def vectors() -> dict[str, dict[str, object]]:
    """The content of each file, by its name."""
    chosen = election()
    box = Ed25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: box"))
    centre = Ed25519PrivateKey.from_private_bytes(sha(b"tps-box test vectors: centre"))
    photo, attachment = sha(b"example photo"), sha(b"example attachment")
    evidence = cbor2.dumps(evidence_plain(photo), canonical=True)
    first, second = sorted(sha(b"\0" + leaf) for leaf in (evidence, attachment))
    root = sha(b"\1" + first + second)[:16]
    stated = statement(chosen, root, example_said())
    signature = box.sign(b"tps-box/result/1\0" + stated)
    id = sha(stated + signature)
    receipts = {
        name: bytes([kind]) + id[:8] + centre.sign(b"tps-box/receipt/1\0" + bytes([kind]) + id)
        for name, kind in (("stored", 1), ("refused", 2), ("conflict", 3))
    }
    return {
        "result.json": {
            "election_toml": ELECTION_TOML,
            "package": chosen.package.hex(),
            "symbols": symbols(),
            "statement": stated.hex(),
            "private_key": box.private_bytes_raw().hex(),
            "public_key": box.public_key().public_bytes_raw().hex(),
            "signature": signature.hex(),
            "id": id.hex(),
            "two_contests_toml": TWO_TOML,
            "two_contests": cases(),
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
    size = len(result["statement"]) // 2
    lines = [
        f"Version 2, package `{result['package']}` and the root are the first 21 bytes.",
        "The symbols of the coded part, in the order in which they are read:",
        "",
        "| what | symbol | before | weight | whole |",
        "|---|---:|---:|---:|---:|",
    ]
    for what, *step in result["symbols"]:
        lines.append(f"| {what} | " + " | ".join(map(str, step)) + " |")
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
