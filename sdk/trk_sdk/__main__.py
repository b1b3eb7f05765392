"""`python -m trk_sdk build` builds trk.js and prints its sizes; `npm` makes the npm package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from trk_sdk import builder, npm


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m trk_sdk", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build trk.js and print its sizes")
    build.add_argument("--key", default="y2sB7", help="the campaign's key (default: %(default)s)")
    build.add_argument(
        "--host",
        default="https://track.example.org",
        help="the server's address (default: %(default)s)",
    )
    build.add_argument("--global-name", default="Gleam", help="default: %(default)s")
    build.add_argument("--ask-consent", action="store_true", help="wait for ['consent', true]")
    build.add_argument("--honour-gpc", action="store_true", help="honour Global Privacy Control")
    build.add_argument("--source", action="store_true", help="don't minify")
    build.add_argument("--brief", action="store_true", help="don't print the size of each feature")
    build.add_argument("--out", type=Path, metavar="FILE", help="write the script to this file")
    build.set_defaults(run=_build)
    package = commands.add_parser("npm", help="build the npm package for front-end teams")
    package.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="write its files into this folder"
    )
    package.set_defaults(run=_npm)
    given = parser.parse_args(arguments)
    status: int = given.run(given)
    return status


def _build(given: argparse.Namespace) -> int:
    try:
        script = builder.script(
            given.key,
            given.host,
            minify=not given.source,
            global_name=given.global_name,
            ask_consent=given.ask_consent,
            honour_gpc=given.honour_gpc,
        )
        if given.out:
            given.out.write_text(script, encoding="utf-8", newline="\n")
    except (ValueError, OSError) as error:
        print(f"trk.js can't be built: {error}", file=sys.stderr)
        return 1
    sizes = builder.Sizes.of(script)
    print(f"trk.js {builder.VERSION}: {sizes.raw:,} bytes", end=", ")
    print(f"{sizes.gzip:,} with gzip, {sizes.brotli:,} with brotli")
    if not given.brief:
        print("of which, with brotli:")
        for feature, cost in sorted(builder.costs().items(), key=lambda row: -row[1]):
            print(f"{cost:>6} bytes  {feature}")
    return 0


def _npm(given: argparse.Namespace) -> int:
    try:
        npm.write(given.out)
    except (npm.PackageError, OSError) as error:
        print(f"The npm package can't be built: {error}", file=sys.stderr)
        return 1
    print(f"{npm.NAME} {builder.VERSION} is in {given.out}; run `npm pack` there to pack it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
