"""The centre's own broker with one door more: a connection that speaks for all boxes at once.

A box has a certificate and a connection of its own; 435,296 of them cannot stand on one machine.
What the broker then does with a message is the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from faults_programs import LIB, BenchError, Program, broker_program, listens, wait_for
from tpscentral.folder import Folder

FLEET, LISTENER = "armada", "pendengar"
COUNTED = "hitung/hasil"
"""Where the plain subscriber says how many messages it has."""
ACL = f"""
user {FLEET}
topic write tps/#
topic read receipt/#
topic read {COUNTED}

user {LISTENER}
topic read tps/#
topic write {COUNTED}
"""


@dataclass(frozen=True)
class Door:
    """How the fleet comes in: the plain listener on this machine, and its password."""

    port: int
    password: str


def open_door(folder: Folder, port: int) -> Door:
    """Add the listener, its two users and what they may to the files that `init` wrote."""
    password = token_hex(16)
    passwords = folder.broker / "passwords"
    program = shutil.which("mosquitto_passwd")
    if program is None:
        raise BenchError("mosquitto_passwd is missing: sudo apt-get install mosquitto")
    passwords.touch(mode=0o600)
    for user in (FLEET, LISTENER):
        subprocess.run([program, "-b", passwords, user, password], check=True)
    with (folder.broker / "mosquitto.conf").open("a") as file:
        file.write(f"\npassword_file {passwords}\nlistener {port} 127.0.0.1\n")
    with (folder.broker / "acl").open("a") as file:
        file.write(ACL)
    return Door(port, password)


def start_broker(folder: Folder, door: Door, log: Path) -> Program:
    """The broker, listening."""
    program = broker_program(folder.root, log)
    program.start()
    wait_for("the broker", lambda: listens("127.0.0.1", door.port))
    return program


def start_listener(door: Door, count: int, log: Path, ready: Callable[[], bool]) -> Program:
    """The plain subscriber, a program of its own that takes `count` messages and ends."""
    command = [sys.executable, LIB / "fleet_listener.py", str(door.port), door.password, str(count)]
    program = Program(command, log)
    program.start()
    wait_for("the subscriber", ready)
    return program
