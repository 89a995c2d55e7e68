"""Brings a SIM7600 to where it can connect: SIM, network, clock, certificates, TLS.

Commands as in the SIM7500/SIM7600 AT Command Manual V3.00. The modem checks certificates against
its own clock, which is set from the box's; that check is never turned off.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509

from tpsbox.links.port import ClockSuspect, StopLink, WaitForNetwork
from tpsbox.links.sim7600_talk import Talk

log = logging.getLogger(__name__)

CLOCK_DOUBT = 60.0
"""Seconds between two clocks that are worth a word."""
FILE_LIMIT = 10_240
"""Bytes of a certificate file that the modem takes."""
REGISTERED = {1: "home", 5: "roaming"}
LOOK_AGAIN = 1.0
"""Seconds between two questions for the network."""
_FIRST_YEAR = 24
"""Two digits; a modem that no network has told the time starts in 1970 or 1980."""
_CCLK = re.compile(r'"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d)"')
_LISTED = re.compile(r'"(tps-[a-z]+-[0-9a-f]{8}\.pem)"')


class TlsFiles(msgspec.Struct, frozen=True):
    """PEM files of this box: its certificate, its TLS key, and the CA of the broker."""

    certificate: Path
    key: Path
    ca: Path


def start(talk: Talk) -> None:
    """See that a modem is there and speaks plainly.

    Raises:
        WaitForNetwork: it is silent.
    """
    for command in ("AT", "ATE0", "AT+CMEE=2"):
        talk.ask(command)
    # The end of what an earlier run asked for may still come: this answer is told from it.
    version = talk.ask("AT+CGMR", "CGMR").text("CGMR")
    talk.lost = ""  # what it said while it was starting is no loss
    log.info("SIM7600 %s on %s", version or "of unknown firmware", talk.line.path)


def register(talk: Talk, apn: str, pause: Callable[[float], None]) -> None:
    """Wait until the modem has a network.

    Raises:
        WaitForNetwork: no SIM, or no network within the patience.
        StopLink: the modem refuses the access point.
    """
    sim = talk.ask("AT+CPIN?", "CPIN")
    if sim.text("CPIN") != "READY":
        why = sim.error or sim.text("CPIN") or "no answer"
        raise WaitForNetwork(f"{talk.line.path}: no usable SIM ({why}): put one in without a PIN")
    _must(talk, f'AT+CGDCONT=1,"IP","{apn}"', "the access point")
    deadline = talk.line.clock() + talk.patience.network
    while not _registered(talk):
        if talk.line.clock() >= deadline:
            signal = talk.ask("AT+CSQ", "CSQ").text("CSQ") or "unknown"
            raise WaitForNetwork(
                f"{talk.line.path}: no mobile network here (signal {signal}): move the antenna"
            )
        pause(LOOK_AGAIN)


def set_clock(talk: Talk, now: Callable[[], datetime]) -> float | None:
    """Give the modem the box's time, which must come back.

    The answer is by how many seconds the network's time is ahead, None if the modem knew none.

    Raises:
        ClockSuspect: the modem does not keep the time that it was given.
    """
    talk.ask("AT+CTZU=1")
    ahead = _ahead(talk, now)
    talk.ask(f'AT+CCLK="{now().astimezone(UTC):%y/%m/%d,%H:%M:%S}+00"')
    left = _ahead(talk, now)
    if left is None or abs(left) > CLOCK_DOUBT:
        raise ClockSuspect(f"{talk.line.path}: the modem does not take the box's time: restart it")
    if ahead is not None and abs(ahead) > CLOCK_DOUBT:
        log.warning("this box's clock is %+.0f s from the mobile network's", -ahead)
    return ahead


def check_dates(files: TlsFiles, now: datetime) -> None:
    """See that this box's certificates hold now, before the modem is asked for anything.

    Raises:
        ClockSuspect: one does not.
        StopLink: one is missing or damaged.
    """
    for path in (files.ca, files.certificate):
        try:
            certificate = x509.load_pem_x509_certificate(_read(path))
        except ValueError as error:
            raise StopLink(f"{path}: damaged: enrol this box again") from error
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise ClockSuspect(f"{path}: not valid at this box's time: set the clock")


def secure(talk: Talk, files: TlsFiles) -> None:
    """Load this box's certificates, and demand the broker's on TLS 1.2.

    Raises:
        StopLink: a file is none, or the modem refuses it or a setting.
    """
    bodies = {"ca": _read(files.ca), "cert": _read(files.certificate), "key": _read(files.key)}
    names = {kind: _file_name(kind, body) for kind, body in bodies.items()}
    _load(talk, {names[kind]: body for kind, body in bodies.items()})
    for setting in (
        '"sslversion",0,3',  # TLS 1.2, the newest that the modem has; 4 would allow older ones
        '"authmode",0,2',  # the broker's certificate is checked, and ours is shown
        f'"cacert",0,"{names["ca"]}"',
        f'"clientcert",0,"{names["cert"]}"',
        f'"clientkey",0,"{names["key"]}"',
        '"ignorelocaltime",0,0',
        '"enableSNI",0,1',
    ):
        _must(talk, f"AT+CSSLCFG={setting}", setting.split('"')[1])


def forget_certificates(talk: Talk) -> None:
    """Have them loaded anew at the next connection: a power cut may have left half a file."""
    _load(talk, {})


def _load(talk: Talk, wanted: dict[str, bytes]) -> None:
    """Make the modem's files of this program exactly these; a name says what is inside."""
    listed = set(_LISTED.findall("\n".join(talk.ask("AT+CCERTLIST").lines)))
    for name in sorted(listed - set(wanted)):
        talk.ask(f'AT+CCERTDELE="{name}"')
    for name in sorted(set(wanted) - listed):
        body = wanted[name]
        if talk.enter(f'AT+CCERTDOWN="{name}",{len(body)}', "CCERTDOWN", body):
            raise StopLink(f"{talk.line.path}: the modem does not take {name}: restart it")


def _registered(talk: Talk) -> bool:
    for word in ("CEREG", "CGREG"):
        match = re.fullmatch(r"\d, ?(\d).*", talk.ask(f"AT+{word}?", word).text(word) or "")
        if match is not None and int(match[1]) in REGISTERED:
            return True
    return False


def _ahead(talk: Talk, now: Callable[[], datetime]) -> float | None:
    """By how many seconds the modem's clock is ahead of the box's, None if it was never set."""
    time = _modem_time(talk)
    return None if time is None else (time - now()).total_seconds()


def _modem_time(talk: Talk) -> datetime | None:
    match = _CCLK.search(talk.ask("AT+CCLK?", "CCLK").text("CCLK") or "")
    if match is None or not _FIRST_YEAR <= int(match[1]) < 70:
        return None
    year, month, day, hour, minute, second, quarters = (int(part) for part in match.groups())
    try:
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return local - timedelta(minutes=15 * quarters)


def _read(path: Path) -> bytes:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise StopLink(f"{path}: cannot be read: enrol this box again") from error
    if not 0 < len(body) <= FILE_LIMIT:
        raise StopLink(f"{path}: {len(body)} bytes: the modem takes 1 to {FILE_LIMIT}")
    return body


def _file_name(kind: str, body: bytes) -> str:
    return f"tps-{kind}-{hashlib.sha256(body).hexdigest()[:8]}.pem"


def _must(talk: Talk, command: str, name: str) -> None:
    reply = talk.ask(command)
    if reply.error:
        raise StopLink(f"{talk.line.path}: the modem refuses {name}: {reply.error}")
