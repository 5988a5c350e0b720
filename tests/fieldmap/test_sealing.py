"""Envelopes sealed to the station, warrants signed by it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmap.sealing import (
    CountyKeys,
    SealError,
    StationKey,
    Warrant,
    from_base64url,
    read_warrant,
    seal,
    to_base64url,
    unseal,
    warrant,
)

KEY = StationKey.from_private(bytes(range(1, 33)))
SECRET = bytes(32)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
ID = "0195b1c5-0000-7000-8000-000000000001"
PLAIN = '{"kind":"visit","note":"王秀英"}'.encode()


def test_the_station_opens_what_a_phone_sealed() -> None:
    """An envelope opens with the county file's key, and twice the same content gives two envelopes."""
    first, second = seal(KEY.public_bytes, PLAIN, ID), seal(KEY.public_bytes, PLAIN, ID)
    assert unseal(KEY, first, ID) == unseal(KEY, second, ID) == PLAIN
    assert first != second
    assert len(first) == 65 + len(PLAIN) + 16
    assert first[0] == 4


@pytest.mark.parametrize(
    ("sealed", "envelope_id"),
    [
        (seal(KEY.public_bytes, PLAIN, ID), "another"),
        (seal(StationKey.generate().public_bytes, PLAIN, ID), ID),
        (seal(KEY.public_bytes, PLAIN, ID)[:-1], ID),
        (seal(KEY.public_bytes, PLAIN, ID)[:-1] + b"\0\0", ID),
        (bytes(200), ID),
        (b"", ID),
    ],
    ids=["another id", "another station", "cut", "changed", "zeros", "empty"],
)
def test_anything_else_does_not_open(sealed: bytes, envelope_id: str) -> None:
    """Another id, another station, a cut or a changed envelope is refused with what to do."""
    with pytest.raises(SealError) as fault:
        unseal(KEY, sealed, envelope_id)
    assert fault.value.code == "phone.unreadable"


def test_the_key_comes_back_from_its_bytes() -> None:
    """What the county file keeps is 32 bytes, and they give the same key again; nothing prints them."""
    made = StationKey.generate()
    again = StationKey.from_private(made.private_bytes)
    assert (len(made.private_bytes), len(made.public_bytes), len(made.key_id)) == (32, 65, 16)
    assert (again.public_bytes, again.key_id) == (made.public_bytes, made.key_id)
    keys = CountyKeys(made, SECRET)
    assert made.private_bytes.hex() not in repr(made) + repr(keys)


def test_a_warrant_says_who_records() -> None:
    """The station reads back the account, the device and the time it signed."""
    text = warrant(SECRET, "account-1", "device-1", NOW)
    assert read_warrant(SECRET, text) == Warrant("account-1", "device-1", NOW)
    assert read_warrant(SECRET, warrant(SECRET, "a", None, NOW)) == Warrant("a", None, NOW)


def test_a_warrant_of_somebody_else_is_none() -> None:
    """Another county's warrant, a changed one and a text that is none are all refused alike."""
    text = warrant(SECRET, "account-1", "device-1", NOW)
    version, said, signature = text.split(".")
    other = warrant(bytes([1]) * 32, "account-1", "device-1", NOW)
    forged = ".".join((version, warrant(SECRET, "head", None, NOW).split(".")[1], signature))
    for wrong in (other, forged, f"{version}.{said}", f"w2.{said}.{signature}", "", "..", "王"):
        assert read_warrant(SECRET, wrong) is None


@given(st.binary(max_size=60))
def test_base64url_goes_both_ways(raw: bytes) -> None:
    """Any bytes come back, and the text stands in an address as it is."""
    text = to_base64url(raw)
    assert from_base64url(text) == raw
    assert not set(text) & set("+/=")


@pytest.mark.parametrize("text", ["a", "ab+/", "王", "a b"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    """A cut text, the other alphabet and other letters are errors, not bytes."""
    with pytest.raises(ValueError, match="base64url"):
        from_base64url(text)
