"""The small country of `plenary_samples` on both engines, for the tests that name it."""

import shutil

import pytest
from plenary_samples import Country, make_country


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
