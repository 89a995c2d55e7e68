"""Why a photo is refused: one fixed code, and one sentence a person at the TPS can act on."""

from __future__ import annotations

from enum import StrEnum

from tpsbox.errors import AnswerError


class Reason(StrEnum):
    """The codes; programs outside rely on them."""

    NO_SHEET = "no_sheet"
    CORNER_HIDDEN = "corner_hidden"
    TAG_HIDDEN = "tag_hidden"
    WRONG_FORM = "wrong_form"
    WRONG_PAGE = "wrong_page"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    GLARE = "glare"
    TOO_SMALL = "too_small"


SENTENCES = {
    Reason.NO_SHEET: "Lembar tidak ditemukan. Letakkan lembar C.HASIL utuh di bawah kamera.",
    Reason.CORNER_HIDDEN: "Sudut lembar tertutup. Pastikan keempat sudut hitam terlihat.",
    Reason.TAG_HIDDEN: "Kode hitam putih di kanan atas tertutup. Pastikan kode itu terlihat.",
    Reason.WRONG_FORM: "Ini formulir lain. Pakai lembar dari pemilihan ini.",
    Reason.WRONG_PAGE: "Ini halaman lain. Pakai halaman yang diminta.",
    Reason.BLURRED: "Foto kabur. Tunggu kamera diam, lalu foto lagi.",
    Reason.TOO_DARK: "Foto terlalu gelap. Nyalakan lampu, lalu foto lagi.",
    Reason.GLARE: "Ada pantulan cahaya di kotak angka. Geser lampu, lalu foto lagi.",
    Reason.TOO_SMALL: "Lembar terlalu kecil di foto. Dekatkan kamera.",
}


class RejectedError(AnswerError):
    """The photo cannot be read; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason
