from plenary_fixtures import country, laptop, made_country, made_laptop  # noqa: F401 - fixtures
