"""A kecamatan without a network serves its own region alone, and only if it is certified."""

import argparse

import pytest
from central_samples import NOW, Centre
from tpsbox.errors import AnswerError, InputError
from tpscentral.delegation import install_delegation, request_delegation, sign_delegation
from tpscentral.folder import open_folder
from tpscentral.pages.app import create_app
from tpscentral.serving import add, check_serves
from tpscentral.setup import create
from web_visitor import come_in, officer


@pytest.fixture
def laptop(tmp_path, centre):
    """A folder of the shipped election, with the regions of Kotabaru."""
    broker = centre.folder.config.broker
    create(tmp_path / "laptop", broker, ["pilkada-2024-kotabaru"])
    return open_folder(tmp_path / "laptop")


def certify(laptop, tmp_path, region):
    create(tmp_path / "pusat", laptop.config.broker, ["pilkada-2024-kotabaru"])
    centre = open_folder(tmp_path / "pusat")
    (package,) = centre.elections
    answer, _ = sign_delegation(
        centre,
        request_delegation(laptop),
        package=package,
        region=region,
        not_before=NOW,
        not_after=NOW + 1000,
    )
    install_delegation(laptop, answer)


def test_it_must_be_certified_for_a_kecamatan_of_its_election(laptop, tmp_path):
    with pytest.raises(AnswerError, match="not certified"):
        check_serves(laptop, "630214")
    certify(laptop, tmp_path, "630214")
    assert check_serves(laptop, "630214") == "630214"
    with pytest.raises(AnswerError, match="not certified"):
        check_serves(laptop, "630213")
    for region in ("6302", "630299", "x", "", "6302142001"):
        with pytest.raises(InputError):
            check_serves(laptop, region)


def test_the_command_takes_a_region():
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers(), argparse.ArgumentParser(add_help=False))
    assert parser.parse_args(["serve", "--region", "630214"]).region == "630214"


def test_nobody_of_another_region_comes_in(tmp_path):
    centre = Centre(tmp_path / "satu")
    app = create_app(centre.folder, centre.database, clock=lambda: NOW, ticks=lambda: 0.0)
    app.state.site.region = "630214"
    officer(centre, "dalam", region="630214")
    officer(centre, "luar", region="630213")
    officer(centre, "atas", "kabupaten", "6302")
    assert come_in(app, centre, "dalam", NOW).page.status_code == 200
    for name in ("luar", "atas"):
        visitor = come_in(app, centre, name, NOW)
        assert visitor.page.status_code == 403
        assert "hanya melayani wilayah 630214" in visitor.page.text
        assert visitor.get("/masuk").status_code != 403
    centre.database.close()
