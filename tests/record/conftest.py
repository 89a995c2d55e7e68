from hypothesis import settings

# A machine that is busy elsewhere makes no test fail.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
