"""A PostgreSQL server in a folder of its own, for tests and benches: nobody else can reach it.

It listens on a socket in that folder alone and runs as an unprivileged user, as it insists on.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

PLACES = "/usr/lib/postgresql"
"""Where Debian keeps the servers, by version."""
USER = "postgres"
START_SECONDS = "60"


class PostgresServer:
    """A cluster that is made anew and gone after `remove`."""

    def __init__(
        self, parent: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        """Make the cluster below `parent` (default: the folder for temporary files).

        Raises:
            RuntimeError: PostgreSQL is not installed, or does not work here.
        """
        self._programs = _programs()
        self._owner = _owner()
        self.folder = Path(tempfile.mkdtemp(prefix="tps-postgres-", dir=parent))
        if self._owner is not None:
            os.chown(self.folder, self._owner, -1)
        self.data = self.folder / "data"
        said = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            **(settings or {}),
        }
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in said.items())

    def start(self) -> None:
        """Start the server and wait until it answers, after a crash too."""
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-t", START_SECONDS, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; `immediate` is as if the machine had lost its power."""
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def url(self, database: str = USER) -> str:
        """The address of a database, for a program on this machine."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.folder), safe='')}"

    def remove(self) -> None:
        """Stop the server if it runs, and remove the folder."""
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # Its output must not be a pipe: the server that pg_ctl leaves behind would hold it open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self._programs / program, *arguments],
                user=self._owner,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                check=False,
            )
            if done.returncode:
                said.seek(0)
                told = said.read().decode(errors="replace").strip().splitlines()
                raise RuntimeError(f"{program}: {told[-1] if told else 'failed'}")


def _programs() -> Path:
    found = sorted(Path(PLACES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError("PostgreSQL is missing: sudo apt-get install postgresql")
    return Path(on_path).resolve().parent


def _owner() -> int | None:
    """The user to run as: root must not, anybody else is themselves."""
    return pwd.getpwnam(USER).pw_uid if os.geteuid() == 0 else None
