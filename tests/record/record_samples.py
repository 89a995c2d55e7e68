"""An election with two contests, and hypothesis strategies for what a TPS may state about it."""

from hypothesis import strategies as st
from tpsbox.forms.election import Contest, Election, Paslon
from tpsbox.record.evidence import Evidence, FieldEvidence, Word
from tpsbox.record.statement import Clock, ContestResult, State, Statement, Value

PASLON = tuple(Paslon(nomor=n, nama=f"Paslon {n}") for n in (1, 2, 3))
ELECTION = Election(
    name="uji",
    title="Pemilu uji",
    date="2024-02-14",
    tps_limit=300,
    contest=(
        Contest(key="ppwp", title="Presiden", form="ppwp-2024", paslon=PASLON),
        Contest(key="kedua", title="Kontes kedua", form="ppwp-2024", paslon=PASLON),
    ),
)
FIELDS = len(ELECTION.form_of("ppwp").fields)
TPS = "6302042001001"

numbers = st.integers(0, 999)
values = st.one_of(
    st.just(Value(State.ABSENT)),
    st.builds(Value, st.just(State.ACCEPTED), numbers),
    st.builds(
        Value,
        st.sampled_from([State.CONFIRMED, State.CORRECTED, State.UNSURE]),
        st.none() | numbers,
    ),
)
tps_codes = st.tuples(st.integers(0, 10**10 - 1), st.integers(1, 999)).map(
    lambda parts: f"{parts[0]:010d}{parts[1]:03d}"
)


def contest_results(key, fields=FIELDS):
    cells = st.lists(values, min_size=fields, max_size=fields).map(tuple)
    return st.builds(ContestResult, st.just(key), st.booleans(), cells)


statements = st.builds(
    Statement,
    package=st.just(ELECTION.package),
    tps=tps_codes,
    epoch=st.integers(1, 255),
    number=st.integers(1, 65535),
    time=st.integers(0, 2**32 - 1),
    clock=st.sampled_from(Clock),
    contests=st.tuples(contest_results("ppwp"), contest_results("kedua")),
    root=st.binary(min_size=16, max_size=16),
)


def one_statement(**changes):
    plain = {
        "package": ELECTION.package,
        "tps": TPS,
        "epoch": 1,
        "number": 1,
        "time": 1_707_900_000,
        "clock": Clock.RTC,
        "contests": tuple(
            ContestResult(key, True, (Value(State.ACCEPTED, 12),) * FIELDS)
            for key in ("ppwp", "kedua")
        ),
        "root": bytes(16),
    }
    return Statement(**{**plain, **changes})


names = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=20)
hashes = st.binary(min_size=32, max_size=32)
probabilities = st.floats(0, 1)
scalars = st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=9) | probabilities
plain_values = scalars | st.lists(scalars | st.lists(scalars).map(tuple), max_size=4).map(tuple)
fields = st.builds(
    FieldEvidence,
    name=names,
    raw=st.text(max_size=3),
    value=st.none() | numbers,
    status=st.sampled_from(["accepted", "review"]),
    probability=probabilities,
    reasons=st.lists(st.text(max_size=30), max_size=2).map(tuple),
    witnesses=st.dictionaries(names, st.dictionaries(names, plain_values, max_size=3), max_size=3),
)
words = st.builds(
    Word,
    field=names,
    kind=st.sampled_from(["confirm", "correct"]),
    value=st.none() | numbers,
    time=st.integers(0, 2**32 - 1),
)
finite = st.floats(allow_nan=False, allow_infinity=False)
evidences = st.builds(
    Evidence,
    tps=tps_codes,
    contest=names,
    form=names,
    page=st.integers(1, 99),
    photo=hashes,
    homography=st.tuples(*[finite] * 9),
    fields=st.lists(fields, max_size=3).map(tuple),
    words=st.lists(words, max_size=3).map(tuple),
    entry=st.sampled_from(["camera", "typed"]),
    firmware=st.text(max_size=20),
    model=hashes,
)
