"""Setting up a centre and enrolling boxes: files, rights, certificates, epochs."""

import stat
from pathlib import Path

import msgspec
import pytest
from central_samples import NOW, OTHER_TPS, TPS, Box, Centre
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import insert, select
from tpsbox.errors import AnswerError, EnvironmentFault, InputError, UsageError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.enrolment import Broker
from tpscentral.database import Database
from tpscentral.enrol import enrol
from tpscentral.folder import Folder, open_folder
from tpscentral.schema import enrolments
from tpscentral.setup import create

HERE = Broker("127.0.0.1", 8883)


def test_only_the_owner_reads_the_folder(centre):
    for path in [centre.folder.root, *centre.folder.root.rglob("*")]:
        rights = stat.S_IMODE(path.stat().st_mode)
        if path.is_dir():
            assert rights == 0o700, path
        elif not path.name.startswith("central.db"):
            assert rights == 0o600, path


def test_the_database_keeps_what_it_commits(tmp_path):
    database = Database(tmp_path / "central.db")
    with database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_failed_transaction_leaves_nothing(centre):
    row = {"epoch": 1, "package": "00000000", "serial": "1", "enrolled_at": NOW}
    row["agreement_key"] = "b"
    with pytest.raises(ZeroDivisionError), centre.database.write() as connection:
        connection.execute(insert(enrolments).values(tps=TPS, public_key="a", **row))
        raise ZeroDivisionError
    twice = [{"tps": tps, "public_key": "a", **row} for tps in (TPS, OTHER_TPS)]
    unique = pytest.raises(EnvironmentFault, match=r"unique|UNIQUE")
    with unique, centre.database.write() as connection:
        connection.execute(insert(enrolments), twice)
    with centre.database.read() as connection:
        assert connection.execute(select(enrolments)).all() == []


def test_what_init_refuses(centre, tmp_path):
    root = centre.folder.root
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(AnswerError, match="already"):
        create(root, HERE, ["pilkada-2024-kotabaru"])
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="election"):
        create(tmp_path / "new", HERE, [])
    with pytest.raises(UsageError, match="reach"):
        create(tmp_path / "new", Broker("0.0.0.0", 8883), ["pilkada-2024-kotabaru"])
    with pytest.raises(InputError, match="unknown"):
        create(tmp_path / "new", HERE, ["pilkada-1955"])
    assert not (tmp_path / "new").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(AnswerError, match="empty"):
        create(tmp_path / "full", HERE, ["pilkada-2024-kotabaru"])


def test_an_election_that_changed_after_init_is_named(centre):
    source = Path(centre.folder.config.elections[0].source)
    source.write_text(source.read_text().replace("tps_limit = 300", "tps_limit = 301"))
    with pytest.raises(InputError, match="put the file back"):
        _ = Folder(centre.folder.root).elections


def test_a_folder_that_is_none_is_named(tmp_path):
    with pytest.raises(UsageError, match="tpscentral init"):
        open_folder(tmp_path)


def test_a_damaged_configuration_is_named(centre):
    centre.folder.config_file.write_text('{"version": 1}')
    with pytest.raises(InputError, match=r"config\.json"):
        _ = Folder(centre.folder.root).config


def certificate(enrolment):
    return x509.load_pem_x509_certificate(enrolment.client_certificate.encode())


def test_the_certificate_names_the_tps_and_not_what_the_request_says(centre):
    box = Box(centre)
    answer = enrol(centre.folder, centre.database, box.request(subject="centre"), NOW)
    issued = certificate(answer)
    authority = x509.load_pem_x509_certificate(answer.ca_certificate.encode())
    assert issued.subject.rfc4514_string() == f"CN={TPS}"
    assert issued.public_key() == box.tls_key.public_key()
    issued.verify_directly_issued_by(authority)
    usage = issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert answer.epoch == 1
    assert answer.centre_key == centre.key.public_bytes_raw().hex()
    assert answer.broker == centre.folder.config.broker


@pytest.mark.parametrize("what", ["tps", "agreement_key", "csr", "public_key", "proof"])
def test_only_the_holder_of_the_key_enrols_it(centre, box, what):
    """Whatever a stranger puts beside a key that is not his, he has no signature by it."""
    mine, stranger = box.request(), Box(centre, OTHER_TPS).request()
    request = msgspec.structs.replace(mine, **{what: getattr(stranger, what)})
    with pytest.raises(AnswerError, match="not signed by the key"):
        enrol(centre.folder, centre.database, request, NOW, replace=True)


