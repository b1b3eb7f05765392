"""`trk verify`: is the tracking script on a customer's page, and do its pushes arrive?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import click

from trk.core.keys import is_campaign_key
from trk.settings import Settings, SettingsError, from_environment
from trk_sdk.verify.observations import Observations
from trk_sdk.verify.options import VisitOptions
from trk_sdk.verify.verdict import Verdict, judge, shown
from trk_sdk.verify.wording import printable, several

_PICTURES = (".png", ".jpg", ".jpeg")


class _CannotLook(click.ClickException):
    """The page could not be checked, so there is no verdict."""

    exit_code = 2


@click.command()
@click.argument("url")
@click.option("--key", required=True, help="The campaign whose script should be on the page.")
@click.option(
    "--host",
    metavar="ADDRESS",
    help="The tracking server's address, such as https://track.example.org. "
    "[default: the --public-url]",
)
@click.option(
    "--expect",
    "expected",
    metavar="NAME",
    multiple=True,
    help="The page must push this name, and it must match an action. Can be given several times.",
)
@click.option(
    "--wait",
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0, 3600, min_open=True),
    help="The longest time to watch the page. It ends earlier once every push (and every --expect) "
    "is answered and the network has been quiet for a moment.",
)
@click.option(
    "--browser",
    type=click.Choice(["chromium", "firefox"]),
    default="chromium",
    show_default=True,
    help="Which browser opens the page.",
)
@click.option(
    "--screenshot",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Save a screenshot of the page (.png or .jpg) at the end.",
)
@click.option("--insecure", is_flag=True, help="Accept invalid certificates.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def verify(
    settings: Settings,
    /,
    url: str,
    key: str,
    host: str | None,
    expected: tuple[str, ...],
    wait: float,
    browser: str,
    screenshot: Path | None,
    insecure: bool,
    as_json: bool,
) -> None:
    """Open the page URL in a headless browser and check that it tracks.

    Reports whether the tracking script is installed and for which key, whether it loads or what
    blocks it, what the page pushes, what the server answers, and how to fix each problem.

    This is a real visit: the server stores what the page pushes, for a new visitor. Nothing is kept
    on this machine except the screenshot, if you ask for one. It needs the extra `testkit`
    (Playwright), but no database. If the script's global is not named Gleam on that server, set
    TRK_GLOBAL_NAME here too.

    \b
    Exit status:
      0  installed, loaded, and every push and every --expect acknowledged
      1  something is wrong, or nothing was pushed and a script on the page failed
      2  wrong usage, or the page can't be opened or checked
    """
    options = VisitOptions(
        url=_page(url),
        key=_key(key),
        address=settings.public_url if host is None else _address(host),
        global_name=settings.global_name,
        browser=browser,
        wait=wait,
        expected=expected,
        insecure=insecure,
        screenshot=None if screenshot is None else _picture(screenshot),
    )
    observed = _observed(options)
    verdict = judge(observed, options.key, options.address, options.expected, options.global_name)
    if as_json:
        click.echo(_json(options, observed, verdict))
    else:
        _print(options, observed, verdict)
    raise SystemExit(verdict.status)


def _page(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return url
    except ValueError:
        pass
    _wrong("URL", url, "the address of a page, such as https://shop.example/thanks")


def _key(key: str) -> str:
    if not is_campaign_key(key):
        _wrong("--key", key, "5 to 40 of A-Z, a-z, 0-9, such as y2sB7")
    return key


def _address(host: str) -> str:
    try:
        return from_environment({}, public_url=host).public_url
    except SettingsError:
        _wrong("--host", host, "an address such as https://track.example.org, without a path")


def _picture(file: Path) -> Path:
    if file.suffix.lower() not in _PICTURES:
        _wrong("--screenshot", str(file), "a file that ends with .png or .jpg")
    if not file.absolute().parent.is_dir():
        _wrong("--screenshot", str(file), "a file in a folder that exists")
    return file


def _wrong(what: str, value: str, expected: str) -> NoReturn:
    raise click.UsageError(f"{what} is {value!r}; expected {expected}.")


def _observed(options: VisitOptions) -> Observations:
    try:
        from trk_sdk.testkit.browsers import BrowserMissing, advice  # noqa: PLC0415
        from trk_sdk.verify.visit import PageError  # noqa: PLC0415
        from trk_sdk.verify.watch import watch  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "playwright":
            raise
        raise _CannotLook(
            "Playwright, which opens the page in a browser, is not installed. "
            'Install it in the checkout with: .venv/bin/pip install -e ".[testkit]"; elsewhere '
            'build a wheel there with make wheel, then: pip install "FILE.whl[testkit]". '
            "To find out which browsers there are and how to get one, run: "
            "python -m trk_sdk.testkit.browsers"
        ) from None
    tell, done = _progress(options.wait)
    try:
        return watch(options, tell)
    except BrowserMissing as missing:
        raise _CannotLook(
            f"{printable(options.browser)} can't be started: {printable(str(missing))}. "
            f"{advice(options.browser)}"
        ) from None
    except PageError as problem:
        raise _CannotLook(printable(str(problem))) from None
    except OSError as problem:
        raise _CannotLook(f"The screenshot can't be saved: {problem}.") from None
    finally:
        done()


def _progress(wait: float) -> tuple[Callable[[str, float], None], Callable[[], None]]:
    """Two functions: one to show progress on stderr, and one to finish doing so.

    A terminal gets a single line that changes, a log gets a line for each change.
    """
    terminal = sys.stderr.isatty()
    last = ""

    def tell(words: str, seconds: float) -> None:
        nonlocal last
        line = f"{seconds:.0f} of at most {wait:g} s: {words}" if terminal and seconds else words
        if line == last:
            return
        last = line
        # \x1b[K erases the rest of a longer line before it.
        click.echo(
            f"\r{printable(line)}\x1b[K" if terminal else f"… {printable(line)}",
            nl=not terminal,
            err=True,
        )

    def done() -> None:
        if terminal:
            click.echo("\r\x1b[K", nl=False, err=True)

    return tell, done


def _print(options: VisitOptions, observed: Observations, verdict: Verdict) -> None:
    click.echo(
        printable(f"{observed.url}, watched for {observed.seconds:.0f} s in {options.browser}:")
    )
    click.echo()
    for finding in verdict.findings:
        click.echo(shown(finding))
    click.echo()
    if options.screenshot is not None:
        click.echo(f"The screenshot is {printable(str(options.screenshot))}.")
    if verdict.problems:
        click.echo(f"{several(verdict.problems, 'problem')}.")
    elif verdict.pushes:
        click.echo(f"Everything works: {several(len(verdict.pushes), 'push')} acknowledged.")
    else:
        click.echo("The script is installed and loads; nothing was pushed.")


def _json(options: VisitOptions, observed: Observations, verdict: Verdict) -> str:
    report = {
        "url": observed.url,
        "key": options.key,
        "host": options.address,
        "browser": options.browser,
        "status": verdict.status,
        "seconds": round(observed.seconds, 1),
        "pushes": [
            {name: value for name, value in asdict(push).items() if name != "send"}
            for push in verdict.pushes
        ],
        "findings": [asdict(finding) for finding in verdict.findings],
        "screenshot": None if options.screenshot is None else str(options.screenshot),
    }
    # The one ASCII control character that JSON does not escape.
    return json.dumps(report, indent=2).replace("\x7f", "\\u007f")
