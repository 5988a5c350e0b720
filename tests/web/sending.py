"""Envelopes as a phone makes them, sealed to the village's station, and the phone that sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from fieldmap.access import Account
from fieldmap.sealing import seal, to_base64url, warrant
from fieldmap.store import Store
from tests.web.village import NOW, Village

FIRST = "01987a10-0000-7000-8000-000000000001"
MORNING = datetime(2026, 3, 19, 23, 42, tzinfo=UTC)
"""07:42 in China on 2026-03-20: when the packet was made."""

SEEN: Mapping[str, Any] = {"household_id": "h1", "client_ids": ["p1"], "outcome": "seen"}


def numbered(number: int) -> str:
    """Return an id as a phone makes it; the same number gives the same id."""
    return str(UUID(int=UUID(FIRST).int + number))


@dataclass(frozen=True)
class Envelope:
    """What is sealed; ``made_at`` is 08:30 in China unless a test says otherwise."""

    id: str
    kind: str
    body: Mapping[str, Any]
    made_at: datetime = datetime(2026, 3, 20, 0, 30, tzinfo=UTC)
    packet_at: datetime = MORNING
    photos: tuple[str, ...] = ()
    more: Mapping[str, Any] | None = None

    def content(self, said: str) -> dict[str, Any]:
        """Return the content with a warrant."""
        return {
            "v": 1,
            "kind": self.kind,
            "id": self.id,
            "warrant": said,
            "made_at": self.made_at.isoformat(),
            "packet_at": self.packet_at.isoformat(),
            "skew_s": 3,
            "lang": "zh-CN",
            "photos": list(self.photos),
            "body": dict(self.body),
            **(self.more or {}),
        }


VISIT = Envelope(numbered(1), "visit", SEEN)


def visit(number: int, **changes: Any) -> Envelope:
    """Return the visit of :data:`SEEN` under another id, with other fields."""
    return replace(VISIT, id=numbered(number), body={**SEEN, **changes})


@dataclass(frozen=True)
class Sealer:
    """A phone bound to an account: what it seals with."""

    device_id: str
    warrant: str
    public: bytes

    def sealed(self, envelope: Envelope) -> dict[str, str]:
        """Return an envelope as it goes over the wire."""
        plain = json.dumps(envelope.content(self.warrant), ensure_ascii=False).encode()
        return {"id": envelope.id, "sealed": to_base64url(seal(self.public, plain, envelope.id))}


@dataclass(frozen=True)
class Phone(Sealer):
    """A phone that sends; it needs no session to do so."""

    client: TestClient

    def send(self, *envelopes: Envelope, **more: Any) -> dict[str, Any]:
        """Send a batch; return the station's answer."""
        told = {"app": "test", "waiting": len(envelopes), "failures": 0, **more}
        answer = self.client.post(
            "/phone/outbox", json={**told, "envelopes": [self.sealed(e) for e in envelopes]}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def receipt(self, envelope: Envelope) -> dict[str, Any]:
        """Send one envelope; return its receipt."""
        found: dict[str, Any] = self.send(envelope)["receipts"][0]
        return found


def sealer_of(store: Store, account: Account) -> Sealer:
    """Bind a phone to an account."""
    session = store.accounts.start_on_phone(account, label="phone", days=30, hours=36)
    keys = store.accounts.county_keys()
    said = warrant(keys.secret, account.id, session.device_id, NOW)
    return Sealer(session.device_id, said, keys.station.public_bytes)


def bound(store: Store, account: Account, client: TestClient) -> Phone:
    """Bind a phone to an account, and let it send."""
    made = sealer_of(store, account)
    return Phone(made.device_id, made.warrant, made.public, client)


def phone_of(store: Store, village: Village, client: TestClient, login: str) -> Phone:
    """Bind a phone to an account of the village."""
    return bound(store, store.accounts.get(village.ids[login]), client)
