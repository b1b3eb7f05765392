"""`make demo`: the tracking server and the shop as two sites, and a campaign of eight actions."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from trk_shop.beforehand import OWNER_EMAIL, OWNER_PASSWORD, make_owner, make_token
from trk_shop.campaign import make_campaign, make_club
from trk_shop.children import ENDINGS, Child, ChildError, first_to_end
from trk_shop.ports import Port, bound
from trk_shop.tracker import Tracker, TrackerError

VAR = Path("var")


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=Port("PORT"), help="The server's port."
)
@click.option(
    "--shop-port", default=8001, show_default=True, type=Port("SHOP_PORT"), help="The shop's port."
)
@click.option("--open/--no-open", "opens", default=True, help="Open a browser if there is one.")
def main(port: int, shop_port: int, opens: bool) -> None:
    """Show a push in a shop unlocking an action in a campaign."""
    if port == shop_port:
        raise click.ClickException(
            f"PORT and SHOP_PORT are both {port}; expected two ports, such as make demo "
            f"PORT={port} SHOP_PORT={port + 1 if port < 60000 else 8001}"
        )
    _on_signals(signal.default_int_handler)
    with ExitStack() as stack:
        try:
            _run(stack, port, shop_port, opens)
        except KeyboardInterrupt:
            click.echo("\n  Stopped.")
        except (ChildError, TrackerError) as problem:
            raise click.ClickException(str(problem)) from None
        finally:
            # One request to end is enough: no further one may interrupt stopping the children.
            _on_signals(signal.SIG_IGN)


def _on_signals(handler: Any) -> None:
    """End in the same way whichever signal asks for it; under nohup, ignore SIGHUP."""
    for way in ENDINGS:
        if way is not signal.SIGHUP or signal.getsignal(way) is not signal.SIG_IGN:
            signal.signal(way, handler)


def _run(stack: ExitStack, port: int, shop_port: int, opens: bool) -> None:
    sockets = [
        stack.enter_context(bound(port, "PORT")),
        stack.enter_context(bound(shop_port, "SHOP_PORT")),
    ]
    VAR.mkdir(exist_ok=True)
    # The key contains the shop's port, since the campaign's actions link to that address.
    address, shop = f"http://localhost:{port}", f"http://127.0.0.1:{shop_port}"
    trk = [
        *(sys.executable, "-m", "trk"),
        *("--database", f"sqlite:///{VAR / 'demo.db'}", "--public-url", address),
    ]
    known = not make_owner(trk)
    tracker = Tracker(address, f"demo{shop_port}", make_token(trk), f"club{shop_port}")

    # Each log has its port in its name: another demo in this checkout has logs of its own.
    server_log, shop_log = VAR / f"demo-server-{port}.log", VAR / f"demo-shop-{shop_port}.log"
    # One visitor needs no more than one process.
    serving = [*trk, "serve", "--workers", "1"]
    backend = Child("The tracking server", serving, sockets[0], server_log)
    stack.callback(backend.stop)
    backend.start()
    backend.wait_for(f"{tracker.direct}/healthz")
    make_campaign(tracker, shop)
    make_club(tracker.of_club, shop)

    serve = [
        *(sys.executable, "-m", "trk_shop.serve"),
        *("--tracker", address, "--key", tracker.key, "--club", tracker.club),
    ]
    site = Child("The shop", serve, sockets[1], shop_log)
    stack.callback(site.stop)
    site.start({"SHOP_TOKEN": tracker.token})
    site.wait_for(f"{shop}/")

    click.echo(
        f"\n"
        f"  The shop       {shop}\n"
        f"  The campaign   {tracker.campaign_url}\n"
        f"  The club       {shop}/club   (a reward, embedded)\n"
        f"  The lab        {shop}/lab\n"
        f"\n"
        f"  The owner      {address}/admin\n"
        f"    e-mail       {OWNER_EMAIL}\n"
        f"    password     {OWNER_PASSWORD}{'   (unless you changed it)' if known else ''}\n"
        f"  The e-mails    {address}/admin/mails   (none are sent: read them there)\n"
        f"  The logs       {server_log}, {shop_log}\n"
        f"\n"
        f"  Enter the campaign, follow an action's link into the shop, do what it says,\n"
        f"  and watch the action turn green. The tab at the shop's edge shows the same.\n"
        f"\n"
        f"  Ctrl-C stops both.\n"
    )
    if opens and _has_browser():
        webbrowser.open(tracker.campaign_url)
    raise first_to_end(backend, site)


def _has_browser() -> bool:
    """Is there a screen? (Without one, some systems would open a browser in the terminal.)"""
    screens = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, screens))


if __name__ == "__main__":
    main()
