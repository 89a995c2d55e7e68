import shutil

import pytest
from plenary_fixtures import made_country  # noqa: F401 - a fixture
from plenary_samples import Country


@pytest.fixture
def country(made_country, tmp_path):  # noqa: F811
    """On SQLite alone: a document is made from what was read, not by the database."""
    made = Country(shutil.copytree(made_country, tmp_path / "data"))
    yield made
    made.database.close()
