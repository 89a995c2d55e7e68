"""Several processes that take in results side by side: their names, certificates and keeper.

The broker ties a session to a certificate, so every worker has its own.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tpsbox.errors import EnvironmentFault

from tpscentral.certificates import CENTRE_NAME, key_pem, new_key, pem
from tpscentral.enrol import load_authority
from tpscentral.folder import Folder, write_private

WORKERS = 32
"""Most that the broker's access list knows."""
PAUSE = 1.0
"""Seconds before a worker that ended is started again."""
PATIENCE = 30.0
"""Seconds that a worker may take to finish what it has begun."""


def worker_name(worker: int) -> str:
    """The MQTT user and client id of worker 2 and up; worker 1 is the centre itself."""
    return f"{CENTRE_NAME}-{worker}"


def worker_files(folder: Folder, worker: int) -> tuple[Path, Path]:
    """Certificate and key of a worker, made if it is new.

    Raises:
        EnvironmentFault: they cannot be read or written.
    """
    if worker == 1:
        return folder.keys / "mqtt.pem", folder.keys / "mqtt.key"
    certificate, key = (folder.keys / f"mqtt-{worker}.{kind}" for kind in ("pem", "key"))
    if not certificate.exists():
        own = new_key()
        signed = load_authority(folder).client(own.public_key(), worker_name(worker))
        try:
            # The certificate comes last: where it is, the key is too.
            key.unlink(missing_ok=True)
            write_private(key, key_pem(own))
            write_private(certificate, pem(signed))
        except OSError as error:
            raise EnvironmentFault(f"{folder.keys}: {error.strerror or error}") from error
    return certificate, key


def keep_workers(folder: Folder, count: int, stop: threading.Event) -> None:
    """Run workers 1 to `count`, each in a process of its own, and start again those that end."""
    for worker in range(1, count + 1):
        worker_files(folder, worker)
    running = [_start(folder, worker) for worker in range(1, count + 1)]
    try:
        while not stop.wait(PAUSE):
            for place, process in enumerate(running):
                if process.poll() is not None:
                    print(
                        f"tpscentral: worker {place + 1} ended ({process.returncode}); "
                        "it is started again",
                        file=sys.stderr,
                    )
                    running[place] = _start(folder, place + 1)
    finally:
        _end(running)


def _start(folder: Folder, worker: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tpscentral.cli", "ingest"]
    return subprocess.Popen([*command, "--data", str(folder.root), "--worker", str(worker)])


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
