"""What boxes send is on the pages of its TPS: numbers, evidence, photos, versions, refusals."""

import hashlib
import io

import msgspec
import pytest
from central_samples import OTHER_TPS, TPS
from PIL import Image
from tpsbox.record.statement import State
from tpsbox.record.topics import evidence_topic, status_topic
from tpsbox.record.tree import evidence_root
from tpscentral import words
from tpscentral.pages import paper_photo
from tpscentral.pages.app import create_app
from tpscentral.proof import signed_versions
from web_visitor import START, come_in, officer, words_of

PAGE = f"/tps/{TPS}/ppwp"


@pytest.fixture
def web(centre, clock):
    """An officer of the kabupaten, who looks."""
    config = msgspec.structs.replace(centre.folder.config, training=True)
    centre.folder.__dict__["config"] = config
    app = create_app(centre.folder, centre.database, clock=clock, ticks=clock)
    officer(centre, "kab", "kabupaten", "6302")
    return come_in(app, centre, "kab", START)


def picture(colour="white", size=(900, 1200)):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "JPEG")
    return data.getvalue()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def send_photo(box, data):
    assert box.send_photo(data) is not None
    return sha(data)


def send_evidence(box, data):
    assert box.centre.intake.handle(evidence_topic(box.tps, sha(data)), data) is not None


def test_a_tps_without_a_result_says_so(web, box):
    assert "Belum ada hasil dari TPS ini" in words_of(web.get(PAGE))
    assert "Belum ada foto" in words_of(web.get(PAGE))


def test_each_number_is_shown_with_its_state_in_words(web, box):
    numbers = {
        "paslon_1": (State.ACCEPTED, 0),
        "paslon_2": (State.CONFIRMED, 20),
        "paslon_3": (State.CORRECTED, 3),
        "suara_sah": (State.UNSURE, 23),
        "suara_tidak_sah": (State.UNSURE, None),
    }
    box.send(box.record(1, numbers))
    text = words_of(web.get(PAGE))
    assert "Paslon 1: Satu & <b> 0 – – 0 dibaca mesin" in text
    assert "Paslon 2: Dua 20 – 20 sesuai 20 dikonfirmasi" in text
    assert "Paslon 3: Tiga 3 – 3 dikoreksi 3 dikoreksi" in text
    assert "Suara sah 23 – – 23 ragu" in text
    assert "Suara tidak sah kosong – – kosong ragu" in text
    assert "Foto lembar ini belum sampai di pusat" in text


def test_rules_hold_are_broken_or_not_yet_known(web, box):
    votes = {f"paslon_{n}": (State.ACCEPTED, n) for n in (1, 2, 3)}
    more = {
        "suara_sah": (State.ACCEPTED, 6),
        "suara_tidak_sah": (State.ACCEPTED, 1),
        "suara_total": (State.CORRECTED, 8),
        "pemilih_dpt_l": (State.ACCEPTED, 1),
        "pemilih_dpt_p": (State.UNSURE, 1),
        "pemilih_dpt_j": (State.ACCEPTED, 2),
    }
    box.send(box.record(1, votes | more))
    text = words_of(web.get(PAGE))
    assert "✓ sesuai Suara sah = Paslon 1 + Paslon 2 + Paslon 3 6 = 1 + 2 + 3" in text
    assert "✗ tidak cocok Suara sah dan tidak sah = Suara sah + Suara tidak sah 8 ≠ 6 + 1" in text
    assert "… belum bisa diperiksa Pemilih dalam DPT J" in text
    assert "2 = 1 + 1 (ragu)" in text


def test_evidence_and_photos_stand_beside_the_numbers(web, box):
    sheet_photo, loose = picture("white"), picture("grey")
    evidence = box.evidence(photo=bytes.fromhex(sha(sheet_photo)), value=298)
    root = evidence_root([evidence, bytes.fromhex(sha(loose))])
    box.send(box.record(1, {"suara_sah": (State.CORRECTED, 288)}, root=root))
    assert "bukti belum lengkap" in words_of(web.get(PAGE))
    send_evidence(box, evidence)
    send_photo(box, sheet_photo)
    assert "mesin: 298" in words_of(web.get(PAGE))
    assert "bukti belum lengkap" in words_of(web.page)
    send_photo(box, loose)
    text = words_of(web.get(PAGE))
    assert "bukti lengkap dan cocok" in text
    assert "ppwp lembar 3" in text and "lampiran" in text
    assert f'href="/tps/{TPS}/foto/{sha(loose)}"' in web.page.text


def test_the_signed_root_decides_between_versions_of_a_sheet(web, box):
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
    text = words_of(web.get(PAGE))
    assert "bukti lengkap dan cocok" in text and "mesin: 222" in text


def test_versions_without_end_are_given_up():
    sheets = [[bytes([sheet, version]) for version in range(9)] for sheet in range(9)]
    last = [versions[-1] for versions in sheets]
    assert signed_versions(evidence_root(last), sheets, []) is None
    near = [versions[0] for versions in sheets[:-1]] + [sheets[-1][3]]
    assert signed_versions(evidence_root(near), sheets, []) == tuple(near)
    assert signed_versions(evidence_root([]), [], [bytes(32)]) == ()
    assert signed_versions(bytes(16), [], []) is None


