"""Photos lie in the centre's folder or in a store that speaks S3; either says what it has."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from central_samples import NOW, TPS, Centre
from tpsbox.errors import EnvironmentFault, UsageError
from tpscentral import files
from tpscentral.attachments import take_photo
from tpscentral.cli import main
from tpscentral.folder import open_folder
from tpscentral.photostore import FolderPhotos, S3Photos, open_photos

JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 40
SHA = hashlib.sha256(JPEG).hexdigest()


class Bucket(ThreadingHTTPServer):
    """As much of S3 as keeping and getting needs; `fault` is its answer instead, if set."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), BucketHandler)
        self.held = {}
        self.fault = None


class BucketHandler(BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._answers():
            self.server.held[self.path] = (body, self.headers["Content-Type"])
            self._say(200, b"", ETag='"1"')

    def do_GET(self):
        if self._answers():
            found = self.server.held.get(self.path)
            more = {"ETag": '"1"', "Last-Modified": "Wed, 27 Nov 2024 00:00:00 GMT"}
            self._say(404 if found is None else 200, found[0] if found else b"", **more)

    def _answers(self):
        if self.server.fault is not None:
            self._say(self.server.fault, b"")
        return self.server.fault is None

    def _say(self, code, body, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said):
        pass


@pytest.fixture
def bucket(monkeypatch):
    server = Bucket()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    said = {
        "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "id-1",
        "AWS_ACCESS_KEY_ID": "kunci",
        "AWS_SECRET_ACCESS_KEY": "rahasia",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def photos(tmp_path):
    return FolderPhotos(tmp_path)


def test_the_folder_gives_back_what_it_keeps_once_it_is_on_the_disk(photos, tmp_path, monkeypatch):
    order = []
    sync, move = files.os.fsync, files.Path.replace
    monkeypatch.setattr(files.os, "fsync", lambda file: (order.append("sync"), sync(file))[1])
    monkeypatch.setattr(files.Path, "replace", lambda a, b: (order.append("move"), move(a, b))[1])
    path = photos.put(SHA, JPEG)
    assert photos.get(SHA) == JPEG
    assert path == f"{SHA[:2]}/{SHA}.jpg" and (tmp_path / path).read_bytes() == JPEG
    assert (tmp_path / path).stat().st_mode & 0o777 == 0o600
    assert order == ["sync", "move", "sync", "sync"]


def test_a_disk_that_fails_leaves_nothing_in_the_folder(photos, tmp_path, monkeypatch):
    def full(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(EnvironmentFault, match="No space"):
        photos.put(SHA, JPEG)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_store_of_s3_gives_back_what_it_keeps(bucket, tmp_path):
    store = open_photos("s3://pemilu/foto/2024/", tmp_path)
    assert isinstance(store, S3Photos)
    path = store.put(SHA, JPEG)
    assert bucket.held == {f"/pemilu/foto/2024/{path}": (JPEG, "image/jpeg")}
    assert store.get(SHA) == JPEG
    assert list(tmp_path.iterdir()) == []


def test_a_store_of_s3_that_refuses_is_a_fault_in_one_line_without_the_key(bucket, tmp_path):
    store = open_photos("s3://pemilu", tmp_path)
    for act in (lambda: store.get(SHA), lambda: store.put(SHA, JPEG)):
        bucket.fault = 403
        with pytest.raises(EnvironmentFault) as told:
            act()
        assert "\n" not in str(told.value) and "rahasia" not in str(told.value)


def test_a_photo_that_is_not_there_is_a_fault(bucket, photos, tmp_path):
    for store in (photos, open_photos("s3://pemilu", tmp_path)):
        with pytest.raises(EnvironmentFault, match=SHA):
            store.get(SHA)


def test_a_photo_gets_no_row_unless_the_store_has_it(bucket, centre, box, tmp_path):
    store = open_photos("s3://pemilu", tmp_path)

    def take():
        elections = centre.folder.elections
        id = bytes.fromhex(SHA)
        return take_photo(centre.database, elections, store, TPS, id, JPEG, NOW)

    bucket.fault = 403
    with pytest.raises(EnvironmentFault):
        take()
    bucket.fault = None
    assert take().note == f"{len(JPEG)} bytes stored"
    assert take().note == "stored, again"


@pytest.mark.parametrize("url", ["http://a/b", "s3://", "s3:/pemilu", "foto", "file:///tmp"])
def test_what_is_no_address_of_a_store_is_refused(url, tmp_path, capsys):
    with pytest.raises(UsageError, match="s3://"):
        open_photos(url, tmp_path)
    arguments = ["--data", str(tmp_path / "data"), "--election", "pilkada-2024-kotabaru"]
    assert main(["init", *arguments, "--photos", url]) == 2
    assert not (tmp_path / "data").exists()
    assert "s3://" in capsys.readouterr().err


def test_a_centre_with_a_store_sends_its_photos_there(bucket, tmp_path, capsys):
    plain = Centre(tmp_path / "centre")
    plain.database.close()
    root = tmp_path / "data"
    arguments = ["--data", str(root), "--election", "pilkada-2024-kotabaru"]
    assert main(["init", *arguments, "--photos", "s3://pemilu"]) == 0
    assert isinstance(open_folder(root).photo_store, S3Photos)
    assert isinstance(plain.folder.photo_store, FolderPhotos)
