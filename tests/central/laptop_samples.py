"""A kecamatan without a network: its laptop, a plenary played at it, and the file it hands up."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    NOW,
    SECOND_TPS,
    THIRD_TPS,
    TPS,
    box_record,
    officer,
    sheet_numbers,
)
from tpscentral.delegation import install_delegation, request_delegation, sign_delegation
from tpscentral.plenary.deciding import correct, state_no_result
from tpscentral.plenary.entries import enter
from tpscentral.plenary.exporting import export_recap
from tpscentral.plenary.importing import import_recap
from tpscentral.plenary.objections import add_objection

JPEG = b"\xff\xd8\xff" + bytes(100)
PPK = officer(KECAMATAN)


def delegate(country, laptop, region):
    answer, _ = sign_delegation(
        country.folder,
        request_delegation(laptop.folder),
        package=country.elections[KABUPATEN].package,
        region=region,
        not_before=NOW - 1000,
        not_after=NOW + 100_000,
    )
    install_delegation(laptop.folder, answer)


def play(laptop, country, first=(100, 50), key=None):
    """A plenary at the laptop: one box result, one typed sheet, one TPS without a result."""
    key = key or Ed25519PrivateKey.generate()
    record = box_record(laptop, TPS, first, key)
    id = laptop.keep_record(record, TPS, 1, 1, laptop.elections[KABUPATEN].package.hex(), key)
    country.enrol(TPS, key)
    laptop.box_result(TPS, first, result=id)
    with laptop.desk(PPK) as desk:
        change = {"paslon_1": first[0] - 10, "paslon_2": first[1] + 10}
        correct(desk, TPS, "gubernur", change, version=1, reason="salah baca")
        add_objection(
            desk, KECAMATAN, "gubernur", kind="keberatan", raised_by="Budi", text="<b>x</b>"
        )
    photo = laptop.photo(SECOND_TPS, body=JPEG)
    numbers = {field.name: 0 for field in laptop.form("gubernur").fields} | sheet_numbers((7, 8))
    for name in ("anna", "budi"):
        with laptop.desk(officer(KECAMATAN, name)) as desk:
            enter(desk, SECOND_TPS, "gubernur", "typed", numbers, photo=photo)
    laptop.check(SECOND_TPS)
    with laptop.desk(PPK) as desk:
        state_no_result(desk, THIRD_TPS, "gubernur", version=0, reason="kotak hilang")
    laptop.lock(KECAMATAN)
    return id


def carry(laptop, now=NOW + 10):
    with laptop.database.write() as connection:
        return export_recap(laptop.folder, connection, KECAMATAN, "gubernur", now, lambda sha: JPEG)


def take_in(country, data, **named):
    kept = {}

    def keep(sha, body):
        kept[sha] = body
        return f"{sha[:2]}/{sha}.jpg"

    done = import_recap(country.folder, country.database, data, NOW + 20, keep, **named)
    return done, kept
