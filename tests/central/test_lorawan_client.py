"""A real broker as ChirpStack uses it, the centre on one side and a network server on the other."""

import itertools
import logging
import queue
import signal
import subprocess
import sys
import threading

import paho.mqtt.client as mqtt
import pytest
from central_samples import MOSQUITTO, NOW, WAIT
from lorawan_samples import APPLICATION, RADIO, Broker, command, cut, topic, txack, up
from sqlalchemy import func, select
from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.short_receipt import verify_short
from tpsbox.record.signing import record_id
from tpscentral.certificates import Authority, key_pem, new_key, pem
from tpscentral.cli import main
from tpscentral.delegation import install_delegation, request_delegation, sign_delegation
from tpscentral.lorawan import LorawanDesk
from tpscentral.lorawan_client import LorawanClient, NetworkServer
from tpscentral.schema import results
from tpscentral.setup import create

pytestmark = pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")

COMMAND = [sys.executable, "-m", "tpscentral.cli", "lorawan"]
PASSWORD = "rahasia-sekali"
DOWN = "application/+/device/+/command/down"


class ChirpStack:
    """The network server's side: publishes events, and takes commands into a queue."""

    def __init__(self, port, password=None):
        self.commands = queue.Queue()
        self.subscribed = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="chirpstack")
        self.client.reconnect_delay_set(1, 1)
        if password is not None:
            self.client.username_pw_set("centre", password)
        self.client.on_connect = lambda *_: self.client.subscribe(DOWN, qos=1)
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = lambda _c, _u, m: self.commands.put((m.topic, m.payload))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.subscribed.wait(WAIT)

    def publish(self, event, qos=1):
        self.client.publish(*event, qos=qos).wait_for_publish(WAIT)

    def downlink(self):
        return self.commands.get(timeout=WAIT)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Watch(logging.Handler):
    """Sets `seen` once the log says certain words."""

    def __init__(self, words):
        super().__init__()
        self.words, self.seen = words, threading.Event()

    def emit(self, record):
        if self.words in record.getMessage():
            self.seen.set()


@pytest.fixture
def broker(tmp_path):
    made = Broker(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def desk(centre):
    return LorawanDesk(centre.folder, centre.database, lambda: NOW, lambda: 0.0)


@pytest.fixture
def run(desk):
    """Start a client of the desk on a network server's broker; it is stopped at the end."""
    started = []

    def start(server):
        stop = threading.Event()
        client = LorawanClient(server, desk, stop)
        thread = threading.Thread(target=client.run)
        thread.start()
        started.append((stop, thread))
        return client

    yield start
    for stop, thread in started:
        stop.set()
        thread.join(WAIT)
        assert not thread.is_alive()


@pytest.fixture
def client(run, broker):
    made = run(NetworkServer("127.0.0.1", broker.port))
    assert made.ready.wait(WAIT)
    return made


@pytest.fixture
def chirpstack(broker, client):
    made = ChirpStack(broker.port)
    yield made
    made.close()


def key_of(box):
    return short_key(box.agreement_key, agreement_key(box.enrolment.centre_agreement_key), box.tps)


def expect_stored(box, chirpstack, record):
    port, data = command(chirpstack.downlink())
    assert port == 10
    assert verify_short(data, record_id(record), key_of(box)) is ReceiptKind.STORED


def count(centre):
    with centre.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(results))


@pytest.mark.parametrize("qos", [0, 1])
def test_a_record_gets_its_short_receipt(centre, box, chirpstack, qos):
    record = box.record()
    chirpstack.publish(up(10, record), qos)
    expect_stored(box, chirpstack, record)
    assert count(centre) == 1


def test_fragments_get_the_bitmap_and_then_the_receipt(centre, box, chirpstack):
    record = box.record()
    frames = cut(record, 51)
    for f_cnt, frame in enumerate(frames[1:]):
        chirpstack.publish(up(11, frame, f_cnt=f_cnt))
    port, data = command(chirpstack.downlink())
    assert (port, data) == (11, bytes([record_id(record)[0] % 64, 0x80, 0, 0, 0]))
    chirpstack.publish(txack())
    chirpstack.publish(up(11, frames[0], f_cnt=9))
    expect_stored(box, chirpstack, record)
    assert count(centre) == 1


