"""`tpsbox calibrate`: sets the camera by a printed sheet, or says how a photo of one is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.board.boards import open_board
from tpsbox.board.camera_settings import CAMERA_FILE, CameraSettings
from tpsbox.board.ports import TunableCamera
from tpsbox.cli.place import add_data, data_folder
from tpsbox.errors import AnswerError, UsageError
from tpsbox.forms.library import form_names, load_layouts
from tpsbox.forms.model import Form
from tpsbox.kiosk.box import load_config
from tpsbox.kiosk.calibration import calibrate
from tpsbox.kiosk.lock import kiosk_lock
from tpsbox.kiosk.stand import Finding, Stand, judge, measure_stand
from tpsbox.store.files import Disk, put_file
from tpsbox.vision.photo import load_photo
from tpsbox.vision.rejection import RejectedError
from tpsbox.vision.sheet import find_sheet


class Answer(msgspec.Struct, frozen=True):
    """What `--json` prints: `settings` as written to `file`, None where nothing was written."""

    stand: Stand | None
    wrong: tuple[Finding, ...]
    settings: CameraSettings | None = None
    file: str | None = None


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "calibrate",
        help="set focus and exposure by a printed sheet, check the stand",
        description="Any page of any known form lies under the camera, lit as on the night. "
        "Stop the kiosk first. Exit code 0: all is well; 1: something must be put right.",
    )
    parser.add_argument("--photo", type=Path, metavar="FILE", help="only judge this photo")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_data(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry out `calibrate`."""
    forms = [form for name in form_names() for form in load_layouts(name)]
    try:
        if arguments.photo is not None:
            stand = measure_stand(find_sheet(load_photo(arguments.photo), forms))
            answer = Answer(stand, judge(stand))
        else:
            answer = _calibrate(data_folder(arguments), forms)
    except RejectedError as refusal:
        answer = Answer(None, (Finding(refusal.reason.value, str(refusal)),))
    if arguments.json:
        print(msgspec.json.encode(answer).decode())
    else:
        print("\n".join(lines(answer)))
    return AnswerError.exit_code if answer.wrong else 0


def lines(answer: Answer) -> list[str]:
    """The answer in words."""
    text = []
    if (stand := answer.stand) is not None:
        text.append(
            f"Lembar {stand.form} halaman {stand.page}: {stand.px_per_mm:.2f} piksel/mm, "
            f"kotak {stand.box_px:.0f} piksel, {stand.fill:.0%} dari foto, "
            f"miring {stand.tilt:.0f} derajat."
        )
        text.append(
            f"Cahaya: kertas {stand.paper:.0f} dari 255, kerataan {stand.evenness:.0%}, "
            f"pantulan {stand.glare:.1%}; ketajaman {stand.sharpness:.0%}."
        )
    if (settings := answer.settings) is not None:
        lens = settings.lens_position
        focus = "fokus tetap" if lens is None else f"fokus {lens:.2f} dioptri"
        text.append(
            f"Kamera {settings.module}: {focus}, pencahayaan {settings.exposure_us // 1000} ms, "
            f"penguatan {settings.gain:.1f}; tersimpan di {answer.file}."
        )
    if answer.wrong:
        return text + [f"SALAH: {finding.text}" for finding in answer.wrong]
    return [*text, "Dudukan kamera sudah benar."]


def _calibrate(data: Path, forms: list[Form]) -> Answer:
    """With the kiosk's lock held: two programs cannot have the camera."""
    config = load_config(data)
    with kiosk_lock(data):
        board = open_board(config.board, data)
        try:
            if not isinstance(board.camera, TunableCamera):
                raise UsageError(f"board {config.board}: its camera cannot be set")
            done = calibrate(board.camera, forms, lambda text: print(text, file=sys.stderr))
        finally:
            board.close()
    path = data / CAMERA_FILE
    put_file(Disk(), path, msgspec.json.format(msgspec.json.encode(done.settings)) + b"\n")
    return Answer(done.stand, judge(done.stand), done.settings, str(path))
