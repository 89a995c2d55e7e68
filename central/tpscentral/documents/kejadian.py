"""D.KEJADIAN KHUSUS DAN/ATAU KEBERATAN SAKSI: what happened, what was objected, how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from tpscentral.documents.hasil import heading_of
from tpscentral.documents.sheet import Sheet
from tpscentral.documents.signatures import in_words, signatures
from tpscentral.plenary.objections import Objection
from tpscentral.plenary.recap import Recap
from tpscentral.plenary.signing import Signing

_KINDS = {"kejadian": "KEJADIAN KHUSUS", "keberatan": "KEBERATAN SAKSI"}


def kejadian_pdf(
    recap: Recap, objections: Sequence[Objection], signing: Signing, code: str, at: int
) -> bytes:
    """The document of a locked region; says NIHIL if nothing happened.

    The same content gives the same bytes.
    """
    model = model_of(recap)
    sheet = Sheet(model, heading_of(recap), code, at, orientation="portrait")
    own = [objection for objection in objections if objection.region == recap.region]
    if not own:
        sheet.words(
            "NIHIL: tidak ada kejadian khusus dan tidak ada keberatan saksi.", 11, bold=True
        )
    for number, objection in enumerate(own, 1):
        _one(sheet, number, objection)
    signatures(sheet, recap, signing, at)
    return bytes(sheet.output())


def model_of(recap: Recap) -> str:
    """The name of the form."""
    kind = "PPWP" if recap.contest == "ppwp" else "KWK"
    return f"MODEL D.KEJADIAN KHUSUS DAN/ATAU KEBERATAN SAKSI-{kind}"


def _one(sheet: Sheet, number: int, objection: Objection) -> None:
    if sheet.room < 30:
        sheet.add_page()
    about = f" - TPS {objection.tps}" if objection.tps else ""
    sheet.words(f"{number}. {_KINDS[objection.kind]}{about}", 10, bold=True, gap=0.3)
    when = in_words(objection.at, objection.region)
    sheet.words(f"Diajukan oleh {objection.raised_by}, {when}", 8.5, gap=0.5)
    sheet.words(objection.text, 9.5)
    if objection.outcome is None:
        sheet.words("Penyelesaian: belum selesai pada saat pleno ditutup.", 9, bold=True, gap=3)
        return
    sheet.words(f"Penyelesaian: {objection.outcome}", 9.5, gap=3)
