"""An account sees its region and nothing beside it, and works in its own plenary alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpscentral.levels import Level
from tpscentral.people.roles import (
    Account,
    ForbiddenError,
    Role,
    check_role_region,
    may_see,
    may_work,
    require_admin,
    require_see,
    require_work,
)

PPK = Account("ppk", "PPK", Role.PPK, "630204")
KAB = Account("kab", "KPU kabupaten", Role.KABUPATEN, "6302")
PROV = Account("prov", "KPU provinsi", Role.PROVINSI, "63")
ADMIN = Account("admin", "Admin", Role.ADMIN, "")
TPS = "6302042001001"


def codes(*lengths):
    return st.sampled_from(lengths).flatmap(
        lambda length: st.text("0123456789", min_size=length, max_size=length)
    )


@given(codes(2, 4, 6, 10, 13), codes(2, 4, 6, 10, 13))
def test_only_what_begins_with_the_region_is_seen(region, kode):
    observer = Account("saksi", "Saksi", Role.OBSERVER, region)
    assert may_see(observer, kode) == (kode[: len(region)] == region)
    assert not any(may_work(observer, kode, level) for level in Level)


@given(codes(2, 4, 6, 10, 13), st.sampled_from(list(Level)))
def test_work_is_for_the_own_plenary_in_the_own_region(kode, level):
    for account in (PPK, KAB, PROV):
        own = account.level is level and kode.startswith(account.region)
        assert may_work(account, kode, level) == own
    assert may_see(ADMIN, kode) and not may_work(ADMIN, kode, level)


def test_the_levels_of_roles():
    assert may_work(PPK, TPS, Level.KECAMATAN) and not may_work(PPK, TPS, Level.KABUPATEN)
    assert may_work(KAB, TPS, Level.KABUPATEN) and not may_work(KAB, TPS, Level.KECAMATAN)
    assert may_work(PROV, TPS, Level.PROVINSI)
    assert not may_see(PPK, "6302") and not may_see(PPK, "6302052001001")


def test_an_account_that_lost_its_region_sees_nothing():
    assert not may_see(Account("ppk", "PPK", Role.PPK, ""), TPS)


def test_refusals_are_plain_indonesian():
    with pytest.raises(ForbiddenError, match="di luar wilayah"):
        require_see(PPK, "6303")
    with pytest.raises(ForbiddenError, match="di luar wilayah"):
        require_work(PPK, "6303042001001", Level.KECAMATAN)
    with pytest.raises(ForbiddenError, match=r"tidak berwenang .* pleno kabupaten"):
        require_work(PPK, TPS, Level.KABUPATEN)
    with pytest.raises(ForbiddenError, match="administrator"):
        require_admin(PROV)
    require_see(KAB, TPS)
    require_work(KAB, TPS, Level.KABUPATEN)
    require_admin(ADMIN)


@pytest.mark.parametrize(
    ("role", "region"),
    [
        (Role.PPK, "6302"), (Role.PPK, "6302042001"), (Role.KABUPATEN, "63"), (Role.ADMIN, "63"),
        (Role.PROVINSI, ""), (Role.OBSERVER, ""), (Role.OBSERVER, "630"), (Role.PPK, "63020a"),
    ],
)  # fmt: skip
def test_a_region_must_fit_its_role(role, region):
    with pytest.raises(InputError):
        check_role_region(role, region)


@pytest.mark.parametrize(
    ("role", "region"),
    [(Role.PPK, "630204"), (Role.KABUPATEN, "6302"), (Role.PROVINSI, "63"), (Role.ADMIN, ""),
     (Role.OBSERVER, TPS), (Role.OBSERVER, "63")],
)  # fmt: skip
def test_a_region_that_fits_is_kept(role, region):
    assert check_role_region(role, region) == region