def test_noise_holds_up_nobody(centre, box, chirpstack, desk):
    for event in ((topic(), b"{"), (topic(), b"\xff" * 70_000), up(10, b"noise"), up(77, b"x")):
        chirpstack.publish(event)
    record = box.record()
    chirpstack.publish(up(10, record))
    expect_stored(box, chirpstack, record)
    assert (desk.unusable, desk.strangers) == (2, 1)


def test_what_could_not_be_committed_comes_again(centre, box, chirpstack, desk, monkeypatch):
    handle = desk.handle
    failed = threading.Event()

    def full_once(where, payload):
        if not failed.is_set():
            failed.set()
            raise EnvironmentFault("database: disk full")
        return handle(where, payload)

    monkeypatch.setattr(desk, "handle", full_once)
    record = box.record()
    chirpstack.publish(up(10, record))
    expect_stored(box, chirpstack, record)
    assert failed.is_set()


def test_a_fault_of_the_program_holds_up_nobody(centre, box, chirpstack, desk, monkeypatch):
    handle = desk.handle
    first = up(10, box.record(1))

    def broken(where, payload):
        if payload == first[1]:
            raise ZeroDivisionError
        return handle(where, payload)

    monkeypatch.setattr(desk, "handle", broken)
    chirpstack.publish(first)
    record = box.record(2)
    chirpstack.publish(up(10, record))
    expect_stored(box, chirpstack, record)
    assert chirpstack.commands.empty()


def test_a_broker_that_is_killed_and_comes_back(centre, box, broker, client, chirpstack):
    chirpstack.publish(up(10, box.record(1)))
    expect_stored(box, chirpstack, box.record(1))
    client.ready.clear()
    chirpstack.subscribed.clear()
    broker.kill()
    broker.start()
    assert client.ready.wait(WAIT) and chirpstack.subscribed.wait(WAIT)
    record = box.record(2)
    chirpstack.publish(up(10, record, f_cnt=1))
    expect_stored(box, chirpstack, record)
    assert count(centre) == 2


def test_only_the_named_application_is_heard(centre, box, broker, run, desk):
    client = run(NetworkServer("127.0.0.1", broker.port, application="another"))
    assert client.ready.wait(WAIT)
    chirpstack = ChirpStack(broker.port)
    chirpstack.publish(up(10, box.record()))
    where, payload = up(10, box.record(2))
    mine = where.replace(APPLICATION, "another"), payload.replace(APPLICATION.encode(), b"another")
    chirpstack.publish(mine)
    answer = chirpstack.downlink()
    assert answer[0] == f"application/another/device/{RADIO.dev_eui}/command/down"
    chirpstack.close()
    assert count(centre) == 1


@pytest.fixture
def guarded(tmp_path):
    """A broker with TLS that asks for a certificate: (broker, its folder)."""
    folder = tmp_path / "guarded"
    files = {name: folder / name for name in ("ca.pem", "server.pem", "server.key")}
    made = Broker(
        folder,
        f"cafile {files['ca.pem']}",
        f"certfile {files['server.pem']}",
        f"keyfile {files['server.key']}",
        "require_certificate true",
        "use_identity_as_username true",
    )
    authority = Authority.create()
    server, own = new_key(), new_key()
    files["ca.pem"].write_bytes(authority.pem)
    files["server.key"].write_bytes(key_pem(server))
    files["server.pem"].write_bytes(pem(authority.server(server.public_key(), "127.0.0.1")))
    (folder / "own.key").write_bytes(key_pem(own))
    (folder / "own.pem").write_bytes(pem(authority.client(own.public_key(), "centre")))
    made.start()
    yield made, folder
    made.kill()


def test_tls_with_an_own_certificate(guarded, run):
    broker, folder = guarded
    files = {"ca": "ca.pem", "certificate": "own.pem", "key": "own.key"}
    paths = {option: folder / name for option, name in files.items()}
    client = run(NetworkServer("127.0.0.1", broker.port, **paths))
    assert client.ready.wait(WAIT)


