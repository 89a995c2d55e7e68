"""Lets picamera2 drive libcamera's virtual camera, which is no Raspberry Pi's; for tests only.

Imported at the end of `picamera2/__init__.py` of the guest. What it bridges, for picamera2 0.3.38
and libcamera 0.7.1: the virtual camera knows no role "raw", gives NV12 alone and wants its two
planes named, measures no light, and reads its picture only once. So when the picture has changed,
a thread opens the camera anew in place; the program sees frames of another sheet. While GONE exists
no frame comes any more and no camera is found, as with a cable that was pulled out.
"""

from __future__ import annotations

import gc
import mmap
import os
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import libcamera
from picamera2.allocators import DmaAllocator
from picamera2.picamera2 import Picamera2
from picamera2.request import CompletedRequest

PICTURE = Path("/opt/camera/frames/sheet.jpg")
GONE = Path("/opt/camera/gone")
SHOWN = Path("/run/tpsbox-kiosk/shown")
"""Tells the emulator which picture is seen: its time in nanoseconds."""
EVERY = 0.4
"""Seconds from frame to frame; left to itself, it gives as many as the processor can copy."""
LIGHT = {"ExposureTime": 20_000, "AnalogueGain": 2.0, "ColourGains": (1.6, 1.9)}
"""What a sensor under a lamp would say of a frame; the virtual one says its time only."""


class TwoPlanes(DmaAllocator):  # type: ignore[misc]
    """Buffers for NV12: brightness, then colour, as two planes of one piece of memory."""

    def allocate(self, libcamera_config: Any, _use: Any) -> None:
        """One buffer after another for each stream."""
        self.libcamera_fds = []
        self.cleanup()
        for fd in self.open_fds:
            os.close(fd)
        self.frame_buffers: dict[Any, list[Any]] = {}
        self.open_fds: list[int] = []
        for stream in libcamera_config:
            buffers = []
            for number in range(stream.buffer_count):
                fd = self.dmaHeap.alloc(f"picamera2-{number}", stream.frame_size).get()
                self.open_fds.append(fd)
                planes = _planes(fd, stream)
                self.libcamera_fds.append(planes[0].fd)  # libcamera's own copy of it
                self.mapped_buffers_used[planes[0].fd] = False
                buffer = libcamera.FrameBuffer(planes)
                self.mapped_buffers[buffer] = mmap.mmap(fd, stream.frame_size)
                buffers.append(buffer)
            self.frame_buffers[stream.stream] = buffers


def _planes(fd: int, stream: Any) -> list[Any]:
    grey = stream.stride * stream.size.height
    planes = []
    for offset, length in ((0, grey), (grey, stream.frame_size - grey)):
        plane = libcamera.FrameBuffer.Plane()
        plane.fd, plane.offset, plane.length = fd, offset, length
        planes.append(plane)
    return planes


def _modes(camera: Any) -> list[dict[str, Any]]:
    still = camera.camera.generate_configuration([libcamera.StreamRole.StillCapture])
    formats = still.at(0).formats
    return [
        {"format": str(kind), "size": (size.width, size.height)}
        for kind in formats.pixel_formats
        for size in formats.sizes(kind)
    ]


def _laid_at() -> int:
    try:
        return PICTURE.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


CHANGING = threading.Lock()
OPEN: weakref.WeakSet[Picamera2] = weakref.WeakSet()

_process = Picamera2.process_requests
_metadata = CompletedRequest.get_metadata
_init = Picamera2.__init__
_still = Picamera2.create_still_configuration
_capture = Picamera2.capture_request


def _open(camera: Any, camera_num: int = 0, **options: Any) -> None:
    if GONE.exists():
        raise RuntimeError("no camera found")
    camera._laid_at = _laid_at()
    options.setdefault("allocator", TwoPlanes())
    _init(camera, camera_num, **options)
    OPEN.add(camera)
    if not WATCHER.is_alive():
        WATCHER.start()


def _nv12(camera: Any, main: Any = None, **options: Any) -> Any:
    return _still(camera, {**(main or {}), "format": "NV12"}, **options)


def _look(camera: Any, *arguments: Any, **options: Any) -> Any:
    with CHANGING:
        pass
    return _capture(camera, *arguments, **options)


def _watch() -> None:
    while True:
        time.sleep(0.3)
        with CHANGING:
            for camera in [camera for camera in OPEN if camera.started]:
                if camera._laid_at != _laid_at() and not GONE.exists():
                    _open_again(camera)
                with suppress(OSError):  # not the kiosk
                    SHOWN.write_text(str(camera._laid_at))


def _frames(camera: Any, display: Any) -> None:
    if not GONE.exists():
        time.sleep(max(0.0, getattr(camera, "_next", 0.0) - time.monotonic()))
        camera._next = time.monotonic() + EVERY
        _process(camera, display)


def _measured(request: Any) -> dict[str, Any]:
    return {**LIGHT, **_metadata(request)}


def _open_again(camera: Any) -> None:
    configuration = camera.camera_config
    kept = {name: getattr(camera, name) for name in ("options", "pre_callback", "post_callback")}
    _alive(camera)  # that there are no frames for a moment is no fault of the camera
    camera.close()
    gc.collect()  # libcamera looks for cameras anew once nothing holds the old ones
    camera.__init__(0)
    for name, value in kept.items():
        setattr(camera, name, value)
    camera.configure(configuration)
    camera.start()
    _alive(camera)


def _alive(camera: Any) -> None:
    if camera.post_callback is not None:
        camera.post_callback(None)


WATCHER = threading.Thread(target=_watch, name="picture", daemon=True)

Picamera2._get_raw_modes = _modes
Picamera2.__init__ = _open
Picamera2.create_still_configuration = _nv12
Picamera2.capture_request = _look
Picamera2.process_requests = _frames
CompletedRequest.get_metadata = _measured
