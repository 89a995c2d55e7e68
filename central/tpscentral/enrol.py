"""Enrols a box: its key becomes (TPS, epoch), its TLS key gets a certificate for that TPS."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update
from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.forms.election import Election
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.enrolment import Enrolment, EnrolmentRequest, check_possession

from tpscentral.certificates import Authority, pem, requested_key
from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.schema import enrolments
from tpscentral.wilayah import expect_tps

LAST_EPOCH = 255


def enrol(
    folder: Folder,
    database: Database,
    request: EnrolmentRequest,
    now: int,
    *,
    replace: bool = False,
) -> Enrolment:
    """Register the box that asks and answer with its epoch and certificates.

    The same keys ask again and get the same epoch. `replace` lets a box take the place of the one
    that its TPS has already. `now` in unix seconds.

    Raises:
        InputError: the request is for another election, an unknown TPS, or has a bad key or csr.
        AnswerError: the sender does not hold the key, the key is enrolled otherwise, the TPS has
            a box and `replace` is not set, or it has used up its epochs.
        EnvironmentFault: database or keys cannot be used.
    """
    election = _election(folder, request)
    election.tps(request.tps)
    check_possession(request)
    short_key(folder.agreement, agreement_key(request.agreement_key), request.tps)
    tls_key = requested_key(request.csr)
    authority = load_authority(folder)
    certificate = authority.client(tls_key, request.tps)
    serial = f"{certificate.serial_number:x}"
    with database.write() as connection:
        epoch = _register(connection, request, serial, now, replace)
        expect_tps(connection, request.tps, election)
    return Enrolment(
        version=2,
        tps=request.tps,
        package=request.package,
        epoch=epoch,
        centre_key=folder.key.public_key().public_bytes_raw().hex(),
        centre_agreement_key=folder.agreement.public_key().public_bytes_raw().hex(),
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
    if request.election != election.name:
        raise InputError(
            f"enrolment request: it names election {request.election[:80]!r}, but its package "
            f"{request.package} is {election.name!r} here; prepare the box with that election"
        )
    return election


def _register(
    connection: Connection, request: EnrolmentRequest, serial: str, now: int, replace: bool
) -> int:
    table = enrolments.c
    same = select(enrolments).where(table.public_key == request.public_key)
    known = connection.execute(same).one_or_none()
    if known is not None:
        enrolled = (known.tps, known.package, known.agreement_key)
        if enrolled != (request.tps, request.package, request.agreement_key):
            raise AnswerError(
                f"this key is enrolled for TPS {known.tps} with other data; make a new identity"
            )
        mine = table.public_key == request.public_key
        connection.execute(update(enrolments).where(mine).values(serial=serial))
        return int(known.epoch)
    epoch = _next_epoch(connection, request.tps, replace)
    connection.execute(
        insert(enrolments).values(
            tps=request.tps,
            epoch=epoch,
            package=request.package,
            public_key=request.public_key,
            agreement_key=request.agreement_key,
            serial=serial,
            enrolled_at=now,
        )
    )
    return epoch


def _next_epoch(connection: Connection, tps: str, replace: bool) -> int:
    table = enrolments.c
    newest = select(enrolments).where(table.tps == tps).order_by(table.epoch.desc()).limit(1)
    box = connection.execute(newest).one_or_none()
    if box is None:
        return 1
    if box.epoch >= LAST_EPOCH:
        raise AnswerError(f"TPS {tps}: {LAST_EPOCH} boxes were enrolled; no epoch is left")
    if not replace:
        day = datetime.fromtimestamp(box.enrolled_at, UTC).date()
        raise AnswerError(
            f"TPS {tps} has a box already: epoch {box.epoch}, enrolled on {day}, key "
            f"{box.public_key[:16]}; if this one takes its place, enrol it with --replace"
        )
    return int(box.epoch) + 1
