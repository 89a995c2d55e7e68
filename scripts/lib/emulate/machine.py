"""The emulated computer: starts, is cut off from power, is put back to a moment before."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path

from tpsbox.errors import EnvironmentFault

from emulate.agent import Agent
from emulate.host import PATH, do
from emulate.image import Image
from emulate.qmp import Qmp

MEMORY = "1536M"
BOOT_SECONDS = 900.0
"""70 to 140 s were measured on two busy cores; on a machine with ten other jobs it took minutes."""

PROCESSOR = "max,-erms,-smap,-la57,-avx,-avx2,-f16c"
"""Without what is dear to emulate: copying byte by byte, two more steps for each, longer tables.

Nor with AVX, which QEMU 7.2 was the first to emulate.
"""
KERNEL_LINE = (
    "console=ttyS0 quiet mitigations=off nokaslr tsc=reliable net.ifnames=0"
    " transparent_hugepage=always init_on_alloc=0 nowatchdog audit=0 rodata=off cryptomgr.notests"
)


def key() -> str:
    """What a remembered moment depends on beside the image: this file and QEMU itself."""
    version = do(["qemu-system-x86_64", "--version"])
    return hashlib.sha256(version.encode() + Path(__file__).read_bytes()).hexdigest()[:8]


class Machine:
    """One guest in `folder`. Nothing of its disk is shared with another one."""

    def __init__(self, folder: Path, image: Image, disk: Path | None = None) -> None:
        """`disk` is one kept from an earlier machine of the same image; else a new one is made."""
        self._folder = folder
        self._image = image
        self._process: subprocess.Popen[bytes] | None = None
        self.disk = folder / "disk.qcow2"
        if disk is not None:
            do(["cp", "--sparse=always", disk, self.disk])
        else:
            new = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw"]
            do([*new, "-b", image.disk, self.disk])
        self.qmp: Qmp
        self.agent: Agent
        self.booted_in = 0.0

    @property
    def on(self) -> bool:
        """Whether it has power."""
        return self._process is not None and self._process.poll() is None

    def power_on(self, moment: str = "") -> None:
        """Boot, or go on from a remembered moment; return when the guest answers.

        Raises:
            EnvironmentFault: it does not, within BOOT_SECONDS.
        """
        began = time.monotonic()
        with (self._folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command(), *(("-loadvm", moment) if moment else ())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PATH": PATH},
                # Not a leader: whoever leads a session and opens a pty is hung up with it.
                process_group=0,
            )
        self.qmp = self._connect()
        self.agent = Agent(self._folder / "agent.sock")
        self.agent.await_guest(BOOT_SECONDS)
        # It has no network time, and a remembered guest believes that no time has passed.
        self.agent.call("date", "-s", f"@{time.time():.3f}")
        self.booted_in = time.monotonic() - began

    def cut(self) -> None:
        """The power is gone: what the guest had not written to its disk is lost."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self.agent.close()
            self.qmp.close()

    def quit(self) -> None:
        """End the emulator in good order; the guest is not asked."""
        self.qmp.do("quit")
        if self._process is not None:
            self._process.wait(60)
        self.agent.close()
        self.qmp.close()

    def remember(self, moment: str) -> None:
        """Keep memory and disk as they are now, under a name."""
        self.qmp.person(f"savevm {moment}")

    def return_to(self, moment: str) -> None:
        """Put memory and disk back to that moment; whatever was plugged in since is gone."""
        self.cut()
        self.power_on(moment)

    def boot_id(self) -> str:
        """The guest's own name for its present boot."""
        return self.agent.get("/proc/sys/kernel/random/boot_id").decode().strip()

    def _connect(self) -> Qmp:
        end = time.monotonic() + 30
        while True:
            try:
                return Qmp(self._folder / "qmp.sock")
            except OSError:
                if not self.on or time.monotonic() > end:
                    log = (self._folder / "qemu.log").read_text().strip().splitlines()
                    said = log[-1] if log else "no word"
                    raise EnvironmentFault(f"qemu did not start: {said}") from None
                time.sleep(0.1)

    def _command(self) -> list[str]:
        base, folder = self._image.base, self._folder
        socket = "server=on,wait=off"
        # Volatile write cache, as on a memory card: only what the guest flushes is kept for sure.
        disk = f"file={self.disk},if=none,id=disk,format=qcow2,cache=writeback"
        words = (
            "qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -display none -nodefaults"
            f" -cpu {PROCESSOR} -m {MEMORY} -kernel {base.kernel} -initrd {base.initrd}"
            f" -serial file:{folder}/console.log"
            f" -drive {disk} -device virtio-blk-pci,drive=disk"
            " -netdev user,id=net0 -device virtio-net-pci,netdev=net0,id=nic"
            " -device virtio-rng-pci -device virtio-serial-pci -device qemu-xhci,id=usb"
            f" -chardev socket,id=agent,path={folder}/agent.sock,{socket}"
            " -device virtserialport,chardev=agent,name=emulate"
            f" -qmp unix:{folder}/qmp.sock,{socket}"
            " -device i6300esb -action watchdog=reset"
        )
        return [*words.split(), "-append", KERNEL_LINE]
