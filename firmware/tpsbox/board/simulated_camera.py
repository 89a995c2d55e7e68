"""The camera of the simulated board."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tpsbox.board.camera_settings import MAINS_US, CameraSettings
from tpsbox.board.ports import CameraFault, TunableCamera
from tpsbox.board.spool import make_folder
from tpsbox.board.spooled import CameraTrouble, quiet_faults, read_faults, write_faults


class SimulatedCamera(TunableCamera):
    """Gives photos from a folder, or fails as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._under: bytes | None = None
        make_folder(folder / "photos")

    def put_under(self, photo: bytes | None) -> None:
        """What the camera sees at the next capture, in place of the folder's next photo."""
        self._under = photo

    def capture(self) -> bytes:
        """See `Camera.capture`."""
        under, self._under = self._under, None
        self._plugged(read_faults(self._folder).unplugged)
        trouble = self._next_trouble()
        if trouble == "timeout":
            raise CameraFault("camera: no photo within its time; check the cable")
        photo = under if under is not None else self._next_photo()
        return photo[: len(photo) // 2] if trouble == "truncated" else photo

    def check(self) -> None:
        """See `Camera.check`."""
        self._plugged(quiet_faults(self._folder).unplugged)

    @property
    def lens_range(self) -> None:
        """Photos from files are as sharp as they are."""
        return None

    def measure(self, lens_position: float | None) -> CameraSettings:
        """See `TunableCamera.measure`; nothing changes a photo from a file."""
        self.check()
        return CameraSettings("simulated", 2 * MAINS_US, 1.0, (1.0, 1.0))

    def use(self, settings: CameraSettings) -> None:
        """See `TunableCamera.use`."""

    def close(self) -> None:
        """See `Camera.close`."""

    def _plugged(self, unplugged: bool) -> None:
        if unplugged:
            raise CameraFault("camera: not there; check the cable")

    def _next_trouble(self) -> CameraTrouble | None:
        faults = read_faults(self._folder)
        if not faults.camera:
            return None
        write_faults(self._folder, msgspec.structs.replace(faults, camera=faults.camera[1:]))
        return faults.camera[0]

    def _next_photo(self) -> bytes:
        waiting = sorted(self._folder.glob("photos/*.[jJ][pP]*[gG]"))
        if not waiting:
            raise CameraFault(f"no more photos: put JPEG files into {self._folder / 'photos'}")
        taken = self._folder / "taken"
        try:
            photo = waiting[0].read_bytes()
            taken.mkdir(exist_ok=True)
            waiting[0].replace(taken / waiting[0].name)
        except OSError as error:
            raise CameraFault(f"{waiting[0]}: {(error.strerror or '').lower()}") from error
        return photo
