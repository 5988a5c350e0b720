"""Bad input, one table: the exit code, the four parts of the message, and nothing half-written."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import catalogue
from tests.web.cli.county import COUNTY, PASSWORD, TEN, TOWN, WORKER, Ran, Station, found_ten

KEY = "5a" * 32
OTHER_KEY = "a5" * 32

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""What an Office file with a password begins with: a compound file, not a zip."""

LANGUAGES = ("zh-CN", "en")


def elsewhere() -> str:
    """Return a road file of another province, as OpenStreetMap XML."""
    nodes = "".join(f'<node id="{n}" lat="{30 + n / 1000}" lon="110.0" version="1"/>' for n in range(1, 9))
    refs = "".join(f'<nd ref="{n}"/>' for n in range(1, 9))
    way = f'<way id="1" version="1">{refs}<tag k="highway" v="residential"/></way>'
    return f'<osm version="0.6">{nodes}{way}</osm>'


def shifted_ledger() -> str:
    """Return ten doors near the east rim of the first grid, written down in GCJ-02."""
    rows = ["姓名,村(社区),网格,地址,经度,纬度"]
    for number in range(10):
        lon, lat = from_wgs84(116.9472 + number * 0.0002, 33.312, Datum.GCJ02)
        rows.append(f"王{number},安家村,一网格,安家村{50 + number}号,{float(lon):.6f},{float(lat):.6f}")
    return "\n".join(rows) + "\n"


def damaged(station: Station, name: str) -> Path:
    """Return a backup of which a piece in the middle was overwritten."""
    whole = station.folder / name
    station.done("backup", whole)
    content = bytearray(whole.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 6000] = b"\xff" * 6000
    whole.write_bytes(content)
    return whole


@dataclass(frozen=True)
class Case:
    """One mistake.

    Attributes
    ----------
    args
        The call; a function makes it where files are needed first.
    value
        What was received, as it must be printed; "" where there is none.
    settings
        Environment variables beside the station's own.
    """

    name: str
    code: str
    exit_code: int
    args: tuple[object, ...] | Callable[[Station], tuple[object, ...]]
    value: str = ""
    settings: tuple[tuple[str, str], ...] = ()


def imports(name: str, content: str | bytes, *more: object) -> Callable[[Station], tuple[object, ...]]:
    return lambda station: ("import", station.write(name, content), *more)


WHERE_A_FILE_IS_NEEDED: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("serve", ("serve", "--port", "0")),
    ("import", ("import", TEN)),
    ("due", ("due",)),
    ("plan", ("plan",)),
    ("map", ("map", "--out", "new.html")),
    ("rollup", ("rollup", "--out", "new.csv")),
    ("account", ("account", "list")),
    ("backup", ("backup", "new.db")),
)

RULES = """\
[[rule]]
id = "E1"
interval_dais = 10
[[rule]]
id = "E2"
interval_days = -3
"""

FILES = (
    Case("unreadable workbook", "table.unreadable", 4, imports("坏.xlsx", b"\x00junk" * 40), "坏.xlsx"),
    Case(
        "torn workbook",
        "table.unreadable",
        4,
        lambda s: ("import", s.write("torn.xlsx", TEN.read_bytes()[:9000])),
        "torn.xlsx",
    ),
    Case(
        "workbook with a password",
        "table.password",
        4,
        imports("locked.xlsx", OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)),
        "locked.xlsx",
    ),
    Case("no such file", "table.missing", 4, ("import", "没有.xlsx"), "没有.xlsx"),
    Case("no such sheet", "table.sheet", 4, ("import", TEN, "--sheet", "名单"), "名单"),
    Case("no header", "ledger.no-header", 4, imports("list.csv", "a,b\n1,2\n"), ""),
    Case("unknown kind of file", "import.kind", 4, imports("notes.docx", b"x"), "notes.docx"),
    Case("no file at all", "import.nothing", 4, ("import",)),
    Case("wrong datum", "places.datum", 4, imports("老年人.csv", shifted_ledger()), "WGS-84"),
    Case(
        "register without a column",
        "register.columns",
        4,
        imports("visits.csv", "id,day\nv1,2026-03-01\n", "--as", "visits"),
        "channel, domain, outcome, person_keys, societies",
    ),
    Case("torn map file", "places.unreadable", 4, imports("grids.geojson", '{"type": "Fea'), "grids.geojson"),
    Case(
        "map file without codes",
        "places.column",
        4,
        imports(
            "grids.geojson",
            '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"x":1},'
            '"geometry":{"type":"Point","coordinates":[116.9,33.3]}}]}',
        ),
        "grids.geojson",
    ),
    Case("rules with mistakes", "rules.invalid", 4, imports("rules.toml", RULES), "interval_dais"),
    Case("torn rules", "rulebook.unreadable", 4, imports("rules.toml", "[[rule]\n"), "rules.toml"),
    Case("undo of nothing", "store.unknown", 5, ("import", "--undo", "0000"), "0000"),
)

