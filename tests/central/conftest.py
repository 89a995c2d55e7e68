import pytest
from central_samples import Centre


@pytest.fixture
def centre(tmp_path):
    made = Centre(tmp_path / "centre")
    yield made
    made.database.close()


@pytest.fixture
def box(centre):
    return centre.enrol()
