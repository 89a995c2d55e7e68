"""Workers have certificates of their own, and one that ends is started again."""

import subprocess
import sys
import threading

import pytest
from central_samples import WAIT
from cryptography import x509
from cryptography.x509.oid import NameOID
from tpscentral import workers
from tpscentral.cli import main
from tpscentral.workers import WORKERS, keep_workers, worker_files, worker_name

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_worker_has_a_private_key_and_a_certificate_in_its_name_made_once(centre):
    certificate, key = worker_files(centre.folder, 2)
    before = certificate.read_bytes(), key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    subject = x509.load_pem_x509_certificate(before[0]).subject
    [name] = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == worker_name(2) == "centre-2"
    assert worker_files(centre.folder, 2) == (certificate, key)
    assert (certificate.read_bytes(), key.read_bytes()) == before
    assert worker_files(centre.folder, 1)[0].name == "mqtt.pem"


def test_the_broker_knows_every_worker_and_lets_none_say_that_the_centre_is_there(centre):
    blocks = (centre.folder.broker / "acl").read_text().split("user ")
    for worker in range(2, WORKERS + 1):
        [block] = [one for one in blocks if one.startswith(f"centre-{worker}\n")]
        assert "topic read tps/#" in block and "topic write receipt/#" in block
        assert "centre/status" not in block.partition("#  ")[0].split("\n\n")[0]


def test_a_worker_that_was_killed_is_started_again_and_all_end_together(centre, monkeypatch):
    started, again = [], threading.Event()

    def start(_folder, worker):
        process = subprocess.Popen(SLEEP)
        started.append((worker, process))
        if len(started) == 3:
            again.set()
        return process

    monkeypatch.setattr(workers, "_start", start)
    monkeypatch.setattr(workers, "PAUSE", 0.02)
    stop = threading.Event()
    keeper = threading.Thread(target=keep_workers, args=(centre.folder, 2, stop))
    keeper.start()
    try:
        for _ in range(100 * WAIT):
            if len(started) == 2:
                break
            again.wait(0.01)
        started[1][1].kill()
        assert again.wait(WAIT)
    finally:
        stop.set()
        keeper.join(WAIT)
    assert [worker for worker, _ in started] == [1, 2, 2]
    assert all(process.poll() is not None for _, process in started)


@pytest.mark.parametrize("count", ["0", "33", "zwei", "-1"])
def test_a_number_of_workers_that_the_broker_does_not_know_is_refused(count, capsys):
    assert main(["ingest", "--workers", count]) == 2
    assert "from 1 to 32" in capsys.readouterr().err
