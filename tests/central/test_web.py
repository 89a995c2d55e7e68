"""The pages show what is stored, escape all of it, and say null as "kosong"."""

import asyncio
import hashlib
import io
import re

import httpx
import pytest
from central_samples import NOW, OTHER_TPS, TPS
from PIL import Image
from tpsbox.forms.library import load_form
from tpsbox.record.statement import State
from tpsbox.record.topics import evidence_topic, status_topic
from tpsbox.record.tree import evidence_root
from tpscentral import words
from tpscentral.proof import signed_versions
from tpscentral.schema import statuses
from tpscentral.web import HEADERS, create_app


class Web:
    """Asks the application as a browser would, without a socket."""

    def __init__(self, app):
        self.transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def ask(self, method, path, **more):
        async def once():
            client = httpx.AsyncClient(transport=self.transport, base_url="http://pusat")
            return await client.request(method, path, **more)

        return asyncio.run(once())

    def get(self, path):
        return self.ask("GET", path)


@pytest.fixture
def web(centre):
    return Web(create_app(centre.folder, centre.database))


def picture(colour="white", size=(900, 1200)):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "JPEG")
    return data.getvalue()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def plain(response):
    """The words of a page, one space between them."""
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def send_photo(box, data):
    assert box.send_photo(data) is not None
    return sha(data)


def send_evidence(box, data):
    assert box.centre.intake.handle(evidence_topic(box.tps, sha(data)), data) is not None


def test_an_empty_centre_says_so(web):
    assert "Belum ada TPS yang terdaftar" in plain(web.get("/"))
    assert web.get("/api/tps.json").json()["rows"] == []


def test_a_tps_without_a_result_says_so(web, box):
    assert "1 TPS terdaftar, 0 sudah mengirim hasil" in plain(web.get("/"))
    assert "belum ada hasil" in plain(web.get("/"))
    assert "Belum ada hasil" in plain(web.get(f"/tps/{TPS}"))
    assert web.get(f"/api/tps/{TPS}.json").json()["row"]["result"] is None


def test_the_list_counts_states_contests_and_rules(centre, web, box):
    numbers = {
        "paslon_1": (State.ACCEPTED, 100),
        "paslon_2": (State.CONFIRMED, 20),
        "paslon_3": (State.CORRECTED, 3),
        "suara_sah": (State.ACCEPTED, 124),
        "suara_tidak_sah": (State.UNSURE, 4),
    }
    contests = (box.contest("ppwp", numbers), box.contest("kedua", {}, closed=False))
    box.send(box.record(2, contests=contests))
    box.send(box.record(2, contests=contests, root=bytes(15) + b"x"))
    box.send(b"junk")
    [row] = web.get("/api/tps.json").json()["rows"]
    result = row["result"]
    assert (result["epoch"], result["number"], result["received_at"]) == (1, 2, NOW)
    counts = row["counts"]
    assert (counts["closed"], counts["contests"], counts["broken"]) == (1, 2, 1)
    assert (counts["accepted"], counts["confirmed"], counts["corrected"]) == (2, 1, 1)
    assert (counts["unsure"], counts["absent"]) == (1, 23)
    assert (row["conflicts"], row["refusals"]) == (1, 1)
    text = plain(web.get("/"))
    assert "1/2 27-11-2024 17.33.20 WITA 1 dari 2 2 1 1 1 23 1" in text
    assert "1 bertentangan" in text and "1 ditolak" in text


def test_sums_leave_out_unsure_and_null(centre, web, box):
    other = centre.enrol(OTHER_TPS)
    box.send(box.record(1, {"paslon_1": (State.ACCEPTED, 999), "paslon_2": (State.UNSURE, 50)}))
    box.send(
        box.record(
            2,
            {
                "paslon_1": (State.ACCEPTED, 100),
                "paslon_2": (State.UNSURE, 50),
                "paslon_3": (State.CONFIRMED, None),
            },
        )
    )
    other.send(
        other.record(1, {"paslon_1": (State.CORRECTED, 11), "paslon_2": (State.ABSENT, None)})
    )
    [first, second] = web.get("/api/tps.json").json()["totals"]
    assert first["candidates"] == second["candidates"] or first["title"] != second["title"]
    sums = [(c["votes"], c["tps"]) for c in first["candidates"]]
    assert sums == [(111, 2), (0, 0), (0, 0)]


