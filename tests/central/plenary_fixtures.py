"""The small country of `plenary_samples` on both engines, for the tests that name it."""

import shutil
from contextlib import contextmanager

import pytest
from laptop_samples import delegate
from plenary_samples import KECAMATAN, Country, make_country


@contextmanager
def copied(made, place):
    """A country of its own in a copy of a folder that was made once."""
    own = Country(shutil.copytree(made, place))
    yield own
    own.database.close()


@pytest.fixture(scope="session")
def made_country(tmp_path_factory):
    """The folder of a new centre, made once: keys and certificates take their time."""
    return make_country(tmp_path_factory.mktemp("negeri"))


@pytest.fixture
def country(made_country, tmp_path, engine):
    """A country of its own for each test, on either engine."""
    with copied(made_country, tmp_path / "data") as made:
        yield made


@pytest.fixture(scope="session")
def made_laptop(tmp_path_factory):
    """The folder of a kecamatan: of the same elections, with keys of its own."""
    return make_country(tmp_path_factory.mktemp("laptop"))


@pytest.fixture
def laptop(country, made_laptop, tmp_path):
    with copied(made_laptop, tmp_path / "laptop") as made:
        delegate(country, made, KECAMATAN)
        yield made
