"""`make demo`: the tracking server and the shop as two sites, and a campaign of eight actions."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from trk_shop.campaign import make_campaign, make_club
from trk_shop.children import ENDINGS, Child, ChildError, first_to_end
from trk_shop.tracker import Tracker, TrackerError

VAR = Path("var")
_PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--port", default=8000, show_default=True, type=_PORT, help="The server's port.")
@click.option("--shop-port", default=8001, show_default=True, type=_PORT, help="The shop's port.")
@click.option("--open/--no-open", "opens", default=True, help="Open a browser if there is one.")
def main(port: int, shop_port: int, opens: bool) -> None:
    """Show a push in a shop unlocking an action in a campaign."""
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
        stack.enter_context(_bound(port, "PORT")),
        stack.enter_context(_bound(shop_port, "SHOP_PORT")),
    ]
    VAR.mkdir(exist_ok=True)
    # The key contains the shop's port, since the campaign's actions link to that address.
    address, shop = f"http://localhost:{port}", f"http://127.0.0.1:{shop_port}"
    trk = [
        *(sys.executable, "-m", "trk"),
        *("--database", f"sqlite:///{VAR / 'demo.db'}", "--public-url", address),
    ]
    tracker = Tracker(address, f"demo{shop_port}", _token(trk), f"club{shop_port}")

    backend = Child("The tracking server", [*trk, "serve"], sockets[0], VAR / "demo-server.log")
    stack.callback(backend.stop)
    backend.start()
    backend.wait_for(f"{tracker.direct}/healthz")
    make_campaign(tracker, shop)
    make_club(tracker.of_club, shop)

    serve = [
        *(sys.executable, "-m", "trk_shop.serve"),
        *("--tracker", address, "--key", tracker.key, "--club", tracker.club),
    ]
    site = Child("The shop", serve, sockets[1], VAR / "demo-shop.log")
    stack.callback(site.stop)
    site.start({"SHOP_TOKEN": tracker.token})
    site.wait_for(f"{shop}/")

    click.echo(
        f"\n"
        f"  The shop       {shop}\n"
        f"  The campaign   {tracker.campaign_url}\n"
        f"  The club       {shop}/club   (a reward, embedded)\n"
        f"  The lab        {shop}/lab\n"
        f"  The owner      {address}/admin   (make an account there)\n"
        f"\n"
        f"  Enter the campaign, follow an action's link into the shop, do what it says,\n"
        f"  and watch the action turn green. The tab at the shop's edge shows the same.\n"
        f"\n"
        f"  Ctrl-C stops both.\n"
    )
    if opens and _has_browser():
        webbrowser.open(tracker.campaign_url)
    raise first_to_end(backend, site)


def _bound(port: int, variable: str) -> socket.socket:
    """A socket that listens on `port`; ClickException if another program uses the port.

    It is bound here, before anything starts, and handed on, so that nobody can take the port in
    between.
    """
    other = f"choose another: make demo {variable}={port + 100 if port < 60000 else 8100}"
    # Browsers try ::1 first for localhost: whoever answers there would be taken for us.
    with socket.socket(socket.AF_INET6) as probe:
        taken = probe.connect_ex(("::1", port)) == 0
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if not taken:
            listening.bind(("127.0.0.1", port))
            listening.listen(2048)
            return listening
    except PermissionError:
        listening.close()
        raise click.ClickException(f"port {port} needs special rights here; {other}") from None
    except OSError:
        pass
    listening.close()
    raise click.ClickException(f"port {port} is in use by another program; {other}")


def _token(trk: list[str]) -> str:
    made = subprocess.run(
        [*trk, "token", "create", "demo"],
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
    )
    if made.returncode != 0:
        raise ChildError(f"No API token could be made: {made.stderr.strip()}")
    return made.stdout.split()[-1]


def _has_browser() -> bool:
    """Is there a screen? (Without one, some systems would open a browser in the terminal.)"""
    screens = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, screens))


if __name__ == "__main__":
    main()
