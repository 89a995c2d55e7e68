"""A TCP port for a server that is started a moment later."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

BELOW_THE_KERNELS_OWN = range(10_000, 32_768)
"""Linux gives outgoing connections ports from 32,768 up (ip_local_port_range): one of those can
be taken by a stranger's connection between the question and the server's start."""

_TRIES = 100


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now, and that no connection is given by chance.

    Raises `OSError` when a hundred in a row are taken.
    """
    for _ in range(_TRIES):
        port = random.SystemRandom().choice(BELOW_THE_KERNELS_OWN)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port in {_TRIES} tries")
