"""Does the steps of scenarios in the guest: the runner beside that of the simulated board.

The language is that of tests/kiosk/scenario.py. What only one of the two boards can do raises
`NotHere` with the reason, and the rest of the scenario is left out, and said to be.
"""

# ruff: noqa: D102 - tests/kiosk/scenario.py says what each step means

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

from kiosk_samples import photo
from tpsbox.board.pins import ATTACHMENT_PIN, BUTTON_PIN
from tpsbox.errors import EnvironmentFault

from emulate.expects import NotHere, Seen
from emulate.guest import DATA
from emulate.outside import APP_KEY

PICTURE = "/opt/camera/frames/sheet.jpg"
GONE = "/opt/camera/gone"
SHOWN = "/run/tpsbox-kiosk/shown"
SEEN_SECONDS = 60.0
PRESS_SECONDS = 0.3
OUTCOME_SECONDS = 180.0
LONGEST_WAIT = 120.0
SEND_SECONDS = 400.0
"""A link that was tried in vain is tried again after at most 5 minutes."""

LORAWAN = """\
port = "/dev/ttyUSB0"
modem = "lora-e5"
join_eui = "70B3D57ED0000001"
app_key_file = "lorawan.key"
"""


class Bench(Seen):
    """One guest, fresh or as the steps before left it."""

    cut_while_reading = False
    again_in_reading = False
    unplugged = False

    def do_press(self, name: str = "") -> None:
        if not name:
            raise NotHere("a real camera always gives a picture")
        self.lay(name)
        self._press(BUTTON_PIN, PRESS_SECONDS)

    def do_attach(self, name: str) -> None:
        self.lay(name)
        self._press(ATTACHMENT_PIN, PRESS_SECONDS)

    def do_hold(self, seconds: str) -> None:
        # Time stretches in the guest; a hold a little longer means the same.
        self._press(BUTTON_PIN, float(seconds) + 0.7, other=("busy", "read", "refused"))

    def do_presses(self, name: str, count: str) -> None:
        self.lay(name)
        before = self.guest.heard()
        for _ in range(int(count)):
            self.agent.pull(BUTTON_PIN, PRESS_SECONDS)
            time.sleep(PRESS_SECONDS)
        self._hear(before)

    def do_wait(self, seconds: str) -> None:
        if float(seconds) > LONGEST_WAIT:
            raise NotHere(f"{seconds} s take as long here")
        time.sleep(float(seconds))

    def do_enrol(self) -> None:
        answer = self.outside.enrol(self.agent.get(f"{DATA}/enrolment-request.json"))
        self.agent.put("/opt/camera/enrolment.json", answer)
        self.guest.tpsbox("init", "--enrolment", "/opt/camera/enrolment.json")

    def do_confirm(self, name: str) -> None:
        self.guest.tpsbox("confirm", name)

    def do_correct(self, name: str, value: str) -> None:
        self.guest.tpsbox("correct", name, value)

    def do_camera(self, *words: str) -> None:
        if words not in {("unplugged",), ("plugged",)}:
            raise NotHere("libcamera's virtual camera does not fail like this")
        self.unplugged = words == ("unplugged",)
        self.agent.call(*(("touch",) if self.unplugged else ("rm", "-f")), GONE)

    def do_button(self, state: str) -> None:
        self.agent.pull(BUTTON_PIN, -1 if state == "stuck" else 0)

    def do_clock(self, year: str) -> None:
        now = time.time() if year == "right" else datetime(int(year), 1, 1, tzinfo=UTC).timestamp()
        self.agent.call("date", "-s", f"@{now:.3f}")

    def do_disk(self, state: str, call: str = "") -> None:
        if state not in {"full", "works"}:
            raise NotHere("a real kernel offers no such fault of a disk")
        full = f"fallocate -l $(df --output=avail -B1 {DATA} | tail -1) {DATA}/full || true"
        # The rest, down to the last block; also those that are kept for root.
        fill = f"{full}; dd if=/dev/zero of={DATA}/rest bs=4k 2>/dev/null || true; sync"
        self.agent.call("sh", "-c", fill if state == "full" else f"rm -f {DATA}/full {DATA}/rest")

    def do_power(self, *words: str) -> None:
        if words == ("cut", "while", "reading"):
            self.cut_while_reading = True
        elif words == ("off",):
            self.machine.cut()
        else:
            self.again_in_reading = words == ("on", "and", "off")
            self._power_on()

    def do_reading(self, state: str) -> None:
        raise NotHere("the program that is tried is the one that boxes get; it does not crash")

    def do_lights(self, *words: str) -> None:
        raise NotHere("a simulated pin always follows")

    def do_supply(self, state: str) -> None:
        raise NotHere("no Raspberry Pi's firmware tells of its supply here")

    def do_centre(self, answer: str, what: str) -> None:
        """`stored result`: by radio, which carries nothing else; `stored all`: by MQTT."""
        if answer != "stored":
            raise NotHere("a real centre refuses nothing of a box that it has enrolled")
        if what == "result":
            self._plug_modem()
        else:
            self.outside.start()
        kinds = {"result"} if what == "result" else {"result", "evidence", "photo"}
        self.guest.until(f"{what} to be stored", lambda: self._stored(kinds), SEND_SECONDS)

    def do_freeze(self, what: str) -> None:
        """`kiosk`, or `system`: process 1 itself, which alone feeds the hardware's watchdog."""
        if what == "kiosk":
            self.agent.call("systemctl", "kill", "-s", "STOP", "tpsbox-kiosk")
            return
        self.boot_id = self.machine.boot_id()
        with suppress(EnvironmentFault):  # it may be gone before it answers
            self.agent.run("kill", "-SEGV", "1", timeout=5)

    def do_network(self, state: str) -> None:
        """`off`: the cable is pulled out of the box; `on`: back in."""
        self.machine.qmp.do("set_link", name="nic", up=state == "on")

    def lay(self, name: str) -> None:
        """Lay a sheet under the camera, and wait until it is seen, unless the camera is off."""
        laid = str(self.agent.put(PICTURE, photo(name)))
        end = time.monotonic() + SEEN_SECONDS
        while time.monotonic() < end and self.machine.on and not self.unplugged:
            with suppress(EnvironmentFault):  # the kiosk has just started
                if self.agent.get(SHOWN).decode() == laid:
                    return
            time.sleep(0.3)

    def _press(self, pin: int, seconds: float, other: tuple[str, ...] = ("busy",)) -> None:
        before = self.guest.heard()
        self.outcome = None
        self.agent.pull(pin, seconds)
        if self.cut_while_reading:
            self.cut_while_reading = False
            self._cut_in_reading()
        else:
            self._hear(before, other)

    def _hear(self, before: int, other: tuple[str, ...] = ("busy",)) -> None:
        """Wait for the outcome of the press just made; `other` kinds are those of earlier ones."""
        heard: list[tuple[str, str]] = []

        def said() -> bool:
            heard[:] = [o for o in self.guest.outcomes(before) if o[0] not in other]
            return bool(heard)

        self.guest.until("what the press came to", said, OUTCOME_SECONDS)
        self.outcome = heard[-1]

    def _cut_in_reading(self) -> None:
        unread = "select count(*) from sheets where status = 'taken'"
        self.guest.until("a photo to read", lambda: self.guest.rows(unread) != [[0]], 120)
        self.machine.cut()

    def _power_on(self) -> None:
        self.machine.power_on()
        self._heard_at = self.guest.watch()
        if self.again_in_reading:
            self.again_in_reading = False
            self._cut_in_reading()
        else:
            self.guest.await_serving()

    def _plug_modem(self) -> None:
        self.outside.start_radio()
        port = {"type": "serial", "data": {"device": str(self.outside.modem_port)}}
        self.machine.qmp.do("chardev-add", id="modem", backend=port)
        self.machine.qmp.do("device_add", driver="usb-serial", id="modem", chardev="modem")
        # A link that finds no modem is tried again only after minutes, so the modem comes first.
        self.agent.call("sh", "-c", "until [ -c /dev/ttyUSB0 ]; do sleep 0.3; done; udevadm settle")
        for name, text in (("lorawan.key", APP_KEY), ("lorawan.toml", LORAWAN)):
            new, path = f"{DATA}/new", f"{DATA}/{name}"
            script = f"cat >{new}; chmod 600 {new}; chown tpsbox: {new}; mv {new} {path}"
            self.agent.call("sh", "-c", script, text=text)

    def _stored(self, kinds: set[str]) -> bool:
        states = {i["state"] for i in self.guest.outbox() if i["kind"] in kinds}
        return states == {"stored"}
