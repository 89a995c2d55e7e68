import msgspec
import pytest
from argon2 import PasswordHasher
from tpscentral.pages.app import create_app
from tpscentral.people import passwords
from web_visitor import Clock


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Argon2id with less work: what it costs is tested in people/test_passwords.py."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    monkeypatch.setattr(passwords, "_nobody", [])


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(centre, clock):
    """The pages of a centre that asks for the second factor."""
    return create_app(centre.folder, centre.database, clock=clock, ticks=clock)


@pytest.fixture
def training_app(centre, clock):
    """The pages of a training centre."""
    config = msgspec.structs.replace(centre.folder.config, training=True)
    centre.folder.__dict__["config"] = config
    return create_app(centre.folder, centre.database, clock=clock, ticks=clock)
