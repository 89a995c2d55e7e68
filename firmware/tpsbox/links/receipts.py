"""Which item a receipt is for, and whether the centre really said so."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.links.port import Answered
from tpsbox.record.receipt import read_receipt, verify_receipt

FindIds = Callable[[bytes], tuple[bytes, ...]]
"""The whole ids (32 bytes) of this box's items that begin with 8 given bytes."""


def match_receipt(
    data: bytes, correlation: bytes | None, find: FindIds, centre_key: Ed25519PublicKey
) -> Answered:
    """The answer that a receipt of 73 bytes carries, verified against a whole id.

    `correlation` is the id that came beside it, if any; it only picks among what this box sent.

    Raises:
        AnswerError: it is no receipt, for nothing this box sent, or not signed by the centre.
    """
    try:
        _, prefix = read_receipt(data)
    except InputError as error:
        raise AnswerError(str(error)) from error
    ids = [id for id in find(prefix) if correlation in (None, id)]
    if not ids:
        raise AnswerError("receipt: for nothing that this box sent")
    for id in ids[:-1]:
        try:
            return Answered(id, verify_receipt(data, id, centre_key), data)
        except AnswerError:
            continue
    return Answered(ids[-1], verify_receipt(data, ids[-1], centre_key), data)
