"""`tpsbox read` shows what row totals and tally marks say where they differ from the number."""

from __future__ import annotations

import json

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
