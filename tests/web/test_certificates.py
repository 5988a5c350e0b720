"""The station's own authority: what it may vouch for, how long, and who reads its key."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fieldmap.errors import InputError, ServeError
from fieldmap.settings import Settings
from web.certificates import Issued, authority_in, folder_of, issue, phone_address, reach_in
from web.reach import Reach

FOUNDED = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
STATION = Reach.parse(["station.lan"], ["192.168.1.20"])


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def forged(folder: Path, name: str) -> Path:
    """Return a certificate for another name, signed with the station's key by whoever stole it."""
    stolen = (folder / "authority.pem").read_bytes()
    authority = x509.load_pem_x509_certificate(stolen)
    signing = serialization.load_pem_private_key(stolen, None)
    assert isinstance(signing, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .sign(signing, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "forged.pem"
    path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()) + made.public_bytes(pem))
    return path


def shaken(authority: Path, server: Path, host: str) -> str:
    """Let a client that trusts an authority meet a server; return what it says, "" where all is well."""
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(authority))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(server)
    client = trusting.wrap_bio(here, there, server_hostname=host)
    answering = serving.wrap_bio(there, here, server_side=True)
    for _ in range(4):
        for side in (client, answering):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as refused:
                return refused.verify_message
    assert client.version() in ("TLSv1.2", "TLSv1.3")
    return ""


@pytest.fixture
def station(tmp_path: Path) -> Issued:
    """Return a station founded today."""
    return issue(tmp_path / "certificates", STATION, datetime.now(UTC))


@pytest.mark.parametrize("host", ["station.lan", "192.168.1.20", "127.0.0.1", "::1", "localhost"])
def test_a_client_that_trusts_the_authority_is_at_the_station(station: Issued, host: str) -> None:
    """The certificate is good for each name and address, and for the computer itself."""
    assert shaken(station.file.with_name("authority.crt"), station.file, host) == ""


@pytest.mark.parametrize("host", ["192.168.1.21", "other.lan", "www.station.lan"])
def test_another_host_is_not_the_station(station: Issued, host: str) -> None:
    """The certificate is good for nothing else."""
    assert "mismatch" in shaken(station.file.with_name("authority.crt"), station.file, host)


def test_a_stolen_authority_cannot_pass_for_a_bank(station: Issued) -> None:
    """A certificate for a public name under the station's authority is refused; one for its own is not."""
    folder = station.file.parent
    trusted = folder / "authority.crt"
    assert shaken(trusted, forged(folder, "bank.example.cn"), "bank.example.cn") == (
        "permitted subtree violation"
    )
    assert shaken(trusted, forged(folder, "station.lan"), "station.lan") == ""


def test_keys_are_for_the_owner_only(station: Issued) -> None:
    """Nobody else on the computer can read the folder or a key in it."""
    folder = station.file.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "authority.crt": 0o600,
        "authority.pem": 0o600,
        "server.pem": 0o600,
    }
    assert b"PRIVATE" not in (folder / "authority.crt").read_bytes()


def test_the_terms_are_those_that_browsers_accept(tmp_path: Path) -> None:
    """The authority lives ten years, a server certificate 397 days from a week before it was made."""
    made = issue(tmp_path, STATION, FOUNDED)
    server = x509.load_pem_x509_certificate(made.file.read_bytes())
    early = FOUNDED - timedelta(days=7)
    assert (server.not_valid_before_utc, server.not_valid_after_utc) == (early, early + timedelta(days=397))
    assert made.until == server.not_valid_after_utc
    assert made.authority.until == FOUNDED + timedelta(days=3650)
    assert made.authority.certificate.not_valid_before_utc == early


