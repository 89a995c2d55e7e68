"""A modem that answers by rote: what it is told to say when it hears a command."""

from __future__ import annotations

import os
import pty
import select
import threading
import time
import tty

from tpsbox.links.serial_port import SerialLine

JOIN_EUI, APP_KEY = "70B3D57ED0000001", "8899AABBCCDDEEFF0011223344556677"


class ScriptedModem:
    """Answers the first command that begins with a key with its lines; each answer is used once.

    What has no answer of its own gets the one of `always`, if it has one.
    """

    def __init__(self, always) -> None:
        self._always = always
        self._answers: list[tuple[str, bytes]] = []
        self.heard: list[str] = []
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def answer(self, command: str, *lines: str | bytes) -> None:
        raw = b"".join(
            line if isinstance(line, bytes) else f"{line}\r\n".encode() for line in lines
        )
        self._answers.append((command, raw))

    def babble(self, text: bytes) -> None:
        """Say that for ever, whatever is asked."""

        def talk() -> None:
            while not self._stop.is_set():
                if select.select([], [self._master], [], 0.02)[1]:
                    os.write(self._master, text)

        self._threads.append(threading.Thread(target=talk))
        self._threads[-1].start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _serve(self) -> None:
        buffer = b""
        while not self._stop.is_set():
            if not select.select([self._master], [], [], 0.02)[0]:
                continue
            buffer += os.read(self._master, 4096)
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                self._hear(line.decode().strip())

    def _hear(self, command: str) -> None:
        self.heard.append(command)
        for number, (start, raw) in enumerate(self._answers):
            if command.startswith(start):
                del self._answers[number]
                os.write(self._master, raw)
                return
        os.write(self._master, self._always(command))


def opening(script: ScriptedModem, baud: int, driver):
    """What opens a driver of that class with a given patience, for as long as a fixture."""
    made = []

    def connected(patience):
        line = SerialLine(script.path, baud, time.monotonic, threading.Event())
        made.append(driver(line, JOIN_EUI, APP_KEY, patience))
        line.open()
        return made[-1]

    yield connected
    for modem in made:
        modem.close()
