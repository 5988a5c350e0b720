"""A certificate authority of the station's own, for https where there is no public name.

The authority is made once, lives ten years and can vouch for nothing on the
public internet: its name constraints (RFC 5280, 4.2.1.10) permit private
addresses, private names and what the station was founded with. Chrome's
verifier enforces the constraints of an authority that a user added since
version 112, OpenSSL does too. They are not marked critical: a verifier that
knows them obeys them either way, and one that does not would refuse the
station.

Under the authority stands one server certificate of at most 397 days. It is
made anew when less than a month is left and when the station's names or
addresses change; no phone has to do anything for that.

``authority.pem`` and ``server.pem`` hold a key and its certificate, readable
by the owner only; ``authority.crt`` is the public half, for phones.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fieldmap.errors import ServeError
from fieldmap.settings import Settings
from web.reach import HOME, Reach

__all__ = [
    "AUTHORITY_DAYS",
    "RENEW_DAYS",
    "SERVER_DAYS",
    "Authority",
    "Issued",
    "authority_in",
    "folder_of",
    "issue",
    "phone_address",
    "reach_in",
]

AUTHORITY_DAYS = 3650
"""How long the authority lives: longer than the phones that trust it."""

SERVER_DAYS = 397
"""How long a server certificate lives; browsers refuse public ones over 398 days, Apple others over 825."""

RENEW_DAYS = 30
"""A server certificate with less than this left is made anew."""

_EARLY = timedelta(days=7)
"""Certificates begin a week before they are made: cheap phones' clocks are late."""

_OWN_NAMES = ("localhost", "local", "lan", "home.arpa", "internal")
_OWN_NETWORKS = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("::1/128", "fc00::/7", "fe80::/10"),
)