def test_a_tps_shows_each_number_with_its_state_in_words(web, box):
    numbers = {
        "paslon_1": (State.ACCEPTED, 0),
        "paslon_2": (State.CONFIRMED, 20),
        "paslon_3": (State.CORRECTED, 3),
        "suara_sah": (State.UNSURE, 23),
        "suara_tidak_sah": (State.UNSURE, None),
        "suara_total": (State.CONFIRMED, None),
    }
    box.send(box.record(1, numbers))
    text = plain(web.get(f"/tps/{TPS}"))
    for expected in (
        "Paslon 2: Dua 20 ✓ dikonfirmasi KPPS",
        "Paslon 3: Tiga 3 ✎ dikoreksi KPPS",
        "Suara sah 23 ? ragu",
        "Suara tidak sah kosong ? ragu",
        "Suara sah dan tidak sah kosong ✓ dikonfirmasi KPPS",
        "Pemilih dalam DPT L kosong – kosong",
    ):
        assert expected in text
    assert "0 ○ dibaca mesin" in text
    fields = {
        field["name"]: field["number"]
        for sheet in web.get(f"/api/tps/{TPS}.json").json()["contests"][0]["sheets"]
        for field in sheet["fields"]
    }
    assert fields["paslon_1"] == 0 and fields["suara_tidak_sah"] is None
    assert list(fields) == [field.name for field in load_form("ppwp-2024").fields]


def test_rules_hold_are_broken_or_not_yet_known(web, box):
    votes = {f"paslon_{n}": (State.ACCEPTED, n) for n in (1, 2, 3)}
    box.send(
        box.record(
            1,
            {
                **votes,
                "suara_sah": (State.ACCEPTED, 6),
                "suara_tidak_sah": (State.ACCEPTED, 1),
                "suara_total": (State.CORRECTED, 8),
                "pemilih_dpt_l": (State.ACCEPTED, 1),
                "pemilih_dpt_p": (State.UNSURE, 1),
                "pemilih_dpt_j": (State.ACCEPTED, 2),
            },
        )
    )
    text = plain(web.get(f"/tps/{TPS}"))
    assert "✓ sesuai Suara sah = Paslon 1 + Paslon 2 + Paslon 3 6 = 1 + 2 + 3" in text
    assert "✗ tidak cocok Suara sah dan tidak sah = Suara sah + Suara tidak sah 8 ≠ 6 + 1" in text
    assert "… belum bisa diperiksa Pemilih dalam DPT J" in text
    assert "2 = 1 + 1 (ragu)" in text


def test_evidence_and_photos_beside_the_numbers(centre, web, box):
    sheet_photo, loose = picture("white"), picture("grey")
    evidence = box.evidence(photo=bytes.fromhex(sha(sheet_photo)), value=298)
    root = evidence_root([evidence, bytes.fromhex(sha(loose))])
    box.send(box.record(1, {"suara_sah": (State.CORRECTED, 288)}, root=root))
    page = f"/tps/{TPS}"
    assert web.get(f"/api{page}.json").json()["evidence_bound"] is False
    assert "bacaan mesin" not in plain(web.get(page))
    send_evidence(box, evidence)
    send_photo(box, sheet_photo)
    assert "bukti belum lengkap" in plain(web.get(page))
    assert "Suara sah 288 ✎ dikoreksi KPPS bacaan mesin: 298" in plain(web.get(page))
    send_photo(box, loose)
    assert web.get(f"/api{page}.json").json()["evidence_bound"] is True
    assert "bukti lengkap dan cocok" in plain(web.get(page))
    shown = web.get(f"/api{page}.json").json()["photos"]
    assert [(photo["sha"], photo["sheet"]) for photo in shown] == [
        (sha(sheet_photo), "ppwp halaman 3"),
        (sha(loose), None),
    ]
    assert f'href="/photo/{sha(loose)}"' in web.get(page).text


def test_the_signed_root_decides_between_versions_of_a_sheet(centre, web, box):
    """A newer version may arrive first, and a shot that was taken again is no attachment."""
    first_photo, second_photo, loose = picture("red"), picture("green"), picture("blue")
    old = box.evidence(photo=bytes.fromhex(sha(first_photo)), value=111)
    new = box.evidence(photo=bytes.fromhex(sha(second_photo)), value=222)
    other = box.evidence(page=2, value=33)
    root = evidence_root([new, other, bytes.fromhex(sha(loose))])
    box.send(box.record(1, {"suara_sah": (State.CORRECTED, 220)}, root=root))
    for body in (new, other, old):
        send_evidence(box, body)
    for photo in (first_photo, second_photo, loose):
        send_photo(box, photo)
    assert web.get(f"/api/tps/{TPS}.json").json()["evidence_bound"] is True
    assert "bacaan mesin: 222" in plain(web.get(f"/tps/{TPS}"))


def test_versions_without_end_are_given_up():
    sheets = [[bytes([sheet, version]) for version in range(9)] for sheet in range(9)]
    last = [versions[-1] for versions in sheets]
    assert signed_versions(evidence_root(last), sheets, []) is None
    near = [versions[0] for versions in sheets[:-1]] + [sheets[-1][3]]
    assert signed_versions(evidence_root(near), sheets, []) == tuple(near)
    assert signed_versions(evidence_root([]), [], [bytes(32)]) == ()
    assert signed_versions(bytes(16), [], []) is None


