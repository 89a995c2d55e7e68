"""`tpsbox read` shows what row totals and tally marks say where they differ from the number."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from tpsbox.cli.main import main
from tpsbox.simulator.fill import Style


@pytest.fixture(scope="module")
def photo(ppwp, tmp_path_factory):
    path = tmp_path_factory.mktemp("read") / "page2.jpg"
    path.write_bytes(ppwp.shoot(2, Style(faults={"paslon_2": "row_sum"})).jpeg)
    return str(path)


def test_the_table_names_a_total_that_differs_and_no_other(photo, capsys):
    assert main(["read", photo, "--form", "ppwp-2024"]) == 0
    lines = capsys.readouterr().out.splitlines()
    differing = [number for number, line in enumerate(lines) if line.lstrip().startswith("jumlah")]
    assert len(differing) == 1
    assert lines[differing[0] - 1].split()[0] == "paslon_2"


def test_json_has_both_counts_of_every_number_with_tally_marks(photo, capsys, ppwp):
    assert main(["read", photo, "--form", "ppwp-2024", "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)[0]["fields"]
    for field in ppwp.form.page(2).fields:
        said = fields[field.name]
        assert len(said["row_sums"]) == field.tally.rows
        assert abs(said["tally"]["count"] - ppwp.values[field.name]) <= 3 * said["tally"]["spread"]


def test_a_name_that_is_no_utf8_loses_no_answer(photo, capsys, tmp_path):
    odd = os.fsdecode(bytes(tmp_path) + b"/g\xe9.jpg")
    shutil.copy(photo, odd)
    assert main(["read", photo, odd, f"{odd}x", "--form", "ppwp-2024", "--json"]) == 3
    told = capsys.readouterr()
    answers = json.loads(told.out)
    assert [answer["status"] for answer in answers] == ["read", "read", "rejected"]
    assert answers[1]["photo"].endswith("g\\xe9.jpg") and "g\\xe9.jpgx" in told.err
    assert main(["read", "--cells", odd, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["file"].endswith("g\\xe9.jpg")


@pytest.mark.parametrize("more", [["--set"], ["--form", "x"], ["--election", ""], ["--page", "9"]])
def test_cut_out_boxes_are_no_sheets(photo, capsys, more):
    assert main(["read", "--cells", photo, *more]) == 2
    assert "a cut-out box is no sheet" in capsys.readouterr().err


def test_an_empty_name_is_no_form(photo, capsys):
    assert main(["read", photo, "--form", ""]) == 2
    assert "form '' is unknown" in capsys.readouterr().err