def test_a_name_and_a_package_that_do_not_belong_together_are_refused(centre):
    request = Box(centre).request(election="lain")
    with pytest.raises(InputError, match=r"names election 'lain', but its package .* is 'uji'"):
        enrol(centre.folder, centre.database, request, NOW)


def test_a_box_is_replaced_only_on_purpose(centre, box):
    spare = Box(centre)
    with pytest.raises(AnswerError, match=r"has a box already: epoch 1, .* --replace"):
        enrol(centre.folder, centre.database, spare.request(), NOW)
    assert enrol(centre.folder, centre.database, box.request(), NOW).epoch == 1
    answer = enrol(centre.folder, centre.database, spare.request(), NOW, replace=True)
    assert answer.epoch == 2
    assert enrol(centre.folder, centre.database, spare.request(), NOW).epoch == 2


def test_both_sides_can_derive_the_key_of_short_receipts(centre, box):
    given = agreement_key(box.enrolment.centre_agreement_key)
    with centre.database.read() as connection:
        kept = connection.scalar(select(enrolments.c.agreement_key))
    ours = short_key(centre.folder.agreement, agreement_key(kept), TPS)
    assert short_key(box.agreement_key, given, TPS) == ours


def test_a_signing_key_keeps_its_agreement_key(centre, box):
    box.agreement_key = X25519PrivateKey.generate()
    with pytest.raises(AnswerError, match="with other data"):
        enrol(centre.folder, centre.database, box.request(), NOW, replace=True)


def test_epochs_count_boxes_and_the_same_key_keeps_its_own(centre):
    boxes = [centre.enrol() for _ in range(3)]
    assert [box.epoch for box in boxes] == [1, 2, 3]
    again = enrol(centre.folder, centre.database, boxes[1].request(), NOW)
    assert again.epoch == 2
    with centre.database.read() as connection:
        rows = connection.execute(select(enrolments).order_by(enrolments.c.epoch)).all()
    assert [row.epoch for row in rows] == [1, 2, 3]
    assert rows[1].serial == f"{certificate(again).serial_number:x}"


def test_a_key_belongs_to_one_tps(centre, box):
    box.tps = OTHER_TPS
    with pytest.raises(AnswerError, match=TPS):
        enrol(centre.folder, centre.database, box.request(), NOW)


def test_the_255th_box_is_the_last(centre, box):
    row = {"tps": TPS, "package": centre.election.package.hex(), "serial": "1", "enrolled_at": NOW}
    row["agreement_key"] = "b"
    with centre.database.write() as connection:
        connection.execute(insert(enrolments).values(epoch=255, public_key="a", **row))
    with pytest.raises(AnswerError, match="no epoch"):
        centre.enrol()


def csr(key, algorithm=None):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    return request.sign(key, algorithm or SHA256()).public_bytes(Encoding.PEM).decode()


def broken_signature(box):
    der = bytearray(x509.load_pem_x509_csr(box.request().csr.encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda box: {"csr": "nothing"}, "PKCS #10"),
        (lambda box: {"csr": csr(rsa.generate_private_key(65537, 2048))}, "P-256"),
        (lambda box: {"csr": csr(ec.generate_private_key(ec.SECP384R1()))}, "P-256"),
        (lambda box: {"csr": broken_signature(box)}, "signed by its own key"),
        (lambda box: {"package": "00000000"}, "not one of this centre"),
        (lambda box: {"agreement_key": "00" * 32}, "low order"),
    ],
)
def test_what_enrolment_refuses(centre, change, words):
    box = Box(centre)
    request = box.request(**change(box))
    with pytest.raises(InputError, match=words):
        enrol(centre.folder, centre.database, request, NOW)
    with centre.database.read() as connection:
        assert connection.execute(select(enrolments)).all() == []


def test_a_tps_outside_the_election_is_refused(tmp_path):
    folder = create(tmp_path / "data", HERE, ["pilkada-2024-kotabaru"])
    database = Database(folder.database)
    [election] = folder.elections.values()
    place = Centre.__new__(Centre)
    place.election = election
    known = Box(place, election.all_tps()[0])
    assert enrol(folder, database, known.request(), NOW).epoch == 1
    with pytest.raises(InputError, match="not in pilkada"):
        enrol(folder, database, Box(place, "1101012001001").request(), NOW)
    database.close()