WORDS = (
    Case("county code", "county.code", 4, ("init", "--county", "990101", "--name", "x"), "990101"),
    Case(
        "init on a county file", "store.exists", 5, ("init", "--county", COUNTY, "--name", "x"), "county.db"
    ),
    Case("role", "access.role", 4, ("account", "add", "a", "--name", "a", "--hat", f"boss:{TOWN}"), "boss"),
    Case("scope", "access.scope", 4, ("account", "add", "a", "--name", "a", "--hat", "head:12"), "12"),
    Case(
        "weak password",
        "access.password-weak",
        4,
        ("account", "add", "a", "--name", "a", "--hat", f"head:{TOWN}", "--password", "1234567"),
        "7",
    ),
    Case(
        "login taken",
        "access.login-taken",
        4,
        ("account", "add", "head", "--name", "a", "--hat", f"head:{TOWN}", "--password", PASSWORD),
        "head",
    ),
    Case("account not there", "store.unknown", 5, ("account", "close", "nobody"), "nobody"),
    Case("period", "period.text", 4, ("map", "--period", "March"), "March"),
    Case("measure", "map.measure", 4, ("map", "--out", "new.html", "--measure", "luck"), "luck"),
    Case("kind of roll-up", "rollup.suffix", 4, ("rollup", "--out", "new.doc"), "new.doc"),
    Case("who goes", "dispatch.not-on-duty", 4, ("plan", "--actor", "w9"), "w9"),
    Case("town", "plan.no-division", 4, ("plan", "--division", "990101999000"), "990101999000"),
    Case("setting", "setting.value", 4, ("due",), "yesterday", (("FIELDMAP_TODAY", "yesterday"),)),
    Case("language", "setting.value", 4, ("due",), "fr", (("FIELDMAP_LANG", "fr"),)),
    Case("speed", "setting.value", 4, ("due",), "0", (("FIELDMAP_WALK_KMH", "0"),)),
    Case("port number", "serve.port", 9, ("serve", "--port", "99999"), "127.0.0.1:99999"),
    Case("folder of something else", "demo.folder", 4, lambda s: ("demo", "--out", s.folder), "made"),
)

ROADS = (
    Case("no road file", "road.missing", 8, ("network", "没有.osm.pbf"), "没有.osm.pbf"),
    Case(
        "junk road file",
        "road.unreadable",
        8,
        lambda s: ("network", s.write("junk.osm.pbf", b"junk" * 500)),
        "junk.osm.pbf",
    ),
    Case(
        "roads of another place",
        "road.cover",
        8,
        lambda s: ("network", s.write("far.osm", elsewhere())),
        "far.osm",
    ),
    Case("box", "network.bbox", 4, ("network", "x.osm.pbf", "--bbox", "115,35,114,36"), "115,35,114,36"),
)

BACKUPS = (
    Case(
        "restore over a county file",
        "store.exists",
        5,
        lambda s: ("restore", s.done("backup", s.folder / "b.db") and s.folder / "b.db"),
        "county.db",
    ),
    Case(
        "backup over a file", "store.exists", 5, lambda s: ("backup", s.write("kept.db", "mine")), "kept.db"
    ),
    Case(
        "restore of a damaged backup",
        "store.damaged",
        5,
        lambda s: ("restore", damaged(s, "torn.db")),
        "torn.db",
        (("FIELDMAP_DB", "fresh.db"),),
    ),
    Case(
        "restore of no backup",
        "store.key",
        5,
        lambda s: ("restore", s.write("text.db", "this is no county file" * 100)),
        "text.db",
        (("FIELDMAP_DB", "fresh.db"),),
    ),
    Case(
        "restore of nothing",
        "store.missing",
        5,
        ("restore", "none.db"),
        "none.db",
        (("FIELDMAP_DB", "fresh.db"),),
    ),
)

NO_FILE = tuple(
    Case(f"{name} without a county file", "store.missing", 5, args, "none.db", (("FIELDMAP_DB", "none.db"),))
    for name, args in WHERE_A_FILE_IS_NEEDED
)

WRONG_KEY = tuple(
    Case(f"{name} with another key", "store.key", 5, args, "county.db", (("FIELDMAP_KEY", OTHER_KEY),))
    for name, args in WHERE_A_FILE_IS_NEEDED
)

