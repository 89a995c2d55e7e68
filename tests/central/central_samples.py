"""A centre in a temporary folder, boxes enrolled with it, and a broker that can be killed."""

import hashlib
import os
import queue
import ssl
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from ports import free_port
from tpsbox.forms.election import load_election
from tpsbox.record.chunks import CHUNK_BYTES, Offer, decode_missing, encode_offer
from tpsbox.record.enrolment import Broker, public_key, sign_request
from tpsbox.record.evidence import Evidence, FieldEvidence, Word, encode_evidence
from tpsbox.record.receipt import verify_receipt
from tpsbox.record.signing import sign_result
from tpsbox.record.statement import (
    Clock,
    ContestResult,
    State,
    Statement,
    Value,
    encode_statement,
)
from tpsbox.record.topics import (
    MISSING_TYPE,
    chunk_topic,
    photo_topic,
    receipt_topic,
    result_topic,
)
from tpscentral.database import Database
from tpscentral.enrol import enrol
from tpscentral.folder import DATABASE_VARIABLE
from tpscentral.intake import Intake
from tpscentral.setup import create
from tpscentral.tally import tally_all

MOSQUITTO = Path("/usr/sbin/mosquitto")
WAIT = 20
"""Seconds before a test gives up on an event; none is waited for in full when all is well."""

NOW = 1_732_700_000
TPS = "6302042001001"
OTHER_TPS = "6302042001002"
ELECTION_TOML = """
name = "uji"
title = "Pemilu uji"
date = "2024-02-14"
tps_limit = 300
[[contest]]
key = "ppwp"
title = "Presiden <dan> Wakil Presiden"
form = "ppwp-2024"
paslon = [{nomor=1, nama="Satu & <b>"}, {nomor=2, nama="Dua"}, {nomor=3, nama="Tiga"}]
[[contest]]
key = "kedua"
title = "Kontes kedua"
form = "ppwp-2024"
tags = [401, 402, 403]
paslon = [{nomor=1, nama="Satu"}, {nomor=2, nama="Dua"}, {nomor=3, nama="Tiga"}]
"""


def new_database():
    """The URL of a new database, None for SQLite; the fixture `engine` puts another here."""


@contextmanager
def own_database():
    """Let `init` use a database of the engine under test."""
    url = new_database()
    if url is None:
        yield
        return
    os.environ[DATABASE_VARIABLE] = url
    try:
        yield
    finally:
        del os.environ[DATABASE_VARIABLE]


class Centre:
    """An initialised folder with its database and intake."""

    def __init__(self, root):
        root.mkdir(exist_ok=True)
        election_file = root / "uji.toml"
        election_file.write_text(ELECTION_TOML)
        broker = Broker("127.0.0.1", free_port())
        with own_database():
            self.folder = create(root / "data", broker, [str(election_file)])
        self.election = load_election(str(election_file))
        self.database = Database(self.folder.database)
        self.intake = Intake(self.folder, self.database, lambda: NOW)
        self.key = self.folder.key.public_key()

    def enrol(self, tps=TPS):
        box = Box(self, tps)
        answer = enrol(self.folder, self.database, box.request(), NOW, replace=True)
        box.install(answer)
        return box


