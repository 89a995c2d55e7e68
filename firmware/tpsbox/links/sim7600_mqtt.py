"""The MQTT 3.1.1 client inside a SIM7600, and what its error codes ask for.

Codes as in the SIM7500/SIM7600 AT Command Manual V3.00, section 16.3.1.
"""

from __future__ import annotations

from tpsbox.links.port import ClockSuspect, LinkFault, RetryLater, StopLink, WaitForNetwork
from tpsbox.links.sim7600_setup import CLOCK_DOUBT, forget_certificates
from tpsbox.links.sim7600_talk import Talk

KEEPALIVE = 60
"""Seconds; the modem pings by itself."""
PUBLISH_SECONDS = 60
"""What the modem is given for the PUBACK; its least."""
BUSY, ALREADY_STARTED = 14, 23
TRIES = 5
AGAIN = 1.0
"""Seconds between two tries to get the client."""

ERRORS = {
    1: "failed",
    2: "refuses bytes that are no UTF-8",
    3: "no connection to the broker",
    4: "no socket",
    5: "the socket does not close",
    6: "nothing can be received",
    7: "the mobile data connection does not open",
    8: "the mobile data connection does not close",
    9: "there is no mobile data connection",
    11: "not connected",
    12: "a wrong parameter",
    13: "not supported",
    14: "busy",
    15: "a connection is needed",
    16: "sending failed",
    17: "no answer in time",
    18: "no topic",
    19: "the client is in use",
    20: "the client was not acquired",
    21: "the client was not released",
    22: "a wrong length",
    23: "already started",
    24: "a damaged packet",
    25: "the broker's name is not found",
    26: "closed by the broker",
    27: "the broker speaks no MQTT 3.1.1",
    28: "the broker refuses the client id",
    29: "the broker is not available",
    30: "a bad user name or password",
    31: "the broker does not let this box in",
    32: "the TLS handshake failed",
    33: "no certificate",
    34: "TLS does not open",
}
_OF_THE_ITEM = frozenset({1, 2, 12, 13, 14, 17, 18, 22})
"""After these the connection may still be well."""
_TLS = frozenset({32, 33, 34})


def error_text(code: int) -> str:
    """What a code means, in words."""
    return f"{ERRORS.get(code, 'unknown error')} ({code})"


class ModemMqtt:
    """Client 0 of the modem."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def connect(
        self, host: str, port: int, client_id: str, filters: tuple[str, ...], ahead: float | None
    ) -> None:
        """Connect with a kept session, and subscribe with QoS 1.

        `ahead`: by how many seconds the network's clock is ahead of the box's, if it is known.

        Raises:
            ClockSuspect: TLS fails, and the box's clock is not the network's.
            WaitForNetwork: the broker cannot be reached or does not let this box in.
            StopLink: the modem refuses a setting.
        """
        where = f"{host}:{port}"
        self._acquire(client_id, where)
        for command in (
            'AT+CMQTTCFG="checkUTF8",0,0',  # on, the modem refuses a record: it is no text
            "AT+CMQTTSSLCFG=0,0",
        ):
            reply = self._talk.ask(command)
            if reply.error:
                name = command.split("=")[0].removeprefix("AT+")
                raise WaitForNetwork(f"{where}: the modem refuses {name}: {reply.error}")
        code = self._talk.transact(
            f'AT+CMQTTCONNECT=0,"tcp://{where}",{KEEPALIVE},0',
            "CMQTTCONNECT",
            self._talk.patience.service,
        )
        if code:
            raise self._connection_fault(code, where, ahead)
        for topic in filters:
            self._subscribe(topic, where)

    def publish(self, topic: str, payload: bytes) -> RetryLater | None:
        """Publish with QoS 1; None once the broker has it, else why it has not.

        Raises:
            WaitForNetwork: the connection does not work any more.
        """
        for word, data in (("CMQTTTOPIC", topic.encode()), ("CMQTTPAYLOAD", payload)):
            code = self._talk.enter(f"AT+{word}=0,{len(data)}", word, data)
            if code:
                return self._item_fault(code)
        code = self._talk.transact(
            f"AT+CMQTTPUB=0,1,{PUBLISH_SECONDS}", "CMQTTPUB", self._talk.patience.publish
        )
        return self._item_fault(code) if code else None

    def leave(self) -> None:
        """Ask the modem to say goodbye, and do not wait for it; never raises."""
        try:
            self._talk.line.write("AT+CMQTTDISC=0,60")
        except LinkFault:
            return

    def _acquire(self, client_id: str, where: str) -> None:
        """Get a client of one's own; an earlier one may still be saying goodbye."""
        for _ in range(TRIES):
            self._clear()
            code = self._talk.transact("AT+CMQTTSTART", "CMQTTSTART", self._talk.patience.service)
            if code in (0, ALREADY_STARTED):
                if not self._talk.ask(f'AT+CMQTTACCQ=0,"{client_id}",1').error:
                    return
            elif code != BUSY:
                raise WaitForNetwork(
                    f"{where}: the modem's MQTT does not start: {error_text(code)}"
                )
            self._talk.listen(AGAIN)
        raise WaitForNetwork(f"{where}: the modem's MQTT client stays in use: restart the modem")

    def _clear(self) -> None:
        """End what an earlier connection left; what is not there is refused, and that is well."""
        patience = self._talk.patience
        self._talk.transact("AT+CMQTTDISC=0,60", "CMQTTDISC", patience.service)
        self._talk.ask("AT+CMQTTREL=0")
        self._talk.transact("AT+CMQTTSTOP", "CMQTTSTOP", patience.service)
        self._talk.lost = ""

    def _subscribe(self, topic: str, where: str) -> None:
        raw = topic.encode()
        command = f"AT+CMQTTSUB=0,{len(raw)},1"
        code = self._talk.transact(command, "CMQTTSUB", self._talk.patience.service, raw)
        if code:
            raise WaitForNetwork(f"{where}: gives no receipts to this box: {error_text(code)}")

    def _item_fault(self, code: int) -> RetryLater:
        if code not in _OF_THE_ITEM or self._talk.lost:
            reason = self._talk.lost or error_text(code)
            raise WaitForNetwork(f"{self._talk.line.path}: the link was lost: {reason}")
        return RetryLater(f"{self._talk.line.path}: not published: {error_text(code)}")

    def _connection_fault(self, code: int, where: str, ahead: float | None) -> LinkFault:
        if code == 27:
            return StopLink(f"{where}: {error_text(code)}: check the broker")
        if code not in _TLS:
            return WaitForNetwork(f"{where}: {error_text(code)}: check address, APN and credit")
        if ahead is not None and abs(ahead) > CLOCK_DOUBT:
            return ClockSuspect(
                f"{where}: {error_text(code)}, and the network's clock is {ahead:+.0f} s"
                " from this box's: set the clock"
            )
        if code != 32:
            forget_certificates(self._talk)
        return WaitForNetwork(
            f"{where}: {error_text(code)}: check the clock, and that the broker takes TLS 1.2"
        )
