"""QEMU's own control socket (QMP): stop, snapshots, plugging in and out."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from tpsbox.errors import EnvironmentFault


class Qmp:
    """One connection; commands one after another."""

    def __init__(self, path: Path, timeout: float = 300) -> None:
        """Connect and greet.

        Raises:
            OSError: nobody listens at `path`.
        """
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rwb")
        self._file.readline()  # the greeting
        self.do("qmp_capabilities")

    def do(self, command: str, **arguments: object) -> Any:
        """One command's result.

        Raises:
            EnvironmentFault: QEMU refuses it or is gone.
        """
        line = json.dumps({"execute": command, "arguments": arguments})
        try:
            self._file.write(line.encode() + b"\n")
            self._file.flush()
            while reply := self._file.readline():
                answer = json.loads(reply)
                if "error" in answer:
                    raise EnvironmentFault(f"qemu: {command}: {answer['error']['desc']}")
                if "return" in answer:
                    return answer["return"]
        except (OSError, ValueError) as error:
            raise EnvironmentFault(f"qemu: {command}: {error}") from error
        raise EnvironmentFault(f"qemu: ended at {command}")

    def person(self, line: str) -> None:
        """A command of the monitor for people, which says nothing if all went well.

        Raises:
            EnvironmentFault: it said something.
        """
        said = str(self.do("human-monitor-command", **{"command-line": line})).strip()
        if said:
            raise EnvironmentFault(f"qemu: {line}: {said}")

    def close(self) -> None:
        """End the connection."""
        self._file.close()
        self._socket.close()