@pytest.mark.parametrize(("days", "renewed"), [(0, False), (359, False), (361, True), (900, True)])
def test_a_certificate_is_made_anew_in_its_last_month(tmp_path: Path, days: int, renewed: bool) -> None:
    """A start with more than 30 days left changes nothing; a later one changes the server's part only."""
    issue(tmp_path, STATION, FOUNDED)
    before = content(tmp_path)
    later = issue(tmp_path, STATION, FOUNDED + timedelta(days=days))
    changed = {name for name, held in content(tmp_path).items() if held != before[name]}
    assert changed == ({"server.pem"} if renewed else set())
    assert later.until - (FOUNDED + timedelta(days=days)) > timedelta(days=30)


@pytest.mark.parametrize(
    "reach",
    [
        Reach.parse(["station.lan"], ["192.168.1.77"]),
        Reach.parse([], ["10.4.0.9"]),
        Reach.parse(["anzhen.local"], ["fd00::5"]),
        Reach.parse([], []),
    ],
    ids=lambda reach: reach.first,
)
def test_a_new_address_needs_no_new_trust(tmp_path: Path, reach: Reach) -> None:
    """Another private address or name gets a certificate under the same authority."""
    first = issue(tmp_path, STATION, FOUNDED)
    moved = issue(tmp_path, reach, FOUNDED)
    assert moved.authority == first.authority
    assert reach_in(tmp_path) == reach
    assert moved.authority.refused(reach) == []


def test_a_public_name_is_vouched_for_from_the_beginning_or_never(tmp_path: Path) -> None:
    """What the authority was founded with it permits; another public name or address is refused by name."""
    public = Reach.parse(["visits.anzhen.gov.cn"], ["203.0.113.8"])
    assert issue(tmp_path / "new", public, FOUNDED).authority.refused(public) == []
    old = tmp_path / "old"
    issue(old, STATION, FOUNDED)
    before = content(old)
    with pytest.raises(ServeError) as refused:
        issue(old, public, FOUNDED)
    assert refused.value.code == "certificate.reach"
    assert refused.value.value == "visits.anzhen.gov.cn, 203.0.113.8"
    assert content(old) == before


def test_an_authority_near_its_end_says_so(tmp_path: Path) -> None:
    """Near its end it makes no short-lived certificates, and says that phones must trust a new one."""
    founded = issue(tmp_path, STATION, FOUNDED)
    last_year = issue(tmp_path, STATION, founded.authority.until - timedelta(days=200))
    assert last_year.until == founded.authority.until
    with pytest.raises(ServeError) as ended:
        issue(tmp_path, STATION, founded.authority.until - timedelta(days=29))
    assert ended.value.code == "certificate.ended"


def test_a_damaged_authority_is_said_and_left_alone(tmp_path: Path) -> None:
    """No second authority is made over one that phones may trust."""
    issue(tmp_path, STATION, FOUNDED)
    damaged = (tmp_path / "authority.pem").read_bytes()[:-200]
    (tmp_path / "authority.pem").write_bytes(damaged)
    with pytest.raises(ServeError) as said:
        issue(tmp_path, STATION, FOUNDED)
    assert said.value.code == "certificate.damaged"
    assert (tmp_path / "authority.pem").read_bytes() == damaged
    (tmp_path / "authority.crt").write_text("nothing")
    with pytest.raises(ServeError):
        authority_in(tmp_path)


