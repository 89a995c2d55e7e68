"""The pages over TLS; and aloud, where passwords would go in the clear."""

import argparse
import ssl
import subprocess
import sys
import urllib.request

import pytest
from central_samples import WAIT
from ports import free_port
from tpscentral import serving
from tpscentral.certificates import Authority, key_pem, new_key, pem
from tpscentral.cli import main


@pytest.fixture
def tls(tmp_path):
    """The files of a certificate for 127.0.0.1, and a context that trusts it."""
    authority, key = Authority.create(), new_key()
    cert_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert_file.write_bytes(pem(authority.server(key.public_key(), "127.0.0.1")))
    key_file.write_bytes(key_pem(key))
    return cert_file, key_file, ssl.create_default_context(cadata=authority.pem.decode())


def test_pages_come_over_tls(centre, tls):
    cert, key, trusting = tls
    port = str(free_port())
    command = [sys.executable, "-m", "tpscentral.cli", "serve", "--data", str(centre.folder.root)]
    options = ["--port", port, "--tls-cert", str(cert), "--tls-key", str(key)]
    serve = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    try:
        assert f"https://127.0.0.1:{port}/" in serve.stderr.readline()
        address = f"https://127.0.0.1:{port}/healthz"
        with urllib.request.urlopen(address, timeout=WAIT, context=trusting) as answer:
            assert answer.status == 200
    finally:
        serve.terminate()
        assert serve.wait(WAIT) == 0
        assert "ATTENTION" not in serve.stderr.read()
        serve.stderr.close()


def test_tls_files_that_cannot_be_used_are_one_line(centre, tls, tmp_path, capsys):
    cert, key, _ = tls
    (tmp_path / "junk.pem").write_text("junk")
    other = tmp_path / "other.pem"
    other.write_bytes(key_pem(new_key()))
    data = ["serve", "--data", str(centre.folder.root)]
    for files, code, why in (
        ([cert, None], 2, "belong together"),
        ([None, key], 2, "belong together"),
        ([cert, tmp_path / "none.pem"], 3, "no such file"),
        ([cert, tmp_path / "junk.pem"], 3, "not a certificate and its key"),
        ([cert, other], 3, "not a certificate and its key"),
    ):
        names = zip(("--tls-cert", "--tls-key"), files, strict=True)
        options = [str(word) for pair in names if pair[1] for word in pair]
        assert main([*data, *options]) == code
        [line] = capsys.readouterr().err.splitlines()
        assert why in line


@pytest.mark.parametrize(
    ("host", "secure", "warned"),
    [
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("localhost", False, False),
        ("0.0.0.0", False, True),
        ("192.168.1.7", False, True),
        ("kecamatan.lan", False, True),
        ("0.0.0.0", True, False),
    ],
)
def test_passwords_in_the_clear_are_told_of(host, secure, warned, capsys):
    serving._greet(argparse.Namespace(host=host, port=8080), secure=secure)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"tpscentral: {'https' if secure else 'http'}://{host}:8080/"
    assert ("ATTENTION" in lines[-1]) == warned
