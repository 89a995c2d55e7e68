"""Makes a new folder for the centre: keys, certificates, broker files, database, configuration."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tpsbox.errors import AnswerError, EnvironmentFault, UsageError
from tpsbox.forms.election import Election, load_election
from tpsbox.record.enrolment import Broker

from tpscentral.broker import ACL, configuration
from tpscentral.certificates import CENTRE_NAME, Authority, key_pem, new_key, pem
from tpscentral.database import migrated
from tpscentral.folder import DATABASE_VARIABLE, Config, ElectionEntry, Folder, write_private
from tpscentral.photostore import open_photos
from tpscentral.wilayah import fill_election

UNREACHABLE = ("0.0.0.0", "::", "")


def create(
    root: Path,
    broker: Broker,
    elections: list[str],
    *,
    training: bool = False,
    photos: str = "",
    modem_port: int | None = None,
) -> Folder:
    """A new folder at `root`, which must not exist or be empty.

    The database is a file in it, or that of PostgreSQL which $TPSCENTRAL_DATABASE names; `photos`
    is the URL of another store than this folder; `modem_port` that of a listener for modems.

    Raises:
        AnswerError: there is something at `root` already.
        UsageError: no election, a host that a box cannot connect to, one port for two listeners, or
            no URL of a store.
        InputError: an election is unknown or its file broken.
        EnvironmentFault: the disk does not take it.
    """
    if not elections:
        raise UsageError("init: name at least one --election")
    if broker.host in UNREACHABLE:
        raise UsageError(f"init: {broker.host!r} is no host that a box can reach; name its address")
    if modem_port == broker.port:
        raise UsageError(f"init: {modem_port} is the port for boxes; modems need one of their own")
    folder = Folder(root)
    if folder.config_file.exists():
        raise AnswerError(f"{root}: is a centre's folder already; nothing was changed")
    open_photos(photos, folder.photos)
    entries = tuple(_entry(name) for name in elections)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise AnswerError(f"{root}: is not empty; name a new folder")
        _write_all(folder, broker, modem_port)
        _fill(folder, [load_election(entry.source) for entry in entries])
        config = Config(
            version=1, broker=broker, elections=entries, training=training, photos=photos
        )
        # The last file: only a folder that is whole has it.
        write_private(folder.config_file, msgspec.json.format(msgspec.json.encode(config)))
    except AnswerError:
        raise
    except OSError as error:
        raise EnvironmentFault(f"{root}: {error.strerror or error}") from error
    return folder


def _entry(name: str) -> ElectionEntry:
    election = load_election(name)
    path = Path(name)
    source = str(path.absolute()) if path.suffix == ".toml" or path.exists() else name
    return ElectionEntry(source=source, package=election.package.hex())


def _write_all(folder: Folder, broker: Broker, modem_port: int | None) -> None:
    for place in (folder.keys, folder.broker, folder.broker / "data", folder.photos):
        place.mkdir(mode=0o700)
    authority = Authority.create()
    server, client = new_key(), new_key()
    conf = configuration(folder.broker, broker, modem_port)
    files = {
        folder.keys / "centre.key": _pem(Ed25519PrivateKey.generate()),
        folder.keys / "agreement.key": _pem(X25519PrivateKey.generate()),
        folder.keys / "ca.key": key_pem(authority.key),
        folder.keys / "ca.pem": authority.pem,
        folder.keys / "mqtt.key": key_pem(client),
        folder.keys / "mqtt.pem": pem(authority.client(client.public_key(), CENTRE_NAME)),
        folder.broker / "ca.pem": authority.pem,
        folder.broker / "server.key": key_pem(server),
        folder.broker / "server.pem": pem(authority.server(server.public_key(), broker.host)),
        folder.broker / "acl": ACL.encode(),
        folder.broker / "mosquitto.conf": conf.encode(),
    }
    for path, data in files.items():
        write_private(path, data)
    if url := os.environ.get(DATABASE_VARIABLE):
        write_private(folder.database_url, url.encode())


def _fill(folder: Folder, elections: list[Election]) -> None:
    """Make the tables and enter the regions that the elections name."""
    with migrated(folder.database) as database, database.write() as connection:
        for election in elections:
            fill_election(connection, election)


def _pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
