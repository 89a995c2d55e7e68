"""What the kiosk says to people: one outcome for every press, in plain Indonesian."""

from __future__ import annotations

from collections.abc import Sequence

from tpsbox.board.ports import Outcome, OutcomeKind
from tpsbox.kiosk.closing import Closing
from tpsbox.kiosk.eye import REASONS, Seen
from tpsbox.kiosk.standing import ContestStanding
from tpsbox.store.sheets import Sheet

IMPOSSIBLE = "Urutan tombol tidak dikenali. Coba lagi."
UNREAD = "Ada foto yang belum terbaca karena gangguan. Tahan tombol lagi sebentar lagi."
UNENROLLED = (
    "Kotak belum terdaftar di pusat. Foto dan angka tetap tersimpan; "
    "tahan tombol lagi setelah terdaftar."
)
UNCHANGED = "Tidak ada yang berubah sejak hasil terakhir; tidak perlu dikirim lagi."
NOTHING = "Belum ada lembar yang bisa ditutup."
BUSY = "Kotak sedang bekerja; tekanan ini tidak dihitung. Tunggu lampu kamera menyala tetap."
VOID = "Tombol ditahan terlalu lama; tekanan ini tidak dihitung."
GOODBYE = "Kotak sedang dimatikan. Cabut listrik 10 detik setelah semua lampu padam."


def read(sheet: Sheet, seen: Seen, standings: Sequence[ContestStanding]) -> Outcome:
    """A sheet was read: which one, and what a person should look at on it."""
    contest = next(c for c in standings if c.key == seen.contest)
    doubtful = tuple(f.field.name for f in contest.doubtful if f.field.page == seen.page)
    text = f"{seen.contest} lembar {seen.page} terbaca."
    if doubtful:
        text += f" {len(doubtful)} angka perlu diperiksa: {', '.join(doubtful)}."
    return Outcome(
        "read",
        text,
        photo=sheet.photo,
        contest=seen.contest,
        page=seen.page,
        doubtful=doubtful,
    )


def refused(sheet: Sheet, reason: str) -> Outcome:
    """A photo was refused, and what to do about it."""
    return Outcome("refused", REASONS[reason], photo=sheet.photo, reason=reason)


def attachment(sheet: Sheet) -> Outcome:
    """An attachment was kept, or is damaged."""
    if sheet.status == "rejected":
        return refused(sheet, sheet.reason)
    return Outcome("attached", "Lampiran tersimpan.", photo=sheet.photo)


def closing(done: Closing, standings: Sequence[ContestStanding]) -> Outcome:
    """What a hold led to."""
    parts = []
    if done.number is not None:
        parts.append(
            f"Hasil nomor {done.number} ditandatangani ({', '.join(done.closed)}), "
            "menunggu dikirim."
        )
    if done.incomplete:
        lacks = (
            f"{c.key} kurang lembar {', '.join(map(str, c.missing))}"
            for c in standings
            if c.key in done.incomplete
        )
        parts.append(f"Belum lengkap: {'; '.join(lacks)}.")
        if done.kind == "incomplete":
            parts.append("Tahan tombol sekali lagi dalam 10 detik untuk tetap menutup.")
    if done.kind == "unenrolled":
        parts.append(UNENROLLED)
    if done.kind == "nothing":
        parts.append(NOTHING)
    if done.kind == "unchanged":
        parts.append(UNCHANGED)
    kind: OutcomeKind
    reason = None
    if done.kind == "unenrolled" or done.kind == "unchanged":
        kind, reason = "nothing", done.kind
    else:
        kind = done.kind
    return Outcome(
        kind,
        " ".join(parts),
        reason=reason,
        number=done.number,
        result=None if done.id is None else done.id.hex(),
        closed=done.closed,
        incomplete=done.incomplete,
    )


def busy() -> Outcome:
    """A press came while another one was dealt with."""
    return Outcome("busy", BUSY)


def void() -> Outcome:
    """A press was so long that nobody can have meant it."""
    return Outcome("nothing", VOID, reason="stuck")


def shutting_down() -> Outcome:
    """The box is on its way off."""
    return Outcome("shutting_down", GOODBYE)


def fault(error: str) -> Outcome:
    """Something failed: what, in the words of whoever noticed."""
    return Outcome("fault", f"Gangguan: {error}")
