"""What a phone downloads in the morning."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from fieldmap.access import Account, Right
from fieldmap.errors import AccessError
from fieldmap.navigation import Phone
from web.deps import Services, ServicesDep, SessionDep
from web.packets import Records, packet_of

__all__ = ["router"]

router = APIRouter()


@router.get("/phone/packet")
def packet(
    request: Request, services: ServicesDep, session: SessionDep, phone: Annotated[str, Query()] = ""
) -> Response:
    """Return the packet of the account, or 304 where it is the one whose ``tag`` the phone names."""
    account = session.account
    if account.rights().isdisjoint({Right.TODAY, Right.GRID}):
        raise AccessError("access.refused", Right.TODAY)
    kind = Phone(phone) if phone in set(Phone) else Phone.of(request.headers.get("user-agent", ""))
    made = _made(services, account, kind)
    tag = f'"{hashlib.sha256(_text(made)).hexdigest()[:32]}"'
    headers = {"etag": tag, "vary": "accept-encoding, authorization, cookie", "cache-control": "no-store"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    _log_children(services, account, made)
    now = services.clock().isoformat()
    body = _text({**made, "tag": tag, "made_at": now, "now": now})
    if "gzip" in request.headers.get("accept-encoding", ""):
        # nothing of the request is in the body, so its length tells nothing of what is secret there
        body, headers["content-encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
    return Response(body, media_type="application/json", headers=headers)


def _log_children(services: Services, account: Account, made: dict[str, Any]) -> None:
    """Write down whose child's door went to a phone: once a day, a phone asks often."""
    read = {
        stop["household_id"]
        for stop in (*made["stops"], *made["neighbours"])
        if any(person["child"] for person in stop["people"])
    }
    day, known = services.kept.get(("children", account.id), ("", frozenset()))
    logged = known if day == made["day"] else frozenset()
    for household_id in sorted(read - logged):
        services.store.audit.log(account.id, "read child", household_id, "packet")
    services.kept["children", account.id] = (made["day"], logged | read)


def _made(services: Services, account: Account, phone: Phone) -> dict[str, Any]:
    records = _records(services)
    return packet_of(
        account,
        services.store,
        records,
        services.rules(),
        services.settings,
        today=services.today(),
        phone=phone,
    )


def _records(services: Services) -> Records:
    """Return the record of this moment by household; it is kept until something is written."""
    snapshot = services.store.snapshot()
    held = services.kept.get("records")
    if held is None or held[0] is not snapshot:
        held = services.kept["records"] = (snapshot, Records(snapshot))
    records: Records = held[1]
    return records


def _text(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