def test_photos_come_back_whole_and_small(web, box):
    data = picture()
    address = f"/tps/{TPS}/foto/{send_photo(box, data)}"
    whole = web.get(address)
    assert (whole.content, whole.headers["content-type"]) == (data, "image/jpeg")
    for _ in range(2):  # made, then kept
        small = web.get(f"{address}/kecil")
        assert small.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(small.content)).size == (270, 360)


def test_a_crop_is_cut_once_and_kept(centre, web, box):
    data = picture("red")
    evidence = box.evidence(photo=bytes.fromhex(sha(data)))
    send_evidence(box, evidence)
    address = f"/tps/{TPS}/potongan/{sha(evidence)}/suara_sah.jpg"
    assert web.get(address).status_code == 404
    send_photo(box, data)
    for _ in range(2):
        answer = web.get(address)
        assert answer.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).width > 200
    assert "immutable" in answer.headers["cache-control"]
    assert list(centre.folder.crops.rglob("suara_sah.jpg"))
    for name in ("kepala", "lembar"):
        assert web.get(address.replace("suara_sah", name)).status_code == 200
    for name in ("paslon_1", "..%2f..%2fconfig", "suara_sah-tanda", "part-x"):
        assert web.get(address.replace("suara_sah", name)).status_code == 404


@pytest.mark.parametrize(
    "claim", [b"\xff\xd8\xff\xe0 no picture at all", picture(size=(2, 2))[:60]]
)
def test_a_photo_that_is_no_picture_can_still_be_had_whole(web, box, claim):
    address = f"/tps/{TPS}/foto/{send_photo(box, claim)}"
    assert web.get(address).content == claim
    assert web.get(f"{address}/kecil").status_code == 404
    evidence = box.evidence(photo=hashlib.sha256(claim).digest())
    send_evidence(box, evidence)
    assert web.get(f"/tps/{TPS}/potongan/{sha(evidence)}/suara_sah.jpg").status_code == 404


def test_a_photo_with_too_many_pixels_is_not_opened(web, box):
    data = bytearray(picture(size=(16, 16)))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"  # 65535 by 65535
    address = f"/tps/{TPS}/foto/{send_photo(box, bytes(data))}"
    assert web.get(f"{address}/kecil").status_code == 404
    with pytest.raises(paper_photo.InputError):
        paper_photo.check_jpeg(bytes(data))


@pytest.mark.parametrize(
    "path",
    [
        "/tps/1/ppwp",
        f"/tps/{OTHER_TPS}/lain",
        f"/tps/{OTHER_TPS}/ppwp",
        "/tps/" + "9" * 5000 + "/ppwp",
        f"/tps/{TPS}/foto/" + "0" * 64,
        f"/tps/{TPS}/foto/" + "z" * 64,
        f"/tps/{TPS}/foto/..%2f..%2fconfig.json",
        f"/tps/{TPS}/foto/" + "0" * 64 + "/kecil",
        f"/tps/{TPS}/potongan/" + "0" * 64 + "/kepala.jpg",
    ],
)
def test_what_is_not_there_is_a_plain_404(web, box, path):
    answer = web.get(path)
    assert answer.status_code in (403, 404)
    assert "9999999999" not in answer.text and "Traceback" not in answer.text


def test_pictures_of_another_region_are_refused(centre, web, box):
    photo = send_photo(box, picture())
    officer(centre, "lain", "ppk", "630205")
    other = come_in(web.app, centre, "lain", START)
    assert other.get(f"/tps/{TPS}/foto/{photo}").status_code == 403
    assert other.get(f"/tps/6302052001001/foto/{photo}").status_code == 404


def test_everything_is_escaped(web, box):
    box.send(box.record())
    send_evidence(box, box.evidence(contest="<script>alert(1)</script>"))
    page = web.get(PAGE).text
    assert "Satu &amp; &lt;b&gt;" in page and "Satu & <b>" not in page
    assert "Presiden &lt;dan&gt; Wakil" in page
    assert "<script>" not in page and "&lt;script&gt;" in page and "style=" not in page
    assert "bukan pemilihan di pusat ini" in page


def test_the_state_of_the_box_is_shown(centre, web, box):
    assert "belum pernah" in words_of(web.get(PAGE))
    for word, shown in ((b"online", "tersambung"), (b"lost", "terputus")):
        centre.intake.handle(status_topic(TPS), word)
        assert shown in words_of(web.get(PAGE))
    text = words_of(web.get("/kemajuan/630204/ppwp"))
    assert "1 terdaftar 0 ● tersambung 1 ○ terputus" in text


def test_every_result_is_kept_and_shown(web, box):
    for number in (1, 3, 2):
        box.send(box.record(number))
    box.send(box.record(2, root=bytes(15) + b"x"))
    text = words_of(web.get(PAGE))
    for words_ in ("✓ berlaku dipakai 1/3", "✗ bertentangan 1/2", "↻ digantikan 1/1"):
        assert words_ in text
    assert "1 hasil bertentangan" in text


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
    assert (words.share(999, 1000), words.share(3, 3), words.share(0, 0)) == ("99,9%", "100%", "0%")
