"""What a phone sends is sealed to the station; what it says of itself is proved by a warrant.

An *envelope* is sealed with HPKE (RFC 9180, base mode: P-256, HKDF-SHA256,
AES-256-GCM) to the public half of the county file's key. Whoever sealed it
cannot open it again. Its id is bound in, so that no envelope passes for
another one. A *warrant* is a text with the account, the device and the time of
the sign-in, and the station's HMAC-SHA256 over it; it lies inside the envelope
and says who recorded, long after the session has ended.

The only door to ``cryptography``, but for the certificates of the server.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldmap.errors import InputError

__all__ = [
    "CountyKeys",
    "SealError",
    "StationKey",
    "Warrant",
    "from_base64url",
    "read_warrant",
    "seal",
    "to_base64url",
    "unseal",
    "warrant",
]

_CURVE = ec.SECP256R1()
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PRIVATE_BYTES = 32
_SECRET_BYTES = 32
_WARRANT = "w1"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class SealError(InputError):
    """An envelope does not open: another key, another id, or changed on its way."""


@dataclass(frozen=True, slots=True)
class StationKey:
    """The key pair of a county file; ``repr`` shows no secret.

    Attributes
    ----------
    key_id
        16 hexadecimal digits of the public half's SHA-256.
    """

    _private: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> StationKey:
        """Return a new one."""
        return cls(ec.generate_private_key(_CURVE))

    @classmethod
    def from_private(cls, raw: bytes) -> StationKey:
        """Return the key of :attr:`private_bytes`."""
        return cls(ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE))

    @property
    def private_bytes(self) -> bytes:
        """Return the secret number, 32 bytes, big-endian."""
        return self._private.private_numbers().private_value.to_bytes(_PRIVATE_BYTES, "big")

    @property
    def public_bytes(self) -> bytes:
        """Return the uncompressed point, 65 bytes."""
        return self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def key_id(self) -> str:
        """Return the name of the key."""
        return hashlib.sha256(self.public_bytes).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"StationKey({self.key_id})"


@dataclass(frozen=True, slots=True, repr=False)
class CountyKeys:
    """What a county file proves itself and its phones with.

    Attributes
    ----------
    station
        Opens the envelopes.
    secret
        Signs the warrants, 32 bytes.
    """

    station: StationKey
    secret: bytes

    @classmethod
    def generate(cls) -> CountyKeys:
        """Return new ones."""
        return cls(StationKey.generate(), secrets.token_bytes(_SECRET_BYTES))


@dataclass(frozen=True, slots=True)
class Warrant:
    """Who recorded, as the station said at the sign-in."""

    account_id: str
    device_id: str | None
    issued_at: datetime


def _info(envelope_id: str) -> bytes:
    return b"fieldmap/1 " + envelope_id.encode()


def seal(public: bytes, plain: bytes, envelope_id: str) -> bytes:
    """Seal as a phone does (``web/static/phone/seal.js``); for tests and tools.

    Parameters
    ----------
    public
        The station's uncompressed point, 65 bytes.

    Returns
    -------
    bytes
        65 bytes of the sender's point, then the ciphertext with its tag
        (16 bytes more than ``plain``).
    """
    key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
    return _SUITE.encrypt(plain, key, info=_info(envelope_id))


def unseal(key: StationKey, sealed: bytes, envelope_id: str) -> bytes:
    """Open an envelope.

    Raises
    ------
    SealError
        ``phone.unreadable``: not sealed for this key and this id, or changed.
    """
    try:
        return _SUITE.decrypt(sealed, key._private, info=_info(envelope_id))
    except (InvalidTag, ValueError):
        raise SealError("phone.unreadable", envelope_id[:36]) from None


def warrant(secret: bytes, account_id: str, device_id: str | None, issued_at: datetime) -> str:
    """Return the text that proves who records on a phone."""
    content = {"a": account_id, "d": device_id, "t": issued_at.astimezone(UTC).isoformat()}
    said = to_base64url(json.dumps(content, separators=(",", ":")).encode())
    return f"{_WARRANT}.{said}.{_signed(secret, said)}"


def read_warrant(secret: bytes, text: str) -> Warrant | None:
    """Return what a warrant says, or None where this station never signed it."""
    name, _, rest = text.partition(".")
    said, _, signature = rest.partition(".")
    if name != _WARRANT or not hmac.compare_digest(signature.encode(), _signed(secret, said).encode()):
        return None
    content = json.loads(from_base64url(said))
    return Warrant(content["a"], content["d"], datetime.fromisoformat(content["t"]))


def _signed(secret: bytes, said: str) -> str:
    return to_base64url(hmac.digest(secret, f"{_WARRANT}.{said}".encode(), "sha256"))


def to_base64url(raw: bytes) -> str:
    """Write bytes for JSON: base64url without padding (RFC 4648 §5).

    >>> to_base64url(bytes([251, 255]))
    '-_8'
    """
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Read what :func:`to_base64url` wrote.

    Raises
    ------
    ValueError
        It is none.

    >>> from_base64url("-_8").hex()
    'fbff'
    """
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
