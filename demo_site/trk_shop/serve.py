"""`python -m trk_shop.serve`: the shop alone, for a tracking server that is running already."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys

import click
import uvicorn

from trk_shop.app import create_app
from trk_shop.tracker import Tracker


@click.command()
@click.option("--tracker", required=True, metavar="URL", help="The tracking server's address.")
@click.option("--key", required=True, help="The campaign's key.")
@click.option(
    "--club", default="", metavar="KEY", help="A reward campaign's key; the shop then shows both."
)
@click.option("--token", envvar="SHOP_TOKEN", default="", help="For the lab (SHOP_TOKEN).")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535))
@click.option("--fd", type=int, help="Serve on a socket that is already bound.")
def main(tracker: str, key: str, club: str, token: str, port: int, fd: int | None) -> None:
    """Run the shop."""
    # The lab breaks connections on purpose, and uvicorn would log an error each time.
    logging.getLogger("uvicorn.error").addFilter(_not_cut_on_purpose)
    app = create_app(Tracker(tracker.rstrip("/"), key, token, club))
    config = uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False)
    sockets = None if fd is None else [socket.socket(fileno=fd)]
    try:
        asyncio.run(uvicorn.Server(config).serve(sockets))
    except KeyboardInterrupt:
        sys.exit(130)


def _not_cut_on_purpose(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()


if __name__ == "__main__":
    main()
