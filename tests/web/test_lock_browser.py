"""The screens before the day, and what somebody finds who copies the phone's disk."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from fieldmap.sealing import from_base64url
from fieldmap.store import Store
from tests.bench import Bench
from tests.browser import PHONE, Windows, accessibility_faults
from tests.phone import PIN, enter, invitation, signed_in, unlocked
from tests.web.conftest import Served
from tests.web.phone_plan import publish
from tests.web.village import PASSWORD, Village

pytestmark = pytest.mark.browser

SMALL = """
() => Array.from(document.querySelectorAll('.lock button, .lock summary, .lock input'))
  .filter((one) => one.checkVisibility())
  .filter((one) => { const box = one.getBoundingClientRect(); return Math.min(box.width, box.height) < 44; })
  .map((one) => one.outerHTML)
"""


def sound(page: Page) -> list[str]:
    """Return what is wrong with a screen at its size and at 200 %: reach, size of targets, width."""
    found = accessibility_faults(page)
    for width, height in ((PHONE[0] // 2, PHONE[1] // 2), PHONE):
        page.set_viewport_size({"width": width, "height": height})
        small: list[str] = page.evaluate(SMALL)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{width} px: {one}" for one in small] + ([f"{wide} px too wide"] if wide > 0 else [])
    return found


def title(page: Page, text: str) -> None:
    expect(page.locator(".lock-title")).to_have_text(text)


def test_from_the_code_to_the_day_and_back_again(windows: Windows, store: Store) -> None:
    """Scan, choose a PIN that is not easy, repeat it, and the day is there; reopened, the PIN opens it."""
    publish(store)
    page = windows.open(PHONE)
    page.goto(invitation(store, "worker"))
    title(page, "设一个 6 位开锁密码")
    assert sound(page) == []
    assert "bind" not in page.url
    enter(page, "123456")
    expect(page.get_by_role("alert")).to_contain_text("太好猜了")
    enter(page, PIN)
    title(page, "再输一次开锁密码")
    enter(page, "135792")
    expect(page.get_by_role("alert")).to_contain_text("两次输的不一样")
    enter(page, PIN)
    title(page, "再输一次开锁密码")
    enter(page, PIN)
    page.locator("#ready.ok").wait_for()
    page.reload()
    title(page, "输开锁密码")
    assert "赵建国" not in page.content()
    enter(page, "135792")
    expect(page.get_by_role("alert")).to_have_text("密码不对,还可以试 4 次")
    assert sound(page) == []
    page.keyboard.type(PIN)
    expect(page.get_by_text("赵建国").first).to_be_visible()


def test_five_wrong_codes_and_a_used_code_lead_to_the_sign_in(windows: Windows, store: Store) -> None:
    """After the fifth wrong PIN the screen says what is gone; a new code binds the same phone again."""
    page = windows.open(PHONE)
    address = invitation(store, "contact")
    page.goto(address)
    page.locator(".keypad").wait_for()
    enter(page, PIN + PIN)
    page.locator("#ready.ok").wait_for()
    page.reload()
    page.locator(".keypad").wait_for()
    for left in (4, 3, 2, 1):
        enter(page, "135792")
        expect(page.get_by_role("alert")).to_have_text(f"密码不对,还可以试 {left} 次")
    enter(page, "135792")
    title(page, "登录走访图")
    expect(page.get_by_role("alert")).to_contain_text("密码连错 5 次")
    page.goto("/health")
    page.goto(address)
    title(page, "登录走访图")
    expect(page.get_by_role("alert")).to_contain_text("用过或过期")
    assert sound(page) == []
    page.goto("/health")
    page.goto(invitation(store, "contact"))
    page.locator(".keypad").wait_for()
    enter(page, PIN + PIN)
    page.locator("#ready.ok").wait_for()
    (account,) = (one for one in store.accounts.all() if one.login == "contact")
    assert len(store.accounts.devices(account.id)) == 1


def test_a_password_is_the_second_way_in_english_too(windows: Windows, store: Store) -> None:
    """Without a code somebody signs in by password; a forgotten PIN says what is lost: nothing saved."""
    page = windows.open(PHONE, lang="en")
    page.goto("/phone")
    title(page, "Sign in")
    page.locator("summary", has_text="Sign in with account and password").click()
    assert sound(page) == []
    assert page.locator("form").get_by_label("Password").get_attribute("autocomplete") == "new-password"
    for password, shown in (("wrong-one", "The account or the password is wrong"), (PASSWORD, "")):
        page.get_by_label("Account").fill("worker")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if shown:
            expect(page.get_by_role("alert")).to_contain_text(shown)
    title(page, "Choose an unlock code of 6 digits")
    enter(page, PIN + PIN)
    page.locator("#ready.ok").wait_for()
    page.reload()
    page.get_by_role("button", name="Forgotten the code?").click()
    expect(page.locator(".lock")).to_contain_text("Nothing that waits to be sent is lost")
    assert sound(page) == []
    page.get_by_role("button", name="Wipe the list and sign in again").click()
    title(page, "Sign in")
    windows.complaints.clear()  # the wrong password's 401


def test_wechat_gets_what_works_there(browser: Browser, served_app: Served, store: Store) -> None:
    """The card says how to open the browser, with the code; a stop has coordinates and geo:, no app."""
    publish(store)
    context = browser.new_context(
        base_url=served_app.url,
        viewport={"width": PHONE[0], "height": PHONE[1]},
        locale="zh-CN",
        user_agent="Mozilla/5.0 (Linux; Android 10) Chrome/86.0 Mobile MicroMessenger/8.0",
    )
    page = context.new_page()
    address = invitation(store, "worker")
    page.goto(address)
    title(page, "请在浏览器里打开")
    assert page.url.endswith(address)
    assert sound(page) == []
    page.get_by_role("button", name="就在微信里用").click()
    title(page, "设一个 6 位开锁密码")
    assert "bind" not in page.url
    enter(page, PIN + PIN)
    page.locator("#ready").wait_for()
    page.locator(".stop.next .navigate").click()
    sheet = page.locator("dialog.navigation")
    expect(sheet.locator(".wechat")).to_contain_text("在浏览器打开")
    expect(sheet.locator(".copy-text")).to_have_text(re.compile(r"^\d+\.\d+,\d+\.\d+$"))
    links = sheet.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert [link.partition(":")[0] for link in links] == ["geo"]
    assert sound(page) == []
    context.close()


def written_as(secret: str | bytes) -> Iterable[bytes]:
    """Yield the ways in which a text may lie in a file: UTF-8, UTF-16, base64 at its three offsets."""
    raw = secret.encode() if isinstance(secret, str) else secret
    yield raw
    if isinstance(secret, str):
        yield secret.encode("utf-16-le")
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + raw)
        # the letters at both ends depend on what stands beside it
        inner = coded[4 if offset else 0 : len(coded) // 4 * 4 - 4]
        if len(inner) >= 8:
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def found_in(folder: Path, secrets: Iterable[str | bytes]) -> list[str]:
    """Return which secrets lie in which files of a folder."""
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [
        f"{secret!r} in {path.relative_to(folder)}"
        for secret in secrets
        for path, content in files.items()
        if any(form in content for form in written_as(secret))
    ]


def test_a_copied_disk_shows_nobody(
    browser: Browser, chromium: str, served_app: Served, store: Store, village: Village, tmp_path: Path
) -> None:
    """After a sign-in, a packet and three visits no file of the browser holds a name, a key or the PIN."""
    publish(store)
    folder = tmp_path / "profile"
    options = {"executable_path": chromium, "base_url": served_app.url, "args": ["--no-sandbox"]}
    context = browser.browser_type.launch_persistent_context(folder, **options)  # type: ignore[arg-type]
    page = context.pages[0]
    told: list[dict[str, str]] = []

    def note(answer: Response) -> None:
        if answer.url.endswith(("/phone/sign-in", "/phone/renew")):
            told.append(answer.json())

    page.on("response", note)
    signed_in(page, store, "worker")
    page.reload()
    unlocked(page)
    page.evaluate(
        """async (pin) => {
        const [{ openVault }, { Outbox }] = await Promise.all(
          ["vault", "outbox"].map((name) => import(`/static/phone/${name}.js`)));
        const vault = await openVault();
        await vault.unlock(pin);
        const outbox = new Outbox(vault);
        const visit = { client_ids: ["p1"], outcome: "seen", note: "想吃热饭菜" };
        for (const household_id of ["h1", "h2", "h3"]) {
          await outbox.add("visit", { ...visit, household_id }, { undo: true, about: "王秀英的家" });
        }
        await outbox.flush();
        }""",
        PIN,
    )
    context.close()
    held = next(one for one in told if "token" in one)
    people = [
        "王秀英",
        "李大山",
        "张桂兰",
        "赵小雨",
        "赵建国",
        "周敏",
        "刘强",
        "北坡村1号",
        "北坡村2号",
        "13800005678",
    ]
    keys: list[str | bytes] = [held["token"], held["warrant"], held["key"], from_base64url(held["key"]), PIN]
    assert found_in(folder, [*people, "想吃热饭菜", *keys]) == []
    # what may lie there in the clear is found, so that the search itself is known to see
    assert found_in(folder, [store.accounts.county_keys().station.key_id]) != []


PEPPERS = """
async () => {
  const { openShelf } = await import("/static/phone/shelf.js");
  const record = await (await openShelf()).get("vault", "wrapped");
  return Array.from(new Uint8Array(await new Response(record.pepper).arrayBuffer()));
}
"""


def test_what_was_overwritten_opens_for_no_pin(
    browser: Browser, chromium: str, served_app: Served, store: Store, village: Village, tmp_path: Path
) -> None:
    """Half of what unwraps yesterday's keys lay in a file that renewing deletes; wiping deletes today's."""
    folder = tmp_path / "profile"
    options = {"executable_path": chromium, "base_url": served_app.url, "args": ["--no-sandbox"]}

    def opened(then: Callable[[Bench], object]) -> bytes:
        context = browser.browser_type.launch_persistent_context(folder, **options)  # type: ignore[arg-type]
        bench = Bench(context.pages[0], store, village).start()
        then(bench)
        pepper = (
            bytes(bench.page.evaluate(PEPPERS)) if bench.run("return window.vault.state().signed") else b""
        )
        context.close()
        return pepper

    def renew(bench: Bench) -> None:
        bench.run("await window.vault.unlock(given)", PIN)
        bench.run("await window.vault.renewed(given)", bench.keys())

    first = opened(lambda bench: bench.sign_in())
    assert len(found_in(folder, [first])) == 1
    opened(renew)
    # Chromium deletes the files of what was overwritten at the latest when it opens the database again
    second = opened(lambda bench: None)
    assert [len(found_in(folder, [pepper])) for pepper in (first, second)] == [0, 1]
    assert opened(lambda bench: bench.run("await window.vault.forget()")) == b""
    assert opened(lambda bench: None) == b""
    assert found_in(folder, [first, second]) == []
