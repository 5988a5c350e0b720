"""Who is who: the same person on four ledgers is one client.

A person is found by the identity number where it can be trusted, else by
name, birth date and village: an identity number kept as a float still has the
birth date right. Two people whom nothing tells apart are never merged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import date

from fieldmap.models import Client, Household, IdStatus, Snapshot

__all__ = ["Roster", "plain_name"]

_ID_LENGTH = 18
_KEY_PARTS = 3
_BIRTH = slice(6, 14)
_NOISE = re.compile(r"[\s,,。.、·•・‧()()]+")


def plain_name(name: str) -> str:
    """Return a name as it is compared: width, blanks and the kinds of middle dot do not count.

    >>> plain_name("阿依古丽・买买提") == plain_name("阿依古丽·买买提 ")
    True
    """
    return _NOISE.sub("", unicodedata.normalize("NFKC", name))


class Roster:
    """The people of a county, to be found again.

    Parameters
    ----------
    snapshot
        The county's facts; people added later are found too.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._village = {h.id: h.division_code for h in snapshot.households.values()}
        self._by_id: dict[str, str] = {}
        self._by_birth: defaultdict[tuple[str, date], list[str]] = defaultdict(list)
        self._by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.clients: dict[str, Client] = {}
        self.households: dict[str, Household] = dict(snapshot.households)
        for client in snapshot.clients.values():
            self.add(client)

    def add(self, client: Client, household: Household | None = None) -> None:
        """Know a person from now on; the same id again replaces what was known."""
        if household is not None:
            self.households[household.id] = household
            self._village[household.id] = household.division_code
        known = self.clients.get(client.id)
        self.clients[client.id] = client
        if client.id_number and client.id_status is IdStatus.OK:
            self._by_id[client.id_number] = client.id
        name = plain_name(client.name)
        if client.birth_date and (known is None or known.birth_date is None):
            self._by_birth[name, client.birth_date].append(client.id)
        if known is None:
            self._by_name[name, self._village.get(client.household_id, "")].append(client.id)

    def find(
        self,
        *,
        name: str,
        id_number: str | None = None,
        birth: date | None = None,
        village: str | None = None,
    ) -> Client | None:
        """Return the one person who answers to this, or None.

        Parameters
        ----------
        id_number
            A number that can be trusted; with it nothing else is asked, save
            that somebody known under another trusted number is somebody else.
        village
            Division code; tells apart two of one name and birth date.
        """
        if id_number and id_number in self._by_id:
            return self.clients[self._by_id[id_number]]
        named = self._by_name.get((plain_name(name), village or ""), [])
        found = named
        if birth is not None:
            # somebody of that name in that village whose birth date nobody wrote down
            undated = [i for i in named if self.clients[i].birth_date is None]
            found = self._by_birth.get((plain_name(name), birth), []) or undated
        people = [self.clients[i] for i in found]
        if id_number:
            people = [c for c in people if c.id_status is not IdStatus.OK or c.id_number == id_number]
        if village:
            people = [c for c in people if self._village.get(c.household_id) == village]
        return people[0] if len(people) == 1 else None

    def find_key(self, key: str, name: str, village: str | None = None) -> Client | None:
        """Return the person of a register's key: an identity number, or ``name|birth|village``."""
        if "|" in key:
            parts = key.split("|")
            if len(parts) != _KEY_PARTS:
                return None
            return self.find(name=parts[0], birth=_day(parts[1]), village=parts[2])
        if len(key) != _ID_LENGTH:
            return None
        born = key[_BIRTH]
        return self.find(
            name=name, id_number=key, birth=_day(f"{born[:4]}-{born[4:6]}-{born[6:]}"), village=village
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
