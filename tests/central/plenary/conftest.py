import pytest
from plenary_samples import Country


@pytest.fixture
def country(tmp_path):
    made = Country(tmp_path / "negeri")
    yield made
    made.database.close()
