"""A bundle gives back what was put in, and nothing else passes for one."""

from __future__ import annotations

import io
import zipfile

import msgspec
import pytest
from bundle_samples import BODIES, KEY, PACKAGE, TPS, bundle_bytes, content, sha
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st
from tpsbox.errors import AnswerError, InputError
from tpsbox.record import bundle as module
from tpsbox.record.bundle import Bundle, Manifest, bundle_name, entry

WHOLE = bundle_bytes(*content())


def opened(data: bytes) -> Bundle:
    return Bundle(io.BytesIO(data))


def refused(data: bytes, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        every = opened(data)
        for one in every.manifest.entries:
            every.read(one)
    assert "\n" not in str(caught.value)


def signed(manifest: object) -> bytes:
    """A bundle around any manifest, with a signature that holds."""
    data = (
        manifest if isinstance(manifest, bytes) else msgspec.json.encode(manifest, order="sorted")
    )
    names = [one.name for one in manifest.entries] if isinstance(manifest, Manifest) else []
    held = content()[1]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", data)
        archive.writestr("manifest.sig", KEY.sign(module.BUNDLE_CONTEXT + data))
        for name in names:
            archive.writestr(name, held.get(name, b"something"))
    return out.getvalue()


def test_all_that_went_in_comes_out_and_the_same_content_is_the_same_file():
    manifest, held = content()
    found = opened(WHOLE)
    found.verify(KEY.public_key())
    assert found.manifest == manifest
    assert {one.name: found.read(one) for one in manifest.entries} == held
    assert bundle_bytes(manifest, held) == WHOLE


def test_a_person_can_open_it_with_any_program_for_zip_files():
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[:3] == [
            "manifest.json",
            "manifest.sig",
            f"records/{sha(BODIES[0][1])}.bin",
        ]
        assert all(info.external_attr >> 16 == 0o100644 for info in archive.infolist())


@given(
    st.lists(
        st.tuples(st.sampled_from(["record", "evidence", "photo"]), st.binary(min_size=1)),
        min_size=1,
        max_size=5,
        unique_by=lambda pair: pair[1],
    )
)
def test_any_content_goes_round(bodies: list[tuple[str, bytes]]):
    manifest, held = content(bodies)
    found = opened(bundle_bytes(manifest, held))
    assert {one.name: found.read(one) for one in found.manifest.entries} == held


def test_only_the_key_of_the_box_makes_a_bundle_of_it():
    with pytest.raises(AnswerError, match="not from the key of this box"):
        opened(WHOLE).verify(Ed25519PrivateKey.generate().public_key())
    manifest = content()[0]
    other = signed(msgspec.structs.replace(manifest, tps="6302042001002"))
    opened(other).verify(KEY.public_key())
    forged = other.replace(b"6302042001002", TPS.encode())
    refused(forged, "damaged")  # ZIP's own check; with that mended, the signature
    with zipfile.ZipFile(io.BytesIO(other)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["manifest.json"] = parts["manifest.json"].replace(b"6302042001002", TPS.encode())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(AnswerError):
        opened(out.getvalue()).verify(KEY.public_key())


@given(st.integers(0, len(WHOLE) - 1))
def test_a_bundle_that_was_cut_off_is_refused(length: int):
    refused(WHOLE[:length], "cut off|too short|directory")


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6))
@example([(len(WHOLE) - 1, 255)])
def test_an_altered_bundle_never_gives_other_content_and_never_crashes(changes):
    data = bytearray(WHOLE)
    for place, byte in changes:
        data[place] = byte
    manifest, held = content()
    try:
        found = opened(bytes(data))
        found.verify(KEY.public_key())
        got = {one.name: found.read(one) for one in found.manifest.entries}
    except (InputError, AnswerError) as error:
        assert "\n" not in str(error)
    else:
        assert (found.manifest, got) == (manifest, held)


@given(st.binary(max_size=300), st.integers(0, 3))
def test_noise_is_refused(noise: bytes, kind: int):
    tail = WHOLE[-22:]
    refused((noise, noise + tail, WHOLE + noise + b"!", b"!" + noise + WHOLE)[kind], "bundle")


def test_what_is_compressed_encrypted_or_carries_extras_is_refused():
    def packed(**changes: object) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(out, "w") as new:
            for info in old.infolist():
                mine = zipfile.ZipInfo(info.filename)
                for name, value in changes.items():
                    setattr(mine, name, value)
                new.writestr(mine, old.read(info))
        return out.getvalue()

    opened(packed())
    refused(packed(compress_type=zipfile.ZIP_DEFLATED), "simply stored")
    refused(packed(comment=b"hello"), "simply stored|directory")
    refused(packed(extra=b"\x01\x02\x00\x00"), "simply stored|behind")
    out = io.BytesIO(WHOLE)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"hello"
    refused(out.getvalue(), "ZIP file|directory")


def test_files_that_the_manifest_does_not_name_are_refused():
    out = io.BytesIO(WHOLE)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("photos/more.jpg", b"more")
    refused(out.getvalue(), "not those of the manifest")


def test_a_directory_of_many_names_is_refused_before_it_is_read():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(module.ENTRIES_LIMIT + 3):
            archive.writestr(str(number), b"")
    refused(out.getvalue(), "directory")


def changed(manifest: Manifest, index: int, **changes: object) -> Manifest:
    entries = list(manifest.entries)
    entries[index] = msgspec.structs.replace(entries[index], **changes)
    return msgspec.structs.replace(manifest, entries=tuple(entries))


def test_a_manifest_that_signs_nonsense_is_refused_though_its_signature_holds():
    manifest = content()[0]
    first = manifest.entries[0]
    opened(signed(manifest))
    refused(signed(changed(manifest, 0, name="../../etc/passwd")), "named by its content")
    refused(signed(changed(manifest, 0, kind="photo")), "named by its content")
    refused(signed(changed(manifest, 0, size=9)), "another size")
    refused(signed(changed(manifest, 3, name=f"receipts/{'ab' * 32}.bin")), "named by its content")
    twice = msgspec.structs.replace(manifest, entries=(first, first))
    with pytest.warns(UserWarning, match="Duplicate"):
        refused(signed(twice), "twice")
    refused(signed(b"{}"), "manifest")
    refused(signed(b"[" * 5000), "manifest")
    refused(signed(msgspec.json.encode(manifest)[:-1] + b" }"), "manifest|canonical")
    refused(signed(msgspec.structs.replace(manifest, tps="6302042001000")), "13 digits")


def test_an_entry_above_the_limit_of_its_kind_is_refused():
    big = b"r" * 70_000
    refused(bundle_bytes(*content([("evidence", big)])), "too large")
    opened(bundle_bytes(*content([("photo", big)])))


def test_a_bundle_may_not_grow_beyond_what_every_stick_takes(monkeypatch):
    monkeypatch.setattr(module, "BUNDLE_LIMIT", 3000)
    with pytest.raises(InputError, match="larger than 3000"):
        bundle_bytes(*content([("photo", bytes(3000))]))
    monkeypatch.setattr(module, "ENTRIES_LIMIT", 3)
    with pytest.raises(InputError, match="more than 3 entries"):
        bundle_bytes(*content())


def test_names_fit_every_stick():
    assert bundle_name(TPS, 255, 65535) == f"tps-{TPS}-255-65535.tpsbundle"
    with pytest.raises(InputError):
        bundle_name("63", 1, 1)
    assert entry("photo", "ab" * 32, 1).name == f"photos/{'ab' * 32}.jpg"
    assert PACKAGE.isalnum()
