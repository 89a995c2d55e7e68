"""The small country of `plenary_samples` on both engines, for the tests that name it."""

import shutil

import pytest
from laptop_samples import delegate
from plenary_samples import KECAMATAN, Country, make_country


@pytest.fixture(scope="session")
def made_country(tmp_path_factory):
    """The folder of a new centre, made once: keys and certificates take their time."""
    return make_country(tmp_path_factory.mktemp("negeri"))


@pytest.fixture
def country(made_country, tmp_path, engine):
    """A country of its own for each test, on either engine."""
    made = Country(shutil.copytree(made_country, tmp_path / "data"))
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def made_laptop(tmp_path_factory):
    """The folder of a kecamatan: of the same elections, with keys of its own."""
    return make_country(tmp_path_factory.mktemp("laptop"))


@pytest.fixture
def laptop(country, made_laptop, tmp_path):
    made = Country(shutil.copytree(made_laptop, tmp_path / "laptop"))
    delegate(country, made, KECAMATAN)
    yield made
    made.database.close()
