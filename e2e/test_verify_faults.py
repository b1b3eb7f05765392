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


@pytest.fixture
def faults(trk_own_backend: Backend) -> Iterator[Faults]:
    """A proxy in front of a server that knows itself by the proxy's address."""
    with Faults(trk_own_backend) as started:
        trk_own_backend.stop()
        trk_own_backend.start({"TRK_PUBLIC_URL": started.url})
        yield started


@pytest.fixture
def own(trk_own_backend: Backend, faults: Faults, trk_campaign: CampaignFactory) -> Campaign:
    """A campaign of that server."""
    return trk_campaign("VIP", on=trk_own_backend)


@pytest.fixture
def url(own: Campaign, faults: Faults, trk_site: Site) -> str:
    """A page that pushes, and reaches the server by the proxy."""
    return trk_site.page("/", page(snippet.async_tag(own.key, faults.url)))


def test_a_server_that_fails_for_a_moment_is_waited_for(
    verify_once: Verify, faults: Faults, own: Campaign, url: str
) -> None:
    faults.next(answer(503))
    report = verify_once(url, host=faults.url, key=own.key)
    assert report.codes("problem") == []
    assert report.pushes() == [("VIP", "myValue", "waiting", True)]
    assert len(faults.beacons) > 1


@pytest.mark.parametrize("fault", ["hang", "proxy"])
def test_a_beacon_without_an_answer_of_the_server_s_is_told(
    fault: str, verify_once: Verify, faults: Faults, own: Campaign, url: str
) -> None:
    faults.always(hang() if fault == "hang" else answer(403, "<h1>Forbidden</h1>"))
    report = verify_once(url, *SHORT, host=faults.url, key=own.key)
    code = "beacon_slow" if fault == "hang" else "beacon_status"
    assert report.codes("problem") == ["unanswered", code]
    assert report.status == 1
