"""The commands that carry a plenary, and what goes on beside them."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

from laptop_samples import JPEG, PPK, carry, play, take_in
from plenary_samples import (
    KABUPATEN,
    KECAMATAN,
    OTHER_KECAMATAN,
    THIRD_TPS,
)
from sqlalchemy import text
from tpscentral.cli import main
from tpscentral.database import claim
from tpscentral.plenary.desk import election_at


def test_the_commands_carry_it(laptop, country, tmp_path, capsys):
    play(laptop, country)
    laptop.folder.photo_store.put(hashlib.sha256(JPEG).hexdigest(), JPEG)
    file = tmp_path / "satu.tpsrecap"
    export = ["recap", "export", "--contest", "gubernur", "--out", str(file)]
    there, here = (["--data", str(one.folder.root)] for one in (laptop, country))
    assert main([*export, *there, "--region", KABUPATEN]) == 2
    assert main([*export, *there, "--region", OTHER_KECAMATAN]) == 1
    assert main([*export, *there, "--region", KECAMATAN]) == 0
    assert main(["recap", "import", str(file), *here]) == 0
    assert main(["recap", "import", str(file), *here]) == 0
    told = capsys.readouterr()
    assert "3 TPS, 4 acts: taken in" in told.out
    assert "nothing changed" in told.out
    assert told.err.count("\n") == 2, "each refusal is one line"
    country.take(KECAMATAN)
    file.write_bytes(b"{")
    assert main(["recap", "import", str(file), *here]) == 3


def test_a_file_that_nobody_would_take_is_not_written(
    laptop, country, tmp_path, capsys, monkeypatch
):
    play(laptop, country)
    laptop.folder.photo_store.put(hashlib.sha256(JPEG).hexdigest(), JPEG)
    monkeypatch.setattr("tpscentral.plenary.commands.RECAP_LIMIT", 1000)
    file = tmp_path / "satu.tpsrecap"
    export = ["recap", "export", "--contest", "gubernur", "--region", KECAMATAN, "--out", str(file)]
    assert main([*export, "--data", str(laptop.folder.root)]) == 1
    assert "too large" in capsys.readouterr().err
    assert not file.exists()


def test_an_officer_and_a_file_never_wait_for_each_other(laptop, country):
    """Who holds a TPS may still want its kecamatan; a file needs both, in the same order."""
    play(laptop, country)
    data = carry(laptop)
    with ThreadPoolExecutor(1) as pool:
        with country.desk(PPK) as desk:
            claim(desk.connection, [THIRD_TPS])
            coming = pool.submit(take_in, country, data)
            await_lock(country, coming)
            assert election_at(desk, THIRD_TPS, "gubernur", hold=True)
        done, _ = coming.result()
    assert done.new


def await_lock(country, coming):
    """Until the file waits for somebody; on SQLite it does so before it begins."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    while not (country.database.is_sqlite or coming.done()):
        with country.database.read() as connection:
            if connection.scalar(waiting):
                return