def test_the_rest_is_mended_at_the_next_start(tmp_path: Path) -> None:
    """A lost public half is written again and a torn server certificate made anew."""
    first = issue(tmp_path, STATION, FOUNDED)
    public = (tmp_path / "authority.crt").read_bytes()
    (tmp_path / "authority.crt").unlink()
    (tmp_path / "server.pem").write_bytes(b"torn")
    assert reach_in(tmp_path) is None
    assert issue(tmp_path, STATION, FOUNDED).authority == first.authority
    assert (tmp_path / "authority.crt").read_bytes() == public
    assert reach_in(tmp_path) == STATION


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file where the folder should be ends with a word on the folder."""
    (tmp_path / "certificates").write_text("a file")
    with pytest.raises(ServeError) as said:
        issue(tmp_path / "certificates", STATION, FOUNDED)
    assert said.value.code == "certificate.folder"


def test_what_was_never_made_is_none(tmp_path: Path) -> None:
    """A station without https has no authority and no certificate."""
    assert authority_in(tmp_path) is None
    assert reach_in(tmp_path / "nowhere") is None


def test_the_folder_lies_beside_the_county_file_or_where_the_setting_says(tmp_path: Path) -> None:
    """Keys and county file are kept apart by one setting."""
    plain = Settings(db=tmp_path / "county.db")
    assert folder_of(plain) == tmp_path / "certificates"
    assert folder_of(replace(plain, certificates=tmp_path / "keys")) == tmp_path / "keys"


@pytest.mark.parametrize(
    ("opened", "printed"),
    [
        ("https://localhost:8321/phone#bind=t", "https://station.lan:8321/phone#bind=t"),
        ("https://127.0.0.1/", "https://station.lan/"),
        ("https://[::1]:8321/?a=1", "https://station.lan:8321/?a=1"),
        ("https://192.168.1.20:8321/", "https://192.168.1.20:8321/"),
        ("https://visits.example.gov.cn/", "https://visits.example.gov.cn/"),
        ("http://localhost:8321/", "http://localhost:8321/"),
    ],
)
def test_a_printed_code_leads_a_phone_to_the_station(tmp_path: Path, opened: str, printed: str) -> None:
    """What the desk has open at this computer's own name is printed with the station's; the rest stays."""
    settings = Settings(db=tmp_path / "county.db")
    assert phone_address(settings, opened) == opened
    issue(folder_of(settings), STATION, FOUNDED)
    assert phone_address(settings, opened) == printed


def test_the_fingerprint_reads_as_phones_write_it(station: Issued) -> None:
    """Thirty-two pairs of the SHA-256 of the very file that phones download, in four lines."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(station.authority.der)
    pairs = digest.finalize().hex(":").upper()
    assert ":".join(station.authority.fingerprint) == pairs
    assert [len(line) for line in station.authority.fingerprint] == [23] * 4


def codes(names: Iterable[str], addresses: Iterable[str]) -> str:
    with pytest.raises(InputError) as said:
        Reach.parse(names, addresses)
    return said.value.code


@pytest.mark.parametrize(
    "name",
    ["", "192.168.1.20", "192.168.1", "站.lan", "a b", "-a.lan", "a..b", "a" * 64, "http://a", "*.lan"],
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    """A number, a space, an address of a page or a wildcard is no name."""
    assert codes([name], []) == "certificate.name"


@pytest.mark.parametrize("address", ["", "192.168.1", "192.168.1.256", "station.lan", "192.168.1.0/24"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """A name, a network or a number out of range is no address."""
    assert codes([], [address]) == "certificate.address"


def test_the_reach_names_each_host_once() -> None:
    """Names come in lower case, doubles go, this computer itself is always in it."""
    reach = Reach.parse(["Station.LAN", "station.lan"], ["127.0.0.1", "fd00::5"])
    assert reach.names == ("station.lan", "localhost")
    assert reach.addresses == tuple(map(ip_address, ("127.0.0.1", "fd00::5", "::1")))


@pytest.mark.parametrize(
    ("asked", "host"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("STATION.lan", "STATION.lan"),
        ("127.0.0.1", "station.lan"),
        ("localhost", "station.lan"),
        ("elsewhere.example", "station.lan"),
        ("", "station.lan"),
    ],
)
def test_a_phone_is_sent_to_a_host_it_can_reach(asked: str, host: str) -> None:
    """What the computer calls itself and what the certificate does not cover becomes the first name."""
    assert STATION.host_for(asked) == host


def test_an_ipv6_address_is_written_in_brackets() -> None:
    """The address of a page needs them, the certificate does not."""
    reach = Reach.parse([], ["fd00::5"])
    assert (reach.first, reach.host_for("fd00::5"), reach.covers("[fd00::5]")) == ("[fd00::5]",) * 2 + (True,)
