import datetime

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.enrolment import Broker, Enrolment, EnrolmentRequest, check_possession
from tpsbox.store.store import Store

TPS = "6302042001001"
KEYS = ("sign.key", "tls.key", "agree.key", "identity.json")
PACKAGE = b"\x01\x02\x03\x04"


def raw(key) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def certificate(public_key, name: str) -> str:
    day = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(names, names, public_key, 1, day, day.replace(year=2050))
    return (
        builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )


def answer(request: EnrolmentRequest, **changes) -> Enrolment:
    csr = x509.load_pem_x509_csr(request.csr.encode())
    whole = {
        "version": 2,
        "tps": request.tps,
        "package": request.package,
        "epoch": 1,
        "centre_key": raw(Ed25519PrivateKey.generate()),
        "centre_agreement_key": raw(X25519PrivateKey.generate()),
        "client_certificate": certificate(csr.public_key(), request.tps),
        "ca_certificate": certificate(ec.generate_private_key(ec.SECP256R1()).public_key(), "ca"),
        "broker": Broker("localhost", 8883),
    }
    return Enrolment(**(whole | changes))


@pytest.fixture
def request_(store) -> EnrolmentRequest:
    return store.identity.create(TPS, "uji", PACKAGE)


def test_the_request_names_the_box_and_its_keys(store, request_):
    assert (request_.tps, request_.election, request_.package) == (TPS, "uji", "01020304")
    assert request_.public_key == raw(store.identity.signing_key())
    csr = x509.load_pem_x509_csr(request_.csr.encode())
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == f"CN={TPS}"
    assert isinstance(csr.public_key().curve, ec.SECP256R1)
    assert request_.agreement_key == raw(store.identity.agreement_key())
    check_possession(request_)
    again = store.identity.request()
    check_possession(again)
    fresh = {"csr": "", "proof": ""}  # an ECDSA signature is another one every time
    assert msgspec.structs.replace(again, **fresh) == msgspec.structs.replace(request_, **fresh)


def test_keys_are_for_this_user_alone(store, request_):
    assert store.identity.folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in store.identity.folder.iterdir()}
    assert modes == dict.fromkeys(KEYS, 0o600)


def test_an_identity_is_never_overwritten(store, request_):
    with pytest.raises(AnswerError, match="already has an identity"):
        store.identity.create(TPS, "uji", PACKAGE)
    assert raw(store.identity.signing_key()) == request_.public_key


def test_without_an_identity_there_is_a_clear_line(store):
    assert not store.identity.exists()
    assert store.identity.enrolment() is None
    for call in (store.identity.owner, store.identity.signing_key, store.identity.request):
        with pytest.raises(AnswerError, match="no TPS yet"):
            call()
    with pytest.raises(InputError, match="13 digits"):
        store.identity.create("63", "uji", PACKAGE)
    assert not store.identity.exists()


def test_a_right_enrolment_is_installed(store, request_):
    enrolment = answer(request_, epoch=3)
    store.identity.install(enrolment)
    with Store(store.folder) as again:
        assert again.identity.enrolment() == enrolment
        pem = again.identity.client_certificate.read_text()
        assert pem == enrolment.client_certificate
        assert again.identity.ca_certificate.read_text() == enrolment.ca_certificate
    store.identity.install(answer(request_, epoch=3))
    with pytest.raises(AnswerError, match="epoch 2 is older than 3"):
        store.identity.install(answer(request_, epoch=2))


def test_a_damaged_enrolment_says_what_to_do_and_is_replaced(store, request_):
    store.identity.install(answer(request_, epoch=3))
    (store.folder / "identity" / "enrolment.json").write_bytes(b"\0" * 200)
    with pytest.raises(InputError, match=r"enrolment\.json: damaged .* again with tpsbox init"):
        store.identity.enrolment()
    store.identity.install(answer(request_, epoch=3))
    assert store.identity.enrolment().epoch == 3


@pytest.mark.parametrize(
    ("changes", "error", "line"),
    [
        ({"tps": "6302042001002"}, AnswerError, "for TPS 6302042001002"),
        ({"package": "ffffffff"}, AnswerError, "for election package ffffffff"),
        ({"client_certificate": "x"}, InputError, "client_certificate is not a PEM"),
        ({"ca_certificate": "x"}, InputError, "ca_certificate is not a PEM"),
        ({"centre_agreement_key": "00" * 32}, InputError, "low order"),
    ],
)
def test_an_enrolment_for_another_box_is_refused(store, request_, changes, error, line):
    with pytest.raises(error, match=line):
        store.identity.install(answer(request_, **changes))
    assert store.identity.enrolment() is None


def test_a_certificate_for_another_key_or_name_is_refused(store, request_):
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(AnswerError, match="not for the key of this box"):
        store.identity.install(answer(request_, client_certificate=certificate(other, TPS)))
    ours = x509.load_pem_x509_csr(request_.csr.encode()).public_key()
    with pytest.raises(AnswerError, match="does not name TPS"):
        store.identity.install(
            answer(request_, client_certificate=certificate(ours, "6302042001002"))
        )
    assert store.identity.enrolment() is None


@pytest.mark.parametrize("name", ["sign.key", "agree.key", "identity.json"])
def test_a_damaged_file_is_one_clear_line(store, request_, name):
    (store.identity.folder / name).write_bytes(b"\xff\xfe")
    with pytest.raises(EnvironmentFault, match=f"{name}: damaged"):
        store.identity.request()


def test_a_key_of_another_kind_is_damage(store, request_):
    folder = store.identity.folder
    (folder / "agree.key").write_bytes((folder / "sign.key").read_bytes())
    with pytest.raises(EnvironmentFault, match=r"agree\.key: damaged"):
        store.identity.agreement_key()
    (folder / "sign.key").write_bytes((folder / "tls.key").read_bytes())
    with pytest.raises(EnvironmentFault, match=r"sign\.key: damaged"):
        store.identity.signing_key()


def test_the_key_of_short_receipts_is_that_of_the_centre(store, request_):
    with pytest.raises(AnswerError, match="not enrolled yet"):
        store.identity.short_key()
    centre = X25519PrivateKey.generate()
    store.identity.install(answer(request_, centre_agreement_key=raw(centre)))
    box = agreement_key(request_.agreement_key)
    assert store.identity.short_key() == short_key(centre, box, TPS)
