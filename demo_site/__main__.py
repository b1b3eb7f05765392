"""`make demo`: a backend and the shop on two sites, with a campaign of eight actions."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from typing import Any

import click
import uvicorn

from demo_site.app import Shop, create_app
from demo_site.uses import USES

KEY = "demo1"
DATABASE = "sqlite:///var/demo.db"


@click.command()
@click.option("--port", default=8000, show_default=True, help="The backend's port.")
@click.option("--shop-port", default=8001, show_default=True, help="The shop's port.")
def main(port: int, shop_port: int) -> None:
    """Show a push in a shop unlocking an action in a campaign."""
    for number, variable in ((port, "PORT"), (shop_port, "SHOP_PORT")):
        if _busy(number):
            raise click.ClickException(
                f"port {number} is in use; choose another: make demo {variable}={number + 100}"
            )
    tracker, shop = f"http://localhost:{port}", f"http://127.0.0.1:{shop_port}"
    trk = [sys.executable, "-m", "backend", "--database", DATABASE, "--public-url", tracker]
    made = subprocess.run(
        [*trk, "token", "create", "demo"], check=True, capture_output=True, text=True
    )
    backend = subprocess.Popen([*trk, "serve", "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        _wait(tracker)
        _campaign(tracker, made.stdout.strip(), shop)
        click.echo(
            f"\n  The shop       {shop}\n  The campaign   {tracker}/{KEY}\n\n"
            "  Enter the campaign, follow an action's link into the shop, press its button,\n"
            "  and watch the action turn green.  Ctrl-C stops both.\n"
        )
        webbrowser.open(f"{tracker}/{KEY}")
        app = create_app(Shop(tracker, KEY))
        uvicorn.run(app, host="127.0.0.1", port=shop_port, log_level="error")
    except KeyboardInterrupt:
        pass
    finally:
        backend.terminate()
        backend.wait()


def _busy(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(tracker: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{tracker}/healthz", timeout=5).close()
        except OSError:
            if time.monotonic() > deadline:
                raise click.ClickException("the backend does not answer") from None
            time.sleep(0.1)
        else:
            return


def _campaign(tracker: str, token: str, shop: str) -> None:
    """Make the campaign, unless an earlier demo has."""
    try:
        _post(
            tracker,
            token,
            "",
            {
                "name": "Win a touring bike",
                "key": KEY,
                "description": "Eight ways to enter. **Bell & Spoke** gives away one touring bike.",
            },
        )
    except urllib.error.HTTPError as answer:
        if answer.code != 409:
            raise
        return
    for use in USES:
        _post(
            tracker,
            token,
            f"/{KEY}/actions",
            {
                "title": use.title,
                "tracking_name": use.tracking_name,
                "url": f"{shop}/{use.path}",
                "description": use.text,
                "worth": use.worth,
            },
        )


def _post(tracker: str, token: str, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{tracker}/api/v1/campaigns{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"},
    )
    urllib.request.urlopen(request, timeout=10).close()


if __name__ == "__main__":
    main()