@dataclass(frozen=True, slots=True)
class Authority:
    """The public half of the station's authority."""

    certificate: x509.Certificate

    @property
    def name(self) -> str:
        """Return what a phone lists it under."""
        return str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def until(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def der(self) -> bytes:
        """Return the certificate as every phone can read it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Return SHA-256 of the certificate as phones show it, in four lines of eight pairs."""
        pairs = [f"{byte:02X}" for byte in self.certificate.fingerprint(hashes.SHA256())]
        return tuple(":".join(pairs[at : at + 8]) for at in range(0, 32, 8))

    def refused(self, reach: Reach) -> list[str]:
        """Return the names and addresses it cannot vouch for."""
        permitted = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        subtrees = [tree.value for tree in permitted.permitted_subtrees or ()]
        zones = [str(tree) for tree in subtrees if isinstance(tree, str)]
        networks = [tree for tree in subtrees if isinstance(tree, IPv4Network | IPv6Network)]
        names = [n for n in reach.names if not any(n == z or n.endswith(f".{z}") for z in zones)]
        return names + [str(a) for a in reach.addresses if not any(a in net for net in networks)]


@dataclass(frozen=True, slots=True)
class Issued:
    """What a server needs to speak https.

    Attributes
    ----------
    file
        PEM file with the key and the certificate.
    until
        When the certificate ends, in UTC.
    """

    file: Path
    until: datetime
    authority: Authority
    reach: Reach


def folder_of(settings: Settings) -> Path:
    """Return the folder of the authority: the setting's, else one beside the county file."""
    return settings.certificates or settings.db.parent / "certificates"


def authority_in(folder: Path) -> Authority | None:
    """Return the authority of a folder as phones get it; None where none was made.

    Raises
    ------
    ServeError
        ``certificate.damaged``: the file cannot be read.
    """
    path = folder / "authority.crt"
    try:
        return Authority(x509.load_pem_x509_certificate(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        raise ServeError("certificate.damaged", path, reason=str(fault)) from None


def reach_in(folder: Path) -> Reach | None:
    """Return what the server certificate of a folder is good for; None where there is none."""
    server = _served(folder / "server.pem")
    if server is None:
        return None
    held = server.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = held.get_values_for_type(x509.IPAddress)
    return Reach(
        tuple(held.get_values_for_type(x509.DNSName)),
        tuple(a for a in addresses if isinstance(a, IPv4Address | IPv6Address)),
    )


def phone_address(settings: Settings, address: str) -> str:
    """Return the address of a page as a phone reaches it.

    At the station's own computer the desk may be open at ``localhost``: a code
    printed from there would lead a phone to itself.

    Parameters
    ----------
    address
        Of the page as it is open.
    """
    parts = urlsplit(address)
    reach = reach_in(folder_of(settings))
    if parts.scheme != "https" or parts.hostname not in HOME or reach is None:
        return address
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{reach.first}{port}").geturl()


def issue(folder: Path, reach: Reach, now: datetime) -> Issued:
    """Return a certificate that is good for a while; make what is missing or ends soon.

    Parameters
    ----------
    folder
        Made where it is missing; closed to everybody but the owner.
    now
        The present instant, with its time zone.

    Raises
    ------
    ServeError
        ``certificate.folder``: it cannot be written. ``certificate.damaged``:
        a file in it is not ours. ``certificate.reach``: the authority was
        founded for other names. ``certificate.ended``: its ten years are over.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pair = _read(folder / "authority.pem") or _found(folder, reach, now)
        authority = Authority(pair.certificate)
        # the public half is written again, should somebody have lost it
        _write(folder / "authority.crt", pair.certificate.public_bytes(serialization.Encoding.PEM))
        if refused := authority.refused(reach):
            raise ServeError("certificate.reach", ", ".join(refused), folder=folder)
        if authority.until - now < timedelta(days=RENEW_DAYS):
            raise ServeError("certificate.ended", authority.until.date(), folder=folder)
        path = folder / "server.pem"
        server = _served(path)
        if server is None or not _good(server.certificate, pair.certificate, reach, now):
            server = _serve(pair, reach, now)
            _write(path, server.pem)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ServeError("certificate.folder", folder, reason=reason) from None
    return Issued(path, server.certificate.not_valid_after_utc, authority, reach)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A key and the certificate over it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)


def _read(path: Path) -> _Pair | None:
    """Return what a file holds, None where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        key = serialization.load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError as fault:
        raise ServeError("certificate.damaged", path, reason=str(fault)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ServeError("certificate.damaged", path, reason="key")
    return _Pair(key, certificate)


def _served(path: Path) -> _Pair | None:
    """Return a server's pair; one that cannot be read counts as none, as it is easily made anew."""
    try:
        return _read(path)
    except ServeError:
        return None


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole, readable by its owner only."""
    part = path.with_suffix(f".{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _good(certificate: x509.Certificate, authority: x509.Certificate, reach: Reach, now: datetime) -> bool:
    """Return whether a server certificate still serves."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, InvalidSignature):
        return False
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    left = certificate.not_valid_after_utc - now
    return (
        set(held) == set(_alternative(reach))
        and certificate.not_valid_before_utc <= now
        and left >= timedelta(days=RENEW_DAYS)
    )


def _alternative(reach: Reach) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [*(x509.DNSName(name) for name in reach.names), *(x509.IPAddress(a) for a in reach.addresses)]
    )


def _named(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "fieldmap"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _begun(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    """Return what the two kinds of certificate have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLY)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _uses(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _found(folder: Path, reach: Reach, now: datetime) -> _Pair:
    """Make the authority and write it down."""
    key = ec.generate_private_key(ec.SECP256R1())
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest[:3].hex().upper()
    networks = [ip_network(text) for text in _OWN_NETWORKS] + [ip_network(a) for a in reach.addresses]
    permitted = [
        *(x509.DNSName(name) for name in dict.fromkeys((*_OWN_NAMES, *reach.names))),
        *(x509.IPAddress(network) for network in dict.fromkeys(networks)),
    ]
    own = _named(f"fieldmap 社工站 {mark}")
    certificate = (
        _begun(own, key, now, now + timedelta(days=AUTHORITY_DAYS))
        .issuer_name(own)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_uses(authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=False)
        .sign(key, hashes.SHA256())
    )
    pair = _Pair(key, certificate)
    _write(folder / "authority.pem", pair.pem)
    return pair


def _serve(authority: _Pair, reach: Reach, now: datetime) -> _Pair:
    """Make a server certificate under the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now - _EARLY + timedelta(days=SERVER_DAYS), authority.certificate.not_valid_after_utc)
    above = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _begun(_named("fieldmap"), key, now, until)
        .issuer_name(authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_uses(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_alternative(reach), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return _Pair(key, certificate)
