"""The tables of figures as Markdown: optics and stand, light, power."""

from __future__ import annotations

from collections.abc import Iterable

from tpshw import light, power
from tpshw.bom import thousands, total
from tpshw.optics import Cameras, view
from tpshw.stand import Stand, cable, over, play, post, steady
from tpshw.tables import Parts

GAINS = (1, 2, 4)


def optics(cameras: Cameras, stand: Stand) -> str:
    """Heights and pictures of every camera over every sheet, mm, px/mm and degrees."""
    demand = cameras.demand
    head = (
        "camera", "sheet", "lens over sheet", "arm over board", "px/mm", "picture", "sharp",
        "lean, whole sheet", "lean, marks", "cable",
    )  # fmt: skip
    rows = []
    for key, camera in cameras.camera.items():
        for paper, sheet in cameras.sheet.items():
            seen, at = over(stand, cameras, key, paper)
            near, far = seen.sharp
            rows.append(
                (
                    camera.name, sheet.name, f"{seen.distance:.0f}", f"{at.axis:.0f}",
                    f"{seen.per_mm:.2f}", f"{seen.field[0]:.0f} x {seen.field[1]:.0f}",
                    f"{near:.0f} to {far:.0f}", f"{seen.whole:.1f}°", f"{seen.marks:.1f}°",
                    f"{cable(stand, at):.0f}",
                )
            )  # fmt: skip
    told = (
        f"The reader needs {demand.least} pixels to a mm; {demand.good:g} are good. "
        f"{demand.around:g} mm stay free round the sheet. The sleeves let the arm lean by "
        f"{play(stand):.1f}° before their screws are tight."
    )
    return f"{_table(head, rows)}\n{told}\n"


def lamps(cameras: Cameras, stand: Stand, parts: Parts) -> str:
    """What both lamps give, how long an exposure takes, and what the paper may do."""
    lamp = parts.part["lamp"]
    sheet = cameras.sheet["plano"]
    lit = light.lit(stand.lamp, lamp.lumens or 0, (lamp.size or (0, 0, 0))[1], sheet.size)
    marks = (sheet.marks or sheet.size)[0] / 2
    head = (
        "camera", *(f"ms at gain {gain}" for gain in GAINS), "mirrored at", "paper may lean",
        "within the marks", "without lamps from",
    )  # fmt: skip
    rows = []
    for camera in cameras.camera.values():
        away = view(camera, sheet, cameras.demand).distance
        times = (light.exposure_ms(camera, lit.least, gain) for gain in GAINS)
        edge = light.lean(stand.lamp, away, sheet.size[0] / 2)
        rows.append(
            (
                camera.name, *(f"{light.flicker_free(t)}" for t in times),
                f"{light.glare(stand.lamp, away):.0f} mm", _lean(edge),
                _lean(light.lean(stand.lamp, away, marks)),
                f"{light.darkest(camera):.0f} lux",
            )
        )  # fmt: skip
    told = (
        f"Two bars of {lamp.lumens:g} lm light the sheet with {lit.least:.0f} to {lit.most:.0f} "
        f"lux ({lit.mean:.0f} on average, {lit.most / lit.least:.1f} to 1). Exposures are for the "
        'darkest place, rounded up to 10 ms. "Mirrored at" is where flat paper would show the '
        "lamp, from the middle; the sheet ends at 450 mm, its marks at 405."
    )
    return f"{_table(head, rows)}\n{told}\n"


def _lean(angle: float) -> str:
    return f"{angle:.1f}°" if angle > 0 else "glares"


def strength(cameras: Cameras, stand: Stand) -> str:
    """How the stand stands, for each camera at the height of a plano sheet."""
    head = (
        "camera", "whole weight", "tips backward at", "forward at", "sways with", "gives per N",
    )  # fmt: skip
    rows = []
    for key, camera in cameras.camera.items():
        found = steady(stand, over(stand, cameras, key, "plano")[1])
        rows.append(
            (
                camera.name, f"{found.mass:.1f} kg", f"{found.tips_back:.0f} N",
                f"{found.tips_front:.0f} N", f"{found.hertz:.1f} Hz",
                f"{found.millimetres:.2f} mm",
            )
        )  # fmt: skip
    told = (
        "Pushed at the height of the lens. A finger presses a button with 2 to 5 N: on the box "
        "that would move the camera by up to a millimetre while it photographs, so the buttons "
        f"stand on the table. Lamp posts lean {post(stand).lean:.0f}° outwards."
    )
    return f"{_table(head, rows)}\n{told}\n"


def energy(parts: Parts) -> str:
    """The power budget of each computer."""
    battery, night = parts.battery, parts.night
    head = (
        "computer", *power.STATES, "hours waiting", "hours sending", "mean of a night",
        f"of {night.hours:g} h used", "lasts", "peak", "with lamps", "USB",
    )  # fmt: skip
    rows = [
        (
            b.name, *(f"{b.watts[s]:.1f} W" for s in power.STATES), f"{b.hours['idle']:.0f}",
            f"{b.hours['transmit']:.0f}", f"{b.mean:.1f} W", f"{100 * b.night_share:.0f} %",
            f"{b.night_hours:.0f} h", f"{b.peak:.1f} A",
            f"{b.together:.2f} A" + ("" if b.together <= battery.total_amperes else ": too much"),
            f"{b.usb:.1f} of {b.usb_allowed:.1f} A" + ("" if b.usb_fits else ": too much"),
        )
        for b in power.budgets(parts)
    ]  # fmt: skip
    told = (
        f"Power bank of {battery.watt_hours:g} Wh, of which {battery.usable:.0f} Wh reach the Pi "
        f"when it is worn. A night: {night.hours:g} h, {night.photos:g} photos, "
        f"{night.transmit_minutes:g} min of sending. Peak: all at its worst at once; the "
        f"lamps take {power.lamp_amperes(parts):.1f} A more from the battery's second output, "
        f"{night.lamp_seconds_per_photo:g} s for a photo. Each output gives "
        f"{battery.port_amperes:g} A, both together {battery.total_amperes:g} A. "
        "USB: what the modems draw, and what the Pi's ports give on a 3 A supply."
    )
    return f"{_table(head, rows)}\n{told}\n"


def everything(cameras: Cameras, stand: Stand, parts: Parts) -> dict[str, str]:
    """The tables by the name of their place in hw/README.md."""
    money = (
        f"One box with its stand: about {thousands(total(parts))} IDR "
        f"({total(parts) / parts.prices.idr_per_usd:.0f} USD)."
    )
    return {
        "optics": optics(cameras, stand),
        "light": lamps(cameras, stand, parts),
        "strength": strength(cameras, stand),
        "power": energy(parts),
        "price": money + "\n",
    }


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = ["| " + " | ".join(titles) + " |", "|---" + "|--:" * (len(titles) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
