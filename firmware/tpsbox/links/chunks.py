"""One photo on its way: offered first, then chunk by chunk what the centre says it lacks."""

from __future__ import annotations

from collections import deque

from tpsbox.record.chunks import Offer, decode_missing

CHUNKS_IN_FLIGHT = 2
"""Chunks without the next hop's word: one on the wire, and one whose word is on its way back."""
OFFER_PATIENCE = 30.0
"""Seconds for the centre to say what it lacks; it answers from its disk in milliseconds."""


class Upload:
    """A photo (`jpeg`, SHA-256 `id`) between its offer and its last chunk."""

    def __init__(self, id: bytes, jpeg: bytes, chunk: int) -> None:
        self.id = id
        self.offer = Offer(len(jpeg), chunk)
        self._jpeg = jpeg
        self._todo: deque[int] | None = None
        self._flying = 0

    @property
    def asked(self) -> bool:
        """Whether the centre has not yet said what it lacks."""
        return self._todo is None

    @property
    def done(self) -> bool:
        """Whether the next hop has everything that the centre lacked."""
        return self._todo is not None and not self._todo and not self._flying

    def told(self, bitmap: bytes) -> None:
        """The centre's first answer; later ones were on their way before chunks arrived.

        Raises:
            InputError: it is no bitmap for this photo.
        """
        if self._todo is None:
            self._todo = deque(decode_missing(bitmap, self.offer.count))

    def next(self) -> tuple[int, bytes] | None:
        """Index and bytes of the chunk to send now; None while enough are on their way."""
        if not self._todo or self._flying >= CHUNKS_IN_FLIGHT:
            return None
        self._flying += 1
        index = self._todo.popleft()
        start, end = self.offer.span(index)
        return index, self._jpeg[start:end]

    def arrived(self) -> None:
        """The next hop has one of the chunks on their way."""
        self._flying -= 1
