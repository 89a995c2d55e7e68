"""The second reader of bundles, written from docs/wire.md, against what the first one writes."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.bundle import Bundle, Manifest
from tpsbox.verify.bundle import describe_bundle
from tpsbox.verify.describe import Description

sys.path.append(str(Path(__file__).parents[1] / "record"))

from bundle_samples import KEY, TPS, bundle_bytes, content

WHOLE = bundle_bytes(*content())
RAW_KEY = KEY.public_key().public_bytes_raw()


def said(data: bytes, key: bytes | None = RAW_KEY, holds: bool | None = True) -> Description:
    return describe_bundle(io.BytesIO(data), lambda body: Description((f"{body!r}",), holds), key)


def test_it_says_what_is_in_a_bundle_and_whose_it_is():
    found = said(WHOLE)
    assert found.holds is True
    assert found.lines == (
        f"Bungkusan TPS {TPS}, kotak ke-2",
        "Isi: 1 hasil, 1 bukti, 1 foto, 1 tanda terima",
        "Semua isi utuh menurut daftarnya.",
        "Tanda tangan daftar: cocok.",
        "",
        "b'a record'",
    )


def test_it_holds_only_if_manifest_and_records_do_and_says_when_nobody_looked():
    assert said(WHOLE, bytes(31) + b"\1").holds is False
    assert said(WHOLE, RAW_KEY, holds=False).holds is False
    unseen = said(WHOLE, None, None)
    assert unseen.holds is None and "BELUM DIPERIKSA" in "\n".join(unseen.lines)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_bundle_that_was_cut_off_is_refused(length: int):
    with pytest.raises(InputError, match="cut off"):
        said(WHOLE[:length])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6))
def test_an_altered_bundle_never_says_anything_else_and_never_crashes(changes):
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    try:
        found = said(bytes(data))
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert found.holds is False or found == said(WHOLE)


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\3\4", WHOLE]))
def test_noise_is_refused(noise: bytes, start: bytes):
    with pytest.raises(InputError):
        said(start + noise + b"!")


def signed(manifest: Manifest | bytes, held: dict[str, bytes]) -> bytes:
    data = (
        manifest if isinstance(manifest, bytes) else msgspec.json.encode(manifest, order="sorted")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", data)
        archive.writestr("manifest.sig", KEY.sign(b"tps-box/bundle/1\0" + data))
        for name, body in held.items():
            archive.writestr(name, body)
    return out.getvalue()


def test_both_readers_refuse_the_same_manifests():
    manifest, held = content()
    plain = msgspec.json.encode(manifest, order="sorted")
    first = msgspec.structs.replace(manifest.entries[0], name="records/other.bin")
    wrong = [
        b"{}",
        b"[" * 100_000,
        plain.replace(b'"epoch":2', b'"epoch":0'),
        plain.replace(b'"epoch":2', b'"epoch": 2'),
        plain.replace(b'"version":1', b'"version":2'),
        plain.replace(TPS.encode(), b"6302042001000"),
        plain.replace(b'"kind":"photo"', b'"kind":"evidence"'),
        msgspec.structs.replace(manifest, entries=manifest.entries[:3]),
        msgspec.structs.replace(manifest, entries=(*manifest.entries, manifest.entries[0])),
        msgspec.structs.replace(manifest, entries=(first, *manifest.entries[1:])),
        msgspec.structs.replace(manifest, entries=manifest.entries[1:]),
    ]
    for one in wrong:
        data = signed(one, held)
        with pytest.raises(InputError):
            said(data)
        with pytest.raises((InputError, AnswerError)):
            Bundle(io.BytesIO(data))
    assert said(signed(manifest, held)).holds
    Bundle(io.BytesIO(signed(manifest, held))).verify(KEY.public_key())
