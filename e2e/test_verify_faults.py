"""`trk verify` where the answers to a page's beacons are late, or are not the server's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from e2e.verifying import SHORT, Verify, page
from trk_sdk import snippet
from trk_sdk.testkit.faults import Faults, answer, hang
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend
from trk_sdk.testkit.site import Site
from trk_sdk.testkit.truth import Campaign


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Faults]]:
    """A server that knows itself by the address of a proxy in front of it, and the proxy."""
    backend = Backend(tmp_path_factory.mktemp("proxied"))
    try:
        with Faults(backend) as started:
            backend.start({"TRK_PUBLIC_URL": started.url})
            yield backend, started
    finally:
        backend.close()


@pytest.fixture
def faults(proxied: tuple[Backend, Faults]) -> Iterator[Faults]:
    """The proxy, which harms nothing yet."""
    yield proxied[1]
    proxied[1].clear()


@pytest.fixture
def own(proxied: tuple[Backend, Faults], trk_campaign: CampaignFactory) -> Campaign:
    """A campaign of that server."""
    return trk_campaign("VIP", on=proxied[0])


@pytest.fixture
def url(own: Campaign, faults: Faults, trk_site: Site) -> str:
    """A page that pushes, and reaches the server by the proxy."""
    return trk_site.page("/", page(snippet.async_tag(own.key, faults.url)))


def test_a_server_that_fails_for_a_moment_is_waited_for(
    verify_once: Verify, faults: Faults, own: Campaign, url: str
) -> None:
    before = len(faults.beacons)
    faults.next(answer(503))
    report = verify_once(url, host=faults.url, key=own.key)
    assert report.codes("problem") == []
    assert report.pushes() == [("VIP", "myValue", "waiting", True)]
    assert len(faults.beacons) > before + 1


@pytest.mark.parametrize("fault", ["hang", "proxy"])
def test_a_beacon_without_an_answer_of_the_server_s_is_told(
    fault: str, verify_once: Verify, faults: Faults, own: Campaign, url: str
) -> None:
    faults.always(hang() if fault == "hang" else answer(403, "<h1>Forbidden</h1>"))
    report = verify_once(url, *SHORT, host=faults.url, key=own.key)
    code = "beacon_slow" if fault == "hang" else "beacon_status"
    assert report.codes("problem") == ["unanswered", code]
    assert report.status == 1
