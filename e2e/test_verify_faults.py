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


@pytest.fixture
def faults(trk_own_backend: Backend) -> Iterator[Faults]:
    """A proxy in front of a server that knows itself by the proxy's address."""
    with Faults(trk_own_backend) as started:
        trk_own_backend.stop()
        trk_own_backend.start({"TRK_PUBLIC_URL": started.url})
        yield started


def test_a_server_that_fails_for_a_moment_is_waited_for(
    verify_once: Verify,
    faults: Faults,
    trk_campaign: CampaignFactory,
    trk_own_backend: Backend,
    trk_site: Site,
) -> None:
    own = trk_campaign("VIP", on=trk_own_backend)
    faults.next(answer(503))
    url = trk_site.page("/", page(snippet.async_tag(own.key, faults.url)))
    report = verify_once(url, host=faults.url, key=own.key)
    assert report.codes("problem") == []
    assert report.pushes() == [("VIP", "myValue", "waiting", True)]
    assert len(faults.beacons) > 1


@pytest.mark.parametrize("fault", ["hang", "proxy"])
def test_a_beacon_without_an_answer_of_the_server_s_is_told(
    fault: str,
    verify_once: Verify,
    faults: Faults,
    trk_campaign: CampaignFactory,
    trk_own_backend: Backend,
    trk_site: Site,
) -> None:
    own = trk_campaign("VIP", on=trk_own_backend)
    faults.always(hang() if fault == "hang" else answer(403, "<h1>Forbidden</h1>"))
    url = trk_site.page("/", page(snippet.async_tag(own.key, faults.url)))
    report = verify_once(url, *SHORT, host=faults.url, key=own.key)
    code = "beacon_slow" if fault == "hang" else "beacon_status"
    assert report.codes("problem") == ["unanswered", code]
    assert report.status == 1
