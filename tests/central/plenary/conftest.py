from plenary_fixtures import country, made_country  # noqa: F401 - fixtures