class Box:
    """The keys of a box, and what it would say."""

    def __init__(self, centre, tps=TPS):
        self.centre, self.tps, self.election = centre, tps, centre.election
        self.key = Ed25519PrivateKey.generate()
        self.agreement_key = X25519PrivateKey.generate()
        self.tls_key = ec.generate_private_key(ec.SECP256R1())
        self.epoch = 1

    def request(self, subject="anything at all", **changes):
        """A request that this box has signed, with `changes` to what it says."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(name)
        csr = builder.sign(self.tls_key, SHA256()).public_bytes(Encoding.PEM).decode()
        said = {
            "tps": self.tps,
            "election": self.election.name,
            "package": self.election.package.hex(),
            "agreement_key": self.agreement_key.public_key().public_bytes_raw().hex(),
            "csr": csr,
        }
        return sign_request(**{**said, **changes}, key=self.key)

    def install(self, enrolment):
        self.enrolment = enrolment
        self.epoch = enrolment.epoch

    def record(self, number=1, numbers=None, *, contests=None, epoch=None, tps=None, root=None):
        """A signed record; `numbers` gives (state, number) by field, for every contest."""
        if contests is None:
            contests = tuple(self.contest(c.key, numbers or {}) for c in self.election.contest)
        statement = Statement(
            package=self.election.package,
            tps=tps or self.tps,
            epoch=epoch or self.epoch,
            number=number,
            time=NOW - 60,
            clock=Clock.RTC,
            contests=contests,
            root=root or bytes(16),
        )
        return sign_result(encode_statement(statement, self.election), self.key)

    def contest(self, key, numbers, closed=True):
        fields = self.election.form_of(key).fields
        values = (numbers.get(field.name, (State.ABSENT, None)) for field in fields)
        return ContestResult(key, closed, tuple(Value(*value) for value in values))

    def evidence(self, photo=bytes(32), contest="ppwp", page=3, value=298, words=()):
        field = FieldEvidence("suara_sah", f"{value:03d}", value, "review", 0.6, ("ragu",), {})
        return encode_evidence(
            Evidence(
                tps=self.tps,
                contest=contest,
                form="ppwp-2024",
                page=page,
                photo=photo,
                homography=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
                fields=(field,),
                words=tuple(Word(name, "correct", number, NOW) for name, number in words),
                entry="camera",
                firmware="0.1.0",
                model=bytes(32),
            )
        )

    def kind(self, answer, id):
        """What the centre's answer says, verified."""
        assert answer.id == id
        assert answer.topic == receipt_topic(self.tps)
        centre_key = public_key(self.enrolment.centre_key)
        return verify_receipt(answer.payload, id, centre_key)

    def send(self, record):
        """Hand in a record, and let it count; the centre's answer."""
        answer = self.centre.intake.handle(result_topic(self.tps), record)
        tally_all(self.centre.database, self.centre.folder.elections)
        return answer

    def send_photo(self, jpeg, id=None):
        """Offer a photo and send what is missing of it; the centre's last answer."""
        id = id or hashlib.sha256(jpeg).digest()
        offer = Offer(len(jpeg), CHUNK_BYTES)
        topic = photo_topic(self.tps, id.hex())
        answer = self.centre.intake.handle(topic, encode_offer(offer))
        if answer is None or answer.content_type != MISSING_TYPE:
            return answer
        for index in decode_missing(answer.payload, offer.count):
            chunk = jpeg[slice(*offer.span(index))]
            answer = self.centre.intake.handle(chunk_topic(self.tps, id.hex(), index), chunk)
        return answer


class BrokerProcess:
    """The real broker with the configuration that init wrote."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None

    def start(self):
        conf = self.folder.broker / "mosquitto.conf"
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", conf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if " running" in line:
                break
        else:
            raise AssertionError("mosquitto did not start: " + "".join(lines))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(WAIT)


class BoxClient:
    """A box's connection; receipts arrive as (payload, correlation data) in a queue."""

    def __init__(self, box, folder, clean=True, **changes):
        self.receipts = queue.Queue()
        self.connected = queue.Queue()
        self.published = queue.Queue()
        cert, key, ca = (folder / name for name in ("box.pem", "box.key", "ca.pem"))
        cert.write_text(box.enrolment.client_certificate)
        ca.write_text(box.enrolment.ca_certificate)
        key.write_bytes(
            box.tls_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=changes.get("client_id", f"box-{box.tps}-{box.epoch}"),
            protocol=mqtt.MQTTv5,
        )
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(cert, key)
        self.client.tls_set_context(context)
        self.client.reconnect_delay_set(1, 2)
        self.client.on_connect = lambda *event: self.connected.put(event[3])
        self.client.on_message = self._message
        self.client.on_publish = lambda *event: self.published.put(event[3])
        self.client.on_subscribe = lambda *event: self.connected.put(event[3])
        broker = box.enrolment.broker
        self.client.connect(broker.host, broker.port, 10, clean_start=clean)
        self.client.loop_start()
        assert not self.connected.get(timeout=WAIT).is_failure
        self.topic = receipt_topic(box.tps)
        self.subscribe(self.topic)

    def subscribe(self, topic):
        self.client.subscribe(topic, qos=1)
        return self.connected.get(timeout=WAIT)

    def publish(self, topic, payload, id):
        """Publish and wait for the broker's own reason code, which never means stored."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = id
        self.client.publish(topic, payload, qos=1, properties=properties)
        return self.published.get(timeout=WAIT)

    def receipt(self):
        return self.receipts.get(timeout=WAIT)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def _message(self, _client, _user, message):
        correlation = getattr(message.properties, "CorrelationData", None)
        self.receipts.put((message.payload, correlation))
