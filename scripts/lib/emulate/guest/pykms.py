"""What picamera2 imports for previews on a screen; a box has none, and Debian no such package."""


class _Names(type):
    def __getattr__(cls, name: str) -> None:
        return None


class PixelFormat(metaclass=_Names):
    """Every name of a format is there and means nothing."""
