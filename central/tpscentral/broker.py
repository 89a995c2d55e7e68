"""The files of the MQTT broker: mosquitto 2.0 and 2.1 take them as they are."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from tpsbox.record.enrolment import Broker
from tpsbox.record.topics import CENTRE_STATUS

from tpscentral.certificates import CENTRE_NAME
from tpscentral.workers import WORKERS, worker_name

_SHARING = "\n".join(
    f"user {worker_name(worker)}\ntopic read tps/#\ntopic write receipt/#\n"
    for worker in range(2, WORKERS + 1)
)
ACL = f"""\
# The centre reads what boxes publish, writes receipts, and says whether it is there.
user {CENTRE_NAME}
topic read tps/#
topic write receipt/#
topic write {CENTRE_STATUS}

# Its further workers.
{_SHARING}

# A box: the common name of its certificate is its TPS code and its username.
pattern write tps/%u/#
pattern read receipt/%u/#
# The same for every box; mosquitto remarks at its start that the line names no user.
pattern read {CENTRE_STATUS}
"""

# The largest is a chunk or an evidence of 64 kB with its topic and properties. Boxes send again
# what a full queue drops.
PACKET_LIMIT = 80_000
QUEUE_BYTES = 1_000_000_000


def configuration(folder: Path, broker: Broker, modem_port: int | None = None) -> str:
    """The text of mosquitto.conf for a broker whose files lie in `folder`.

    `modem_port`: of a second listener, for modems with an MQTT of their own, which speak no TLS
    newer than 1.2 (SIM7600: `AT+CSSLCFG="sslversion"`).

    The broker saves what it holds every ten seconds, not on every change, which would let through
    a tenth: what it loses when it is killed has no receipt, so a box sends it again. A broker
    started by root would change to a user who cannot read the keys, hence `user`.
    """
    return f"""\
user {_owner()}

{_listener(folder, broker.port, broker.host, "tlsv1.3")}
{_listener(folder, modem_port, broker.host, "tlsv1.2") if modem_port else ""}
allow_anonymous false
acl_file {folder / "acl"}

persistence true
persistence_location {folder / "data"}/
autosave_on_changes false
autosave_interval 10
persistent_client_expiration 14d

max_packet_size {PACKET_LIMIT}
max_queued_messages 10000
max_queued_bytes {QUEUE_BYTES}
max_inflight_messages 400
"""


def _listener(folder: Path, port: int, host: str, tls: str) -> str:
    return f"""\
listener {port} {host}
cafile {folder / "ca.pem"}
certfile {folder / "server.pem"}
keyfile {folder / "server.key"}
tls_version {tls}
require_certificate true
use_identity_as_username true
# The session belongs to the certificate, so no box can take another's by its client id.
use_username_as_clientid true
"""


def _owner() -> str:
    """The user of this process, who owns the files; only a broker started by root needs it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.geteuid())
