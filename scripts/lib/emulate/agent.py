"""The host's end of the line to the hand and eye in the guest (guest/agent.py)."""

from __future__ import annotations

import base64
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tpsbox.errors import EnvironmentFault

ASK_AGAIN = 2.0
"""Seconds after which a guest that may still be booting is asked anew."""


@dataclass(frozen=True)
class Done:
    """A command that has ended in the guest."""

    code: int
    out: str
    err: str


class Agent:
    """Requests one after another; each waits for its answer."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._got = b""
        self._number = time.monotonic_ns()

    def await_guest(self, seconds: float) -> None:
        """Ask until the guest answers.

        Raises:
            EnvironmentFault: it does not in that time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self._ask("run", ASK_AGAIN, command=["true"], timeout=5)
                return
            except TimeoutError:
                pass
        raise EnvironmentFault(f"the guest does not answer within {seconds:g} s: see console.log")

    def run(self, *command: str, timeout: float = 120, text: str = "") -> Done:
        """Run a command in the guest to its end, whatever its exit code."""
        found = self._request("run", timeout + 60, command=command, timeout=timeout, text=text)
        return Done(found["code"], found["out"], found["err"])

    def call(self, *command: str, timeout: float = 120, text: str = "") -> str:
        """What a command printed.

        Raises:
            EnvironmentFault: it failed; its last words.
        """
        done = self.run(*command, timeout=timeout, text=text)
        if done.code:
            said = (done.err.strip() or done.out.strip() or "no word").splitlines()[-1]
            raise EnvironmentFault(f"guest: {' '.join(command[:3])} ended with {done.code}: {said}")
        return done.out

    def tpsbox(self, *words: str, timeout: float = 240) -> Done:
        """Run a command of the product, as its own user."""
        found = self._request("tpsbox", timeout, words=words)
        return Done(found["code"], found["out"], found["err"])

    def put(self, path: str, data: bytes) -> int:
        """Write a file in the guest, whole at once; its time in nanoseconds."""
        text = base64.b64encode(data).decode()
        at: int = self._request("put", 120, path=path, data=text)["at"]
        return at

    def get(self, path: str) -> bytes:
        """A file of the guest."""
        return base64.b64decode(self._request("get", 120, path=path)["data"])

    def rows(self, database: str, query: str) -> list[list[Any]]:
        """What a database of the guest answers."""
        found: list[list[Any]] = self._request("rows", 120, database=database, query=query)["rows"]
        return found

    def log(self, since: int) -> list[str]:
        """What the kiosk has logged after so many lines."""
        lines: list[str] = self._request("log", 120, since=since)["lines"]
        return lines

    def pull(self, pin: int, seconds: float) -> None:
        """Hold the button on a pin for so long; see guest/agent.py for 0 and less."""
        self._request("pull", abs(seconds) + 60, pin=pin, seconds=seconds)

    def lights(self, pins: list[int]) -> tuple[float, dict[int, list[tuple[float, int]]]]:
        """The guest's time and the last changes of each light."""
        found = self._request("lights", 60, pins=pins)
        edges = {int(pin): [(t, v) for t, v in seen] for pin, seen in found["edges"].items()}
        return found["now"], edges

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _request(self, do: str, patience: float, **arguments: object) -> dict[str, Any]:
        try:
            return self._ask(do, patience, **arguments)
        except TimeoutError as error:
            raise EnvironmentFault(f"the guest gave no answer to {do} in {patience:g} s") from error
        except OSError as error:
            raise EnvironmentFault(f"the guest is gone at {do}: {error}") from error

    def _ask(self, do: str, patience: float, **arguments: object) -> dict[str, Any]:
        self._number += 1
        line = json.dumps({"id": self._number, "do": do, "with": arguments})
        self._socket.sendall(line.encode() + b"\n")
        end = time.monotonic() + patience
        while True:
            answer = self._line(end)
            if answer.get("id") != self._number:
                continue  # to a question that was given up
            if "error" in answer:
                raise EnvironmentFault(f"guest: {do}: {answer['error']}")
            return answer

    def _line(self, end: float) -> dict[str, Any]:
        while b"\n" not in self._got:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            data = self._socket.recv(1 << 20)
            if not data:
                raise ConnectionError("the line was closed")
            self._got += data
        line, _, self._got = self._got.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer
