"""The measures a second time, in SQL, written from the definitions and not from our code.

One statement over plain tables says how everybody stands in a period, by the
default rules. Days are text, as ``2026-03-20``.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta

from fieldmap.models import Outcome, Snapshot
from fieldmap.periods import Calendar, Period

__all__ = ["people"]

_HAD_BY_PHONE = ("door", "phone", "video")
_ANY = (*_HAD_BY_PHONE, "sensor")
_DOOR = ("door",)

# id → days of the rolling gap, what it counts by, channels, whom it is for
_RULES = {
    "E1": (7, "days", _HAD_BY_PHONE, "age >= 80 AND ({独居} OR {空巢} OR {留守}) OR age >= 60 AND {危重病}"),
    "E2": (
        31,
        "month",
        _ANY,
        "age >= 60 AND ({独居} OR {空巢} OR {留守} OR {失能} OR {失智} OR {重残}"
        " OR {残疾=1} OR {残疾=2} OR {计生特殊家庭})",
    ),
    "E4": (92, "quarter", _ANY, "age >= 60 AND listed"),
    "T1": (31, "month", _HAD_BY_PHONE, "{分散供养} OR {特困} AND NOT {集中供养}"),
    "P1": (92, "quarter", _HAD_BY_PHONE, "{低保=A}"),
    "P2": (92, "quarter", _HAD_BY_PHONE, "{低保=B}"),
    "P3": (92, "quarter", _HAD_BY_PHONE, "{低保} AND NOT {低保=A} AND NOT {低保=B}"),
    "C1": (7, "days", _DOOR, "child AND {儿童风险=红}"),
    "C2": (31, "month", _HAD_BY_PHONE, "child AND ({孤儿} OR {困境儿童})"),
    "C3": (31, "month", _HAD_BY_PHONE, "child AND {事实无人抚养儿童}"),
    "C4": (92, "quarter", _DOOR, "{农村留守儿童} AND NOT COALESCE(age >= 16, 0)"),
    "C4K": (31, "month", _DOOR, "{农村留守儿童=重点} AND NOT COALESCE(age >= 16, 0)"),
    "D1": (92, "quarter", _DOOR, "{重残} OR {残疾=1} OR {残疾=2}"),
    "M1": (14, "days", _DOOR, "{精神障碍=3} OR {精神障碍=4} OR {精神障碍=5}"),
    "M2": (30, "days", _DOOR, "{精神障碍=1} OR {精神障碍=2}"),
    "M3": (
        90,
        "days",
        _HAD_BY_PHONE,
        "{精神障碍} AND NOT ({精神障碍=1} OR {精神障碍=2} OR {精神障碍=3} OR {精神障碍=4} OR {精神障碍=5})",
    ),
}

_TABLES = """
CREATE TABLE client (id, household, birth, since, until);
CREATE TABLE household (id, placed);
CREATE TABLE tag (client, name, value, ledger, since, until);
CREATE TABLE visit (id, day, channel, seen);
CREATE TABLE at (visit, client);
CREATE TABLE exclusion (id, client, reason, since, until);
CREATE TABLE owner (client);
CREATE TABLE rule (id, gap, counts_by);
CREATE TABLE counts (rule, channel);
CREATE INDEX at_client ON at (client);
CREATE INDEX tag_client ON tag (client);
CREATE INDEX visit_id ON visit (id);
"""

_PEOPLE = """
CREATE TABLE person AS SELECT *,
  CASE WHEN birth IS NULL THEN {困境儿童} OR {孤儿} OR {事实无人抚养儿童} OR {农村留守儿童}
    ELSE age < 18 END AS child
FROM (
  SELECT id, household, birth, day, day < :as_of AS gone,
    strftime('%Y', day) - strftime('%Y', birth)
      - (strftime('%m%d', day) < strftime('%m%d', birth)) AS age,
    EXISTS (SELECT 1 FROM tag WHERE client = id AND since <= day AND COALESCE(until, day) >= day
      AND (ledger = 'elder' OR ledger LIKE '%老年%')) AS listed
  FROM (SELECT *, MIN(COALESCE(until, :as_of), :as_of) AS day FROM client)
  WHERE since <= :as_of AND NOT (day < :as_of AND day < :start)
) AS p;
"""

_STAND = """
CREATE TABLE met AS
  SELECT at.client, v.id AS visit, v.day, v.channel FROM at
  JOIN visit v ON v.id = at.visit AND v.seen JOIN person p ON p.id = at.client AND v.day <= p.day;
CREATE INDEX met_client ON met (client);
CREATE TABLE counted AS
  SELECT a.client, a.rule, m.visit, m.day, m.channel FROM applies a
  JOIN met m ON m.client = a.client JOIN counts c ON c.rule = a.rule AND c.channel = m.channel;
CREATE INDEX counted_client ON counted (client, rule);
CREATE TABLE falls AS SELECT a.client, a.rule, r.gap FROM applies a JOIN rule r ON r.id = a.rule WHERE
  CASE
    WHEN r.gap <= 31 THEN 1
    WHEN r.counts_by = 'quarter' THEN :quarter_from IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM counted c WHERE c.client = a.client AND c.rule = a.rule
        AND c.day >= :quarter_from AND c.day < :start)
    ELSE COALESCE((SELECT date(MAX(c.day), r.gap || ' days') <= :end FROM counted c
      WHERE c.client = a.client AND c.rule = a.rule AND c.day < :start HAVING COUNT(*) > 0), 1)
  END;
CREATE INDEX falls_client ON falls (client);
CREATE TABLE wins AS SELECT f.client, f.rule FROM falls f
  WHERE f.gap = (SELECT MIN(gap) FROM falls WHERE client = f.client);
CREATE INDEX wins_client ON wins (client, rule);
CREATE TABLE done AS SELECT DISTINCT c.client, c.visit, c.day, c.channel
  FROM counted c JOIN wins w ON w.client = c.client AND w.rule = c.rule WHERE c.day >= :start;
CREATE INDEX done_client ON done (client);
CREATE TABLE away AS SELECT client, reason, since FROM (
  SELECT e.*, ROW_NUMBER() OVER (PARTITION BY e.client ORDER BY e.since DESC, e.id DESC) AS nth
  FROM exclusion e JOIN person p ON p.id = e.client
  WHERE e.since <= p.day AND COALESCE(e.until, p.day) >= p.day) WHERE nth = 1;
CREATE TABLE out AS SELECT a.client, a.reason FROM away a WHERE a.client IN (SELECT client FROM wins)
  AND NOT EXISTS (SELECT 1 FROM done d WHERE d.client = a.client AND d.day < a.since);
CREATE INDEX out_client ON out (client);
CREATE TABLE late AS SELECT client, MAX(days) AS days FROM (
  SELECT c.client, julianday(p.day) - julianday(MAX(c.day)) - r.gap AS days
  FROM counted c JOIN rule r ON r.id = c.rule JOIN person p ON p.id = c.client
  GROUP BY c.client, c.rule) GROUP BY client;
CREATE INDEX late_client ON late (client);
CREATE INDEX household_id ON household (id);
"""

_ROWS = """
SELECT p.id, expected, p.id IN (SELECT client FROM applies),
  due, due AND EXISTS (SELECT 1 FROM done WHERE client = p.id),
  due AND EXISTS (SELECT 1 FROM done WHERE client = p.id AND channel = 'door'),
  (SELECT reason FROM out WHERE client = p.id),
  expected AND NOT EXISTS (SELECT 1 FROM met WHERE client = p.id),
  expected AND NOT COALESCE((SELECT placed FROM household h WHERE h.id = p.household), 0),
  expected AND p.id NOT IN (SELECT client FROM owner),
  CASE WHEN expected THEN MAX(0, COALESCE((SELECT days FROM late WHERE client = p.id), 0)) ELSE 0 END,
  CASE WHEN due THEN (SELECT GROUP_CONCAT(DISTINCT channel) FROM done WHERE client = p.id) END
FROM (
  SELECT *,
    id IN (SELECT client FROM applies) AND NOT gone AND id NOT IN (SELECT client FROM away) AS expected,
    id IN (SELECT client FROM wins) AND id NOT IN (SELECT client FROM out) AS due FROM person) AS p
WHERE NOT gone OR (due AND EXISTS (SELECT 1 FROM done WHERE client = p.id))
"""

type Row = tuple[bool, bool, bool, bool, bool, str | None, bool, bool, bool, int, frozenset[str]]


def people(snapshot: Snapshot, period: Period, today: date) -> dict[str, Row]:
    """Return how everybody stands in a month or a quarter.

    Returns
    -------
    dict
        Client id → expected, under a rule, due, contacted, in person, excluded
        (reason), never contacted, no coordinates, no owner, overdue days,
        channels of the contacts that count.
    """
    db = sqlite3.connect(":memory:")
    db.executescript(_TABLES)
    _fill(db, snapshot)
    named = {
        "start": str(period.start),
        "end": str(period.end),
        "as_of": str(min(today, period.end)),
        "quarter_from": _last_quarter(period),
    }
    _run(db, _tags(_PEOPLE), named)
    db.execute("CREATE TABLE applies (client, rule)")
    for rule, (gap, counts_by, channels, condition) in _RULES.items():
        db.execute("INSERT INTO rule VALUES (?, ?, ?)", (rule, gap, counts_by))
        db.executemany("INSERT INTO counts VALUES (?, ?)", [(rule, channel) for channel in channels])
        db.execute(f"INSERT INTO applies SELECT id, '{rule}' FROM person p WHERE {_tags(condition)}")
    db.execute("CREATE INDEX applies_client ON applies (client, rule)")
    _run(db, _STAND, named)
    return {
        client: (
            *(bool(cell) for cell in cells[:5]),
            cells[5],
            *(bool(cell) for cell in cells[6:9]),
            int(cells[9]),
            frozenset(cells[10].split(",")) if cells[10] else frozenset(),
        )
        for client, *cells in db.execute(_ROWS, named)
    }


def _run(db: sqlite3.Connection, script: str, named: dict[str, str | None]) -> None:
    for statement in script.split(";\n"):
        used = {name: value for name, value in named.items() if f":{name}" in statement}
        db.execute(statement, used)


def _tags(condition: str) -> str:
    """Write ``{低保=A}`` as a question to the table of tags."""

    def asked(found: re.Match[str]) -> str:
        value = f" AND t.value = '{found[2]}'" if found[2] else ""
        return (
            "EXISTS (SELECT 1 FROM tag t WHERE t.client = p.id AND t.since <= p.day"
            f" AND COALESCE(t.until, p.day) >= p.day AND t.name = '{found[1]}'{value})"
        )

    return re.sub(r"\{(\w+)(?:=(\w+))?\}", asked, condition)


def _last_quarter(period: Period) -> str | None:
    """Return the first day of the last quarter that ends in a period."""
    day = period.end
    while day >= period.start:
        quarter = Period.of(Calendar.QUARTER, day)
        if quarter.end <= period.end:
            return str(quarter.start)
        day = quarter.start - timedelta(days=1)
    return None


def _fill(db: sqlite3.Connection, snapshot: Snapshot) -> None:
    def day(value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    def insert(table: str, rows: list[tuple[object, ...]]) -> None:
        if rows:
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    clients = snapshot.clients.values()
    insert(
        "client",
        [(c.id, c.household_id, day(c.birth_date), day(c.valid_from), day(c.valid_to)) for c in clients],
    )
    insert("household", [(h.id, bool(h.door or h.entry)) for h in snapshot.households.values()])
    tags = snapshot.tags
    insert(
        "tag", [(t.client_id, t.name, t.value, t.ledger, day(t.valid_from), day(t.valid_to)) for t in tags]
    )
    seen = Outcome.SEEN
    insert("visit", [(v.id, day(v.day), v.channel.value, v.outcome is seen) for v in snapshot.visits])
    insert("at", [(v.id, client) for v in snapshot.visits for client in v.client_ids])
    insert(
        "exclusion",
        [
            (e.id, e.client_id, e.reason.value, day(e.valid_from), day(e.valid_to))
            for e in snapshot.exclusions
        ],
    )
    insert("owner", [(client,) for client in snapshot.responsibilities])
