"""Accounts and journal by command: what is done, printed and refused."""

import re

import pytest
from sqlalchemy import text
from tpscentral import cli
from tpscentral.people import accounts, journal


@pytest.fixture
def run(centre, capsys, monkeypatch):
    # Each command opens the database that the centre of this test uses.
    monkeypatch.setenv("TPSCENTRAL_DATA", str(centre.folder.root))

    def command(*arguments, code=0):
        assert cli.main([str(argument) for argument in arguments]) == code
        out, err = capsys.readouterr()
        assert len(err.splitlines()) == (0 if code == 0 else 1), err
        return out if code == 0 else err

    return command


ANI = ("account", "add", "ppk.630204", "--name", "Ani", "--role", "ppk", "--region", "630204")


def test_an_account_and_its_link(centre, run):
    out = run(*ANI, "--url", "https://pusat.example/")
    token = re.search(r"^https://pusat\.example/undangan/([\w-]{43})$", out, re.M)[1]
    with centre.database.read() as connection:
        assert accounts.load(connection, "ppk.630204").account.name == "Ani"
        until = connection.scalar(text("SELECT invited_until FROM accounts"))
        assert accounts.invited(connection, token, until - 1).region == "630204"
        assert accounts.invited(connection, token, until) is None
    assert "sudah ada" in run(*ANI, code=1)
    assert run("account", "list") == "ppk.630204\tppk\t630204\tinvited\tAni\n"
    assert run("account", "list", "--region", "64") == ""


def test_closing_opening_and_a_new_link(run):
    run(*ANI)
    assert "in no more" in run("account", "disable", "ppk.630204")
    assert "\tdisabled\t" in run("account", "list")
    assert "in again" in run("account", "enable", "ppk.630204")
    assert "\tno-link\t" in run("account", "list")
    assert "/undangan/" in run("account", "reset", "ppk.630204")
    for step in ("disable", "enable", "reset"):
        assert "tidak ada akun" in run("account", step, "siapa", code=1)


def test_a_table_of_accounts_and_the_file_of_their_links(tmp_path, run):
    table, links = tmp_path / "akun.csv", tmp_path / "tautan.csv"
    table.write_text("username,nama,peran,wilayah\nppk.a,A,ppk,630204\nsaksi.b,B,pengamat,63\n")
    assert "2 one-time links" in run("account", "import", table, "--out", links)
    assert links.stat().st_mode & 0o777 == 0o600
    lines = links.read_text().splitlines()
    assert lines[0] == "username,tautan" and lines[1].startswith("ppk.a,http://127.0.0.1:8080/und")
    more = tmp_path / "lagi.csv"
    more.write_text("username,nama,peran,wilayah\nppk.c,C,ppk,630205\n")
    # Where the links cannot be kept, no account is made.
    assert "name a new file" in run("account", "import", more, "--out", links, code=4)
    assert "ppk.c" not in run("account", "list")
    assert "ppk.c,http" in run("account", "import", more)
    assert "no such file" in run("account", "import", tmp_path / "none.csv", code=3)


def test_wrong_words_are_refused_in_one_line(run):
    assert "6 angka" in run(
        "account", "add", "ppk.x", "--name", "X", "--role", "ppk", "--region", "63", code=3
    )
    assert "nama pengguna" in run("account", "add", "P", "--name", "X", "--role", "admin", code=3)


def test_the_journal_verifies_until_somebody_changes_it(centre, run):
    run(*ANI)
    head = run("journal", "head").strip()
    assert head.startswith("2:") and head in run("journal", "verify", "--known", head)
    run("account", "disable", "ppk.630204")
    assert "3 rows" in run("journal", "verify", "--known", head)
    other = head[:-1] + ("0" if head[-1] != "0" else "1")
    assert "row 2 does not have" in run("journal", "verify", "--known", other, code=1)
    shown = run("journal", "show", "--limit", 2).splitlines()
    assert [line.split("\t")[3] for line in shown] == ["undangan", "akun-tutup"]
    break_row(centre, 2)
    assert "row 2 was changed after it was written" in run("journal", "verify", code=1)


def break_row(centre, n):
    """Change a row as somebody could who owns the database."""
    off, on = ("DROP TRIGGER journal_keeps_UPDATE", "")
    if not centre.database.is_sqlite:
        off, on = (f"ALTER TABLE journal {word} TRIGGER ALL" for word in ("DISABLE", "ENABLE"))
    with centre.database.write() as connection:
        connection.execute(text(off))
        connection.execute(text("UPDATE journal SET detail = 'x' WHERE n = :n"), {"n": n})
        if on:
            connection.execute(text(on))


def test_lines_of_others_do_not_make_lines_of_the_journal(centre, run):
    with centre.database.write() as connection:
        journal.write(connection, "x", "koreksi", "630204", "satu\n9\tpalsu", 5)
    assert len(run("journal", "show", "--region", "630204").splitlines()) == 1
    assert run("journal", "show", "--region", "64") == ""


@pytest.mark.parametrize("known", ["x", "1:ab", "-1:" + "0" * 64])
def test_a_known_head_has_its_form(centre, known, capsys):
    data = str(centre.folder.root)
    assert cli.main(["journal", "verify", "--data", data, f"--known={known}"]) == 2
    assert "is not N:HASH" in capsys.readouterr().err