NO_KEY = (
    Case("due without the key", "store.key", 5, ("due",), "county.db", (("FIELDMAP_KEY", ""),)),
    Case(
        "restore with another key",
        "store.key",
        5,
        lambda s: ("restore", s.done("backup", s.folder / "b.db") and s.folder / "b.db"),
        "b.db",
        (("FIELDMAP_KEY", OTHER_KEY), ("FIELDMAP_DB", "fresh.db")),
    ),
    Case(
        "restore of a damaged sealed backup",
        "store.damaged",
        5,
        lambda s: ("restore", damaged(s, "torn.db")),
        "torn.db",
        (("FIELDMAP_DB", "fresh.db"),),
    ),
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the county of the ten, in the clear."""
    folder = tmp_path_factory.mktemp("plain")
    made = found_ten(folder)
    made.done("account", "add", "head", "--name", "h", "--hat", f"head:{TOWN}", "--password", PASSWORD)
    return folder


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the county of the ten, encrypted."""
    folder = tmp_path_factory.mktemp("sealed")
    found_ten(folder, FIELDMAP_KEY=KEY)
    return folder


def copied(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: str) -> Station:
    """Return a copy of a made county; relative paths of the call are in its folder."""
    folder = tmp_path / "made"
    shutil.copytree(source, folder)
    monkeypatch.chdir(folder)
    return Station(folder, settings)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def sentence(code: str, value: str, lang: str) -> str:
    """Return the pattern of a whole message: what: value. allowed. what to do."""
    colon, stop = (": ", ". ") if lang == "en" else (":", "。")
    what, allowed, todo = (
        re.sub(r"\\\{\w+\\\}", ".+", re.escape(part.rstrip("。. "))) for part in catalogue()[code][lang]
    )
    received = f"{colon}[^\\0]*{re.escape(value)}[^\\0]*" if value else ".*"
    return f"(?m)^{what}{received}{re.escape(stop)}{allowed}{re.escape(stop)}{todo}{re.escape(stop.strip())}$"


def check(case: Case, station: Station) -> None:
    """Run the call in both languages, and look at what it said and left."""
    args = case.args(station) if callable(case.args) else case.args
    before = contents(station.folder)
    for lang in LANGUAGES:
        settings = {"FIELDMAP_LANG": lang, **dict(case.settings)}
        ran = station.run(*args, **settings)
        assert (ran.code, contents(station.folder) == before) == (case.exit_code, True), ran.err
        spoken = "en" if settings["FIELDMAP_LANG"] == "en" else "zh-CN"
        assert re.search(sentence(case.code, case.value, spoken), ran.err), ran.err


@pytest.mark.parametrize("case", [*FILES, *WORDS, *ROADS, *BACKUPS, *NO_FILE], ids=lambda case: case.name)
def test_bad_input_is_explained_and_leaves_nothing(
    case: Case, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mistake has its exit code and says what, which value, what is allowed and what to do."""
    check(case, copied(plain, tmp_path, monkeypatch))


@pytest.mark.parametrize("case", [*WRONG_KEY, *NO_KEY], ids=lambda case: case.name)
def test_another_key_opens_nothing_and_writes_nothing(
    case: Case, sealed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that needs the county file refuses another key in the same words."""
    check(case, copied(sealed, tmp_path, monkeypatch, FIELDMAP_KEY=KEY))


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port somebody else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def test_a_port_in_use_is_said(
    plain: Path, taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serving on a taken port ends with 9 and names the port."""
    case = Case("port in use", "serve.port", 9, ("serve", "--port", taken), f"127.0.0.1:{taken}")
    check(case, copied(plain, tmp_path, monkeypatch))


def test_a_plan_on_the_roads_of_another_place_is_refused(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that does not cover the clients makes no plan."""
    station = copied(plain, tmp_path, monkeypatch)
    roads = station.write("far.osm", elsewhere())
    station.done("network", roads, "--quick", FIELDMAP_DB="none.db")
    check(Case("plan", "road.cover", 8, ("plan",), "far.osm"), station)


def test_what_was_imported_before_a_bad_file_is_said(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two files the good one is in, and the table says so although the second is refused."""
    station = copied(plain, tmp_path, monkeypatch)
    row = f"w2,刘强,social_worker,social_worker,male,{TOWN}\n"
    good = station.write("more.csv", "id,name,role,society,sex,division_code\n" + row)
    ran: Ran = station.run("import", good, "none.xlsx")
    assert ran.code == 4
    assert "more.csv" in ran.out
    assert "none.xlsx" in ran.err
    station.done("plan", "--actor", "w2", "--actor", WORKER)


def test_bad_rows_are_named_and_good_rows_are_kept(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A register with mistakes is taken over as far as it is right; each mistake has its row and field."""
    station = copied(plain, tmp_path, monkeypatch)
    lines = [
        "id,name,role,society,sex,division_code,hours_from,hours_to",
        f"w2,刘强,social_worker,social_worker,male,{TOWN},08:30,17:30",
        f"w3,许宁,king,social_worker,male,{TOWN},,",
        f"w4,马丽,volunteer,volunteer,female,{TOWN},half past eight,17:30",
    ]
    ran = station.done("import", station.write("actors.csv", "\n".join(lines)))
    assert "row 3 role = king" in ran.out
    assert "row 4 hours_from = half past eight" in ran.out
    assert "social_worker" in ran.out  # what is allowed
    station.done("plan", "--actor", "w2")
    assert station.run("plan", "--actor", "w4").code == 4
