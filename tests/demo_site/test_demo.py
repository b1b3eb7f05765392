"""`python -m trk_shop` as a real process, as `make demo` starts it."""

from __future__ import annotations

import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.demo_site.demos import SECONDS, Demo, Start
from tests.ports import free_port
from trk_shop.__main__ import main
from trk_shop.campaign import NAME
from trk_shop.catalogue import BY_SLUG
from trk_shop.uses import ADD_TO_CART, USES

WORDS = ("e-mail", "password")
open_directly = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def get(address: str) -> str:
    with open_directly(address, timeout=SECONDS) as answer:
        return str(answer.read().decode())


def campaign_page(said: str) -> str:
    """The text of the campaign's page, whose address the demo has said."""
    campaign = re.search(r"The campaign +(\S+)", said)
    assert campaign is not None
    return unescape(get(campaign[1].replace("localhost", "127.0.0.1")))


def signed_in(demo: Demo) -> str:
    """Sign in as the owner whose account the demo has said; the list of campaigns."""
    said = "".join(demo.lines)
    email, password = (re.search(rf"{word} +(\S.*?)(?:   .*)?$", said, re.M) for word in WORDS)
    assert email is not None
    assert password is not None
    form = {"sign_in_email": email[1], "sign_in_password": password[1]}
    with httpx.Client(
        base_url=f"http://127.0.0.1:{demo.port}",
        headers={"sec-fetch-site": "same-origin"},
        trust_env=False,
        timeout=SECONDS,
    ) as browser:
        answer = browser.post("/admin/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        mails = re.search(r"The e-mails +\S+?(/admin/\S+)", said)
        assert mails is not None
        assert "no e-mails are sent" in browser.get(mails[1]).text
        return browser.get("/admin/campaigns").text


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def stopped(demo: Demo, stop: Callable[[], tuple[int, str]]) -> None:
    """It ends by this, well, with all that it has started."""
    children = demo.children()
    assert len(children) == 2
    status, said = stop()
    assert (status, "Traceback" in said) == (0, False), said
    assert not any(child.is_running() for child in children)
    assert is_free(demo.port)
    assert is_free(demo.shop_port)


def test_it_says_where_everything_is_and_ends_with_ctrl_c_and_a_second_start_goes_on(
    start: Start,
) -> None:
    demo = start()
    said = demo.read_until("Ctrl-C")
    shop = re.search(r"The shop +(\S+)", said)
    campaign = re.search(r"The campaign +(\S+)", said)
    assert shop is not None
    assert campaign is not None
    assert shop[1] == f"http://127.0.0.1:{demo.shop_port}"
    assert campaign[1].startswith(f"http://localhost:{demo.port}/")
    key = campaign[1].rpartition("/")[2]
    assert f"var key = '{key}';" in get(shop[1])
    before = campaign_page(said)
    assert all(use.title in before for use in USES)
    assert NAME in signed_in(demo)
    stopped(demo, demo.ctrl_c)

    second = start()
    said = second.read_until("Ctrl-C")
    after = campaign_page(said)
    assert [after.count(use.title) for use in USES] == [before.count(use.title) for use in USES]
    assert "unless you changed it" in said
    assert NAME in signed_in(second)


def test_ctrl_c_during_the_start_ends_it_without_a_traceback(start: Start, tmp_path: Path) -> None:
    # The tracking server's log is made right before it is started, long before it answers.
    demo = start()
    log = tmp_path / "var" / f"demo-server-{demo.port}.log"
    turn = threading.Event()
    while not log.exists():
        assert demo.process.poll() is None
        turn.wait(0.01)
    status, said = demo.ctrl_c()
    assert (status, "Traceback" in said) == (0, False), said
    assert is_free(demo.port)


@pytest.mark.parametrize("variable", ["PORT", "SHOP_PORT"])
def test_a_busy_port_is_a_sentence_and_a_status(
    variable: str, start: Start, ports: tuple[int, int]
) -> None:
    port = ports[0 if variable == "PORT" else 1]
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        status, said = start().end()
    assert status == 1
    assert said.splitlines() == [
        f"Error: port {port} is in use by another program; choose another: "
        f"make demo {variable}={port + 100 if port < 60000 else 8100}"
    ]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--port=80", "PORT is '80'; expected a number from 1024 to 65535"),
        ("--port=abc", "PORT is 'abc'; expected a number from 1024 to 65535"),
        ("--shop-port=", "SHOP_PORT is ''; expected a number from 1024 to 65535"),
        ("--shop-port=70000", "SHOP_PORT is '70000'; expected a number from 1024 to 65535"),
        ("--port=8_100", "PORT is '8_100'; expected a number from 1024 to 65535"),
        ("--port=6000", "PORT is '6000'; expected another, since browsers don't open this one"),
        ("--port=8001", "PORT and SHOP_PORT are both 8001; expected two ports"),
    ],
)
def test_a_port_that_cannot_be_used_is_one_sentence(option: str, said: str) -> None:
    result = CliRunner().invoke(main, [option, "--no-open"])
    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert line.startswith(f"Error: {said}")


def test_another_demo_in_the_same_folder_has_logs_of_its_own_and_ends_when_a_child_dies(
    tmp_path: Path, start: Start
) -> None:
    demo = start()
    demo.read_until("Ctrl-C")
    other = Demo(tmp_path, (free_port(), free_port()), {})
    try:
        other.read_until("Ctrl-C")
        server, shop = other.children()
        server.kill()
        status, said = other.end()
    finally:
        if other.process.poll() is None:
            other.ctrl_c()
    assert status == 1
    assert "The tracking server has ended" in said
    assert not shop.is_running()
    logs = {path.name: path.read_text() for path in (tmp_path / "var").glob("*.log")}
    assert set(logs) == {
        name
        for each in (demo, other)
        for name in (f"demo-server-{each.port}.log", f"demo-shop-{each.shop_port}.log")
    }
    assert all(text.count("Started server process") == 1 for text in logs.values()), logs
    assert len(demo.children()) == 2, "it goes on"


def test_the_action_names_a_product_as_the_shop_calls_it() -> None:
    product = BY_SLUG[ADD_TO_CART.path.rpartition("/")[2]]
    assert product.name.lower() in ADD_TO_CART.text.lower()


def test_a_port_on_the_other_loopback_address_is_busy_too(
    start: Start, ports: tuple[int, int]
) -> None:
    with socket.socket(socket.AF_INET6) as other:
        try:
            other.bind(("::1", ports[0]))
        except OSError:
            pytest.skip("this machine has no IPv6")
        other.listen()
        status, said = start().end()
    assert status == 1
    assert f"port {ports[0]} is in use" in said


def test_it_opens_the_campaign_in_the_browser_that_there_is_and_ends_with_sigterm(
    start: Start, tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > {tmp_path}/part && mv {tmp_path}/part {tmp_path}/opened\n'
    )
    browser.chmod(0o755)
    demo = start(BROWSER=f"{browser} %s")
    demo.read_until("Ctrl-C")
    opened = tmp_path / "opened"
    turn = threading.Event()
    while not opened.exists():
        assert demo.process.poll() is None
        turn.wait(0.01)
    assert opened.read_text().startswith(f"http://localhost:{demo.port}/demo")

    def terminate() -> tuple[int, str]:
        demo.process.terminate()
        return demo.end()

    stopped(demo, terminate)
