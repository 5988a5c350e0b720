"""What the station is called in its network: the hosts a phone can ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from fieldmap.errors import InputError

__all__ = ["HOME", "Address", "Reach"]

type Address = IPv4Address | IPv6Address
"""An IP address."""

HOME = ("localhost", "127.0.0.1", "::1")
"""What every computer calls itself."""

_NAME = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


@dataclass(frozen=True, slots=True)
class Reach:
    """What the station is called in the network; the computer itself is always in it.

    Attributes
    ----------
    names
        Host names in lower case, as they are typed.
    addresses
        IP addresses.
    """

    names: tuple[str, ...]
    addresses: tuple[Address, ...]

    @classmethod
    def parse(cls, names: Iterable[str], addresses: Iterable[str]) -> Reach:
        """Read names and addresses as somebody typed them.

        Raises
        ------
        InputError
            ``certificate.name`` or ``certificate.address``.
        """
        given = [name.strip().lower() for name in names]
        for name in given:
            # a number is no name, also where it is a wrong address
            if not _NAME.fullmatch(name) or name.replace(".", "").isdigit():
                raise InputError("certificate.name", name)
        at = [*map(_address, addresses)]
        home = tuple(map(ip_address, HOME[1:]))
        return cls(tuple(dict.fromkeys((*given, "localhost"))), tuple(dict.fromkeys((*at, *home))))

    @property
    def first(self) -> str:
        """Return the host to send people to, as it stands in an address."""
        for name in self.names:
            if name != "localhost":
                return name
        address = self.addresses[0]
        return f"[{address}]" if address.version == 6 else str(address)

    def covers(self, host: str) -> bool:
        """Return whether a certificate of this reach is good for the host of an address."""
        return host.lower() in self.names or _bare(host) in map(str, self.addresses)

    def host_for(self, asked: str) -> str:
        """Return the host a phone can use: the one asked for, unless that is this computer to itself."""
        if asked in HOME or not self.covers(asked):
            return self.first
        return f"[{_bare(asked)}]" if ":" in asked else asked


def _bare(host: str) -> str:
    return host.lower().strip("[]")


def _address(text: str) -> Address:
    try:
        return ip_address(text.strip())
    except ValueError:
        raise InputError("certificate.address", text) from None
