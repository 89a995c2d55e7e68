"""Enrols a box: its key becomes (TPS, epoch), its TLS key gets a certificate for that TPS."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, update
from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.forms.election import Election
from tpsbox.record.enrolment import Enrolment, EnrolmentRequest, public_key

from tpscentral.certificates import Authority, pem, requested_key
from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.schema import enrolments

LAST_EPOCH = 255


def enrol(folder: Folder, database: Database, request: EnrolmentRequest, now: int) -> Enrolment:
    """Register the box that asks and answer with its epoch and certificates.

    The same key asks again and gets the same epoch. `now` in unix seconds.

    Raises:
        InputError: the request is for another election, an unknown TPS, or has a bad key or csr.
        AnswerError: the key belongs to another TPS, or the TPS has used up its epochs.
        EnvironmentFault: database or keys cannot be used.
    """
    election = _election(folder, request)
    election.tps(request.tps)
    public_key(request.public_key)
    tls_key = requested_key(request.csr)
    authority = load_authority(folder)
    certificate = authority.client(tls_key, request.tps)
    serial = f"{certificate.serial_number:x}"
    with database.write() as connection:
        epoch = _register(connection, request, serial, now)
    return Enrolment(
        version=1,
        tps=request.tps,
        package=request.package,
        epoch=epoch,
        centre_key=folder.key.public_key().public_bytes_raw().hex(),
        client_certificate=pem(certificate).decode(),
        ca_certificate=authority.pem.decode(),
        broker=folder.config.broker,
    )


def load_authority(folder: Folder) -> Authority:
    """The certificate authority of this folder.

    Raises:
        EnvironmentFault: its files cannot be read.
        InputError: they are damaged.
    """
    key, certificate = folder.keys / "ca.key", folder.keys / "ca.pem"
    try:
        return Authority.load(key.read_bytes(), certificate.read_bytes())
    except OSError as error:
        raise EnvironmentFault(f"{error.filename}: {error.strerror}") from error


def _election(folder: Folder, request: EnrolmentRequest) -> Election:
    election = folder.elections.get(bytes.fromhex(request.package))
    if election is None:
        known = ", ".join(f"{e.name} ({p.hex()})" for p, e in folder.elections.items())
        raise InputError(
            f"enrolment request: election {request.election[:80]!r} ({request.package}) is not "
            f"one of this centre: {known}"
        )
    return election


def _register(connection: Connection, request: EnrolmentRequest, serial: str, now: int) -> int:
    table = enrolments.c
    same = select(enrolments).where(table.public_key == request.public_key)
    known = connection.execute(same).one_or_none()
    if known is not None:
        if (known.tps, known.package) != (request.tps, request.package):
            raise AnswerError(f"this key is enrolled for TPS {known.tps}; make a new identity")
        mine = table.public_key == request.public_key
        connection.execute(update(enrolments).where(mine).values(serial=serial))
        return int(known.epoch)
    last = connection.scalar(select(func.max(table.epoch)).where(table.tps == request.tps))
    epoch = (last or 0) + 1
    if epoch > LAST_EPOCH:
        raise AnswerError(f"TPS {request.tps}: {LAST_EPOCH} boxes were enrolled; no epoch is left")
    connection.execute(
        insert(enrolments).values(
            tps=request.tps,
            epoch=epoch,
            package=request.package,
            public_key=request.public_key,
            serial=serial,
            enrolled_at=now,
        )
    )
    return epoch
