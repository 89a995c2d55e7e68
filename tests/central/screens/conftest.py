"""A small country behind its pages, and officers who are in."""

import shutil

import pytest
from argon2 import PasswordHasher
from plenary_samples import Country, make_country
from tpscentral.pages.app import create_app
from tpscentral.people import passwords
from web_visitor import Clock, come_in, officer


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Argon2id with less work: what it costs is tested in people/test_passwords.py."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)


@pytest.fixture(scope="session")
def made_country(tmp_path_factory):
    """The folder of a training centre, made once: keys and certificates take their time."""
    return make_country(tmp_path_factory.mktemp("negeri"), training=True)


@pytest.fixture
def country(made_country, engine, tmp_path):
    made = Country(shutil.copytree(made_country, tmp_path / "data"))
    yield made
    made.database.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(country, clock):
    return create_app(country.folder, country.database, clock=clock, ticks=clock)


@pytest.fixture
def enter(app, country, clock):
    """Come in as an officer of a region: `enter("990101")`, or as another role or person."""
    known = {}
    roles = {6: "ppk", 4: "kabupaten", 2: "provinsi", 0: "admin"}

    def come(region, role=None, name=None):
        role = role or roles[len(region)]
        name = name or f"{role}-{region or 'pusat'}"
        if name not in known:
            known[name] = officer(country, name, role, region)
        return come_in(app, country, name, clock.now)

    return come