def test_photos_come_back_whole_and_small(centre, web, box):
    data = picture()
    address = f"/photo/{send_photo(box, data)}"
    whole = web.get(address)
    assert (whole.content, whole.headers["content-type"]) == (data, "image/jpeg")
    for _ in range(2):  # made, then kept
        small = web.get(f"{address}/small")
        assert small.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(small.content)).size == (270, 360)


@pytest.mark.parametrize(
    "claim", [b"\xff\xd8\xff\xe0 no picture at all", picture(size=(2, 2))[:60]]
)
def test_a_photo_that_is_no_picture_can_still_be_had_whole(web, box, claim):
    address = f"/photo/{send_photo(box, claim)}"
    assert web.get(address).content == claim
    assert web.get(f"{address}/small").status_code == 404


def test_a_photo_with_too_many_pixels_is_not_opened(web, box):
    data = bytearray(picture(size=(16, 16)))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"  # 65535 by 65535
    address = f"/photo/{send_photo(box, bytes(data))}"
    assert web.get(f"{address}/small").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/tps/",
        "/tps/1",
        f"/tps/{OTHER_TPS}",
        "/tps/6302042001000",
        "/tps/" + "9" * 5000,
        "/api/tps/x.json",
        "/photo/" + "0" * 64,
        "/photo/..%2f..%2fconfig.json",
        "/photo/" + "0" * 64 + "/small",
        "/photo/" + "z" * 64,
        "/config.json",
        "/..%2fkeys%2fcentre.key",
    ],
)
def test_what_is_not_there_is_a_plain_404(web, box, path):
    answer = web.get(path)
    assert answer.status_code == 404
    assert "<h1>404</h1>" in answer.text
    assert "9999999999" not in answer.text


def test_nothing_can_be_changed(web, box):
    for path in ("/", f"/tps/{TPS}", "/api/tps.json", "/healthz"):
        assert web.ask("POST", path, content=b"x").status_code == 405
        assert web.ask("DELETE", path).status_code == 405


@pytest.mark.parametrize(
    "path", ["/", f"/tps/{TPS}", "/style.css", "/healthz", "/none", "/api/tps.json"]
)
def test_every_answer_has_the_safe_headers(web, box, path):
    answer = web.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_everything_is_escaped(web, box):
    box.send(box.record())
    page = web.get(f"/tps/{TPS}").text
    assert "Satu &amp; &lt;b&gt;" in page and "Satu & <b>" not in page
    assert "Presiden &lt;dan&gt; Wakil" in page
    assert "Satu &amp; &lt;b&gt;" in web.get("/").text
    assert "<script" not in page and "style=" not in page


def test_what_a_box_sends_is_shown_as_text(centre, web, box):
    box.send(box.record())
    evidence = box.evidence(contest="<script>alert(1)</script>")
    send_evidence(box, evidence)
    page = web.get(f"/tps/{TPS}").text
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "bukan pemilihan di pusat ini" in page


def test_the_state_of_the_box_is_shown(centre, web, box):
    assert "belum pernah" in plain(web.get("/"))
    for word, shown in ((b"online", "tersambung"), (b"lost", "terputus")):
        centre.intake.handle(status_topic(TPS), word)
        assert shown in plain(web.get("/")) and shown in plain(web.get(f"/tps/{TPS}"))


def test_history_keeps_every_result(web, box):
    for number in (1, 3, 2):
        box.send(box.record(number))
    box.send(box.record(2, root=bytes(15) + b"x"))
    history = web.get(f"/api/tps/{TPS}.json").json()["history"]
    assert [(h["number"], h["state"]) for h in history] == [
        (3, "newest"),
        (2, "superseded"),
        (2, "conflict"),
        (1, "superseded"),
    ]
    text = plain(web.get(f"/tps/{TPS}"))
    assert all(word in text for word in ("✓ berlaku", "↻ digantikan", "✗ bertentangan"))


def test_health(centre, web):
    assert web.get("/healthz").json() == {"database": True, "broker": None}
    with_ingest = Web(create_app(centre.folder, centre.database, lambda: False))
    assert with_ingest.get("/healthz").json() == {"database": True, "broker": False}


def test_a_database_that_fails_is_a_plain_503(centre, web, box):
    with centre.database.write() as connection:
        statuses.drop(connection)
    answer = web.get("/")
    assert answer.status_code == 503
    assert "sedang tidak bisa dibaca" in answer.text and "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("tps", "zone"),
    [("1101012001001", "08.00.00 WIB"), ("6101012001001", "08.00.00 WIB"),
     ("6302042001001", "09.00.00 WITA"), ("5101012001001", "09.00.00 WITA"),
     ("8101012001001", "10.00.00 WIT"), ("9401012001001", "10.00.00 WIT")],
)  # fmt: skip
def test_times_are_those_of_the_place(tps, zone):
    assert words.local_time(1_732_669_200, tps) == f"27-11-2024 {zone}"
    assert words.local_time(0, tps) == "waktu tidak diketahui"
    assert (words.whole(1600), words.megabytes(2_650_000)) == ("1.600", "2,6 MB")