def test_a_broker_of_another_authority_is_not_trusted(guarded, run, tmp_path):
    broker, folder = guarded
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(Authority.create().pem)
    own = {"certificate": folder / "own.pem", "key": folder / "own.key"}
    refused = Watch("CERTIFICATE_VERIFY_FAILED")
    log = logging.getLogger("tpscentral.lorawan")
    log.addHandler(refused)
    client = run(NetworkServer("127.0.0.1", broker.port, ca=stranger, **own))
    assert refused.seen.wait(WAIT)
    assert not client.ready.is_set()
    log.removeHandler(refused)


def test_wrong_settings_show_at_the_start(desk, tmp_path):
    stop = threading.Event()
    with pytest.raises(EnvironmentFault, match=r"none\.pem"):
        LorawanClient(NetworkServer("x", 1, ca=tmp_path / "none.pem"), desk, stop)
    with pytest.raises(InputError, match="application"):
        LorawanClient(NetworkServer("x", 1, application="#"), desk, stop)


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ((), 2, "--broker"),
        (("--broker", "host:0"), 2, "HOST:PORT"),
        (("--broker", "host:99999"), 2, "HOST:PORT"),
        (("--broker", "a b"), 2, "HOST:PORT"),
        (("--broker", "host", "--key", "k"), 2, "go together"),
        (("--broker", "host", "--key", "k", "--certificate", "c"), 2, "--ca"),
        (("--broker", "host", "--password-file", "p"), 2, "--user"),
        (("--broker", "host", "--user", "u", "--password-file", "/none"), 4, "No such file"),
        (("--broker", "host", "--application", "+"), 3, "application"),
    ],
)
def test_what_the_command_refuses(centre, capsys, words, code, hint):
    assert main(["lorawan", "--data", str(centre.folder.root), *words]) == code
    assert hint in capsys.readouterr().err


def test_a_kecamatan_gives_no_receipts_by_radio(centre, tmp_path, capsys):
    toml = tmp_path / "centre" / "uji.toml"
    kecamatan = create(tmp_path / "kecamatan", centre.folder.config.broker, [str(toml)])
    certificate, _ = sign_delegation(
        centre.folder,
        request_delegation(kecamatan),
        package=centre.election.package,
        region="6302",
        not_before=0,
        not_after=NOW,
    )
    install_delegation(kecamatan, certificate)
    assert main(["lorawan", "--data", str(kecamatan.root), "--broker", "localhost"]) == 1
    assert "run it at the centre" in capsys.readouterr().err


def test_the_command_logs_in_takes_a_record_and_ends_on_term(tmp_path, centre, box):
    """The broker lets in only who knows the password, and the log says nothing of it."""
    folder = tmp_path / "secret"
    broker = Broker(folder, "allow_anonymous false", f"password_file {folder / 'passwords'}")
    tool = ["mosquitto_passwd", "-b", "-c", folder / "passwords", "centre", PASSWORD]
    subprocess.run(tool, check=True, capture_output=True)
    broker.start()
    (folder / "given").write_text(f"{PASSWORD}\n")
    options = ["--user", "centre", "--password-file", folder / "given"]
    process = subprocess.Popen(
        [*COMMAND, "--broker", f"127.0.0.1:{broker.port}", "--data", centre.folder.root, *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = list(itertools.takewhile(lambda line: "ready" not in line, process.stderr))
        chirpstack = ChirpStack(broker.port, PASSWORD)
        record = box.record()
        chirpstack.publish(up(10, record))
        expect_stored(box, chirpstack, record)
        chirpstack.close()
        process.send_signal(signal.SIGTERM)
        lines += process.stderr.readlines()
        assert process.wait(WAIT) == 0
        assert any(record_id(record).hex()[:16] in line for line in lines)
        assert PASSWORD not in "".join(lines)
    finally:
        process.kill()
        process.stderr.close()
        broker.kill()
