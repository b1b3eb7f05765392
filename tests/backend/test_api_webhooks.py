"""The API of the webhooks: endpoints, their tests, the log and sending again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette

from tests.backend.calls import action as action_of
from tests.backend.calls import call, data, entered, made, mistake
from tests.backend.conftest import PUBLIC_URL, api_of, client_of, running
from tests.backend.receiver import Receiver
from tests.backend.stored import visitor
from trk.clock import now_ms
from trk.core.webhook import EVENTS, PERSONAL
from trk.services.tokens import make_token
from trk.settings import Settings
from trk.store import deliveries
from trk.store.webhooks import Endpoint
from trk.web.server import server_of

pytestmark = pytest.mark.by_turns

HOOKS = "/campaigns/y2sB7/webhooks"


@pytest.fixture
async def inside(database_url: str) -> AsyncIterator[Starlette]:
    """The application, allowed to send to this machine; the test runs on both databases."""
    settings = Settings(database=database_url, public_url=PUBLIC_URL, webhooks_private=True)
    async with running(settings) as app:
        yield app


@pytest.fixture
async def owner(inside: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its API, with a campaign."""
    async with await api_of(inside) as client:
        await made(client)
        yield client


async def hook(owner: httpx.AsyncClient, url: str, **fields: Any) -> dict[str, Any]:
    answer = await owner.post(HOOKS, json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


async def test_a_completion_of_a_running_server_arrives_and_is_in_the_log(
    inside: Starlette, owner: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    await action_of(owner)
    webhook = await hook(owner, f"{receiver[1]}/204", events=["action.completed"])
    await entered(inside, 1)
    body = call(1, ["Purchase", "order-17"], visitor=visitor(1))
    for _ in range(3):
        assert (await owner.post("/campaigns/y2sB7/beacons", json=body)).status_code == 200
    [got] = await receiver[0].got("/204", 1)
    assert got.event["data"]["details"] == "order-17"
    assert got.event["data"]["source"] == "api"
    [delivery] = await data(owner, f"webhooks/{webhook['id']}/deliveries")
    assert (delivery["type"], delivery["attempts"]) == ("action.completed", 1)
    # Names are for another scope, though the owner's page has them beside it.
    assert "entrant" not in delivery
    assert delivery["subject_id"] == got.event["data"]["completion_id"]


async def test_the_secret_is_shown_once(owner: httpx.AsyncClient) -> None:
    webhook = await hook(owner, "http://127.0.0.1:9/x")
    assert webhook["secret"].startswith("whsec_")
    assert len(webhook["secret"]) == len("whsec_") + 44
    kept = {name: value for name, value in webhook.items() if name != "secret"}
    assert (await owner.get(f"{HOOKS}/{webhook['id']}")).json() == kept
    assert await data(owner, "webhooks") == [kept]
    assert (kept["enabled"], kept["off_at"]) == (True, None)
    other = await hook(owner, "http://127.0.0.1:9/x")
    assert other["secret"] != webhook["secret"]


async def test_another_secret_signs_alone_from_now_on_and_is_shown_once(
    owner: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    webhook = await hook(owner, f"{receiver[1]}/204")
    one = f"{HOOKS}/{webhook['id']}"
    answer = await owner.post(f"{one}/rotate")
    assert answer.headers["cache-control"] == "no-store"
    rotated = answer.json()
    assert rotated["secret"] != webhook["secret"]
    assert {**rotated, "secret": webhook["secret"]} == webhook
    assert "secret" not in (await owner.get(one)).json()
    assert (await owner.post(f"{one}/test")).status_code == 202
    [got] = await receiver[0].got("/204", 1)
    Webhook(rotated["secret"]).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(got.body, got.headers)
    mistake(await owner.post(f"{HOOKS}/999/rotate"), 404, "not_found")


async def test_the_log_is_read_from_either_end_and_by_state(
    inside: Starlette, owner: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    webhook = await hook(owner, f"{receiver[1]}/410")
    log = f"{HOOKS}/{webhook['id']}/deliveries"
    # The webhook sender is at work: what is taken for a time that is over, it would take as well.
    await server_of(inside).webhook_sender.try_now(
        lambda tx: deliveries.test_now(tx, Endpoint(1, webhook["id"]), now_ms())
    )
    found = (await owner.get(log, params={"state": "given_up"})).json()["data"]
    assert "410" in found[0]["error"]
    await owner.patch(f"{HOOKS}/{webhook['id']}", json={"enabled": True, "url": receiver[1]})
    await server_of(inside).webhook_sender.try_now(
        lambda tx: deliveries.test_now(tx, Endpoint(1, webhook["id"]), now_ms())
    )
    found = (await owner.get(log, params={"state": "delivered"})).json()["data"]
    assert (await owner.get(log, params={"state": "waiting"})).json()["data"] == []
    newest = (await owner.get(log, params={"order": "newest", "limit": 1})).json()
    assert newest["data"] == found
    rest = (await owner.get(log, params={"order": "newest", "cursor": newest["next"]})).json()
    assert [each["id"] for each in rest["data"]] == [found[0]["id"] - 1]
    mistake(await owner.get(log, params={"state": "x"}), 400, "invalid")


async def test_a_test_is_sent_at_once_and_can_be_sent_again(
    owner: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    webhook = await hook(owner, f"{receiver[1]}/204", events=["winner.drawn"])
    for _ in range(2):
        answer = await owner.post(f"{HOOKS}/{webhook['id']}/test")
        assert answer.status_code == 202
    first, second = await receiver[0].got("/204", 2)
    assert first.event["type"] == "webhook.test"
    assert first.event["data"] == {"campaign": {"key": "y2sB7", "name": "Win"}}
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    delivery = answer.json()["delivery_id"]
    log = f"{HOOKS}/{webhook['id']}/deliveries"
    assert (await owner.post(f"{log}/{delivery}/resend")).status_code == 202
    again = (await receiver[0].got("/204", 3))[2]
    assert again.headers["webhook-id"] in (
        first.headers["webhook-id"],
        second.headers["webhook-id"],
    )
    mistake(await owner.post(f"{log}/999/resend"), 404, "not_found")


async def test_an_endpoint_is_changed_turned_off_and_on_and_removed(
    inside: Starlette, owner: httpx.AsyncClient, receiver: tuple[Receiver, str]
) -> None:
    webhook = await hook(owner, f"{receiver[1]}/204")
    one = f"{HOOKS}/{webhook['id']}"
    changed = await owner.patch(one, json={"events": ["entrant.created", "entrant.created"]})
    assert changed.json()["events"] == ["entrant.created"]
    assert changed.json()["url"] == webhook["url"]
    off = (await owner.patch(one, json={"enabled": False})).json()
    assert (off["enabled"], off["off_reason"]) == (False, "The owner turned it off.")
    await entered(inside, 1)
    mistake(await owner.post(f"{one}/test"), 409, "not_done")
    moved = await owner.patch(one, json={"enabled": True, "url": f"{receiver[1]}/201"})
    assert (moved.json()["enabled"], moved.json()["off_reason"]) == (True, None)
    await entered(inside, 2)
    [got] = await receiver[0].got("/201", 1)
    assert got.event["data"]["entrant"]["name"] == "Entrant 2"
    assert (await owner.delete(one)).status_code == 204
    mistake(await owner.delete(one), 404, "not_found")
    mistake(await owner.get(one), 404, "not_found")
    mistake(await owner.patch(one, json={}), 404, "not_found")
    mistake(await owner.get(f"{one}/deliveries"), 404, "not_found")


async def test_lists_are_paged(owner: httpx.AsyncClient) -> None:
    webhooks = [await hook(owner, "http://127.0.0.1:9/x") for _ in range(3)]
    first = (await owner.get(HOOKS, params={"limit": 2})).json()
    rest = (await owner.get(HOOKS, params={"limit": 2, "cursor": first["next"]})).json()
    assert [each["id"] for page in (first, rest) for each in page["data"]] == [
        each["id"] for each in webhooks
    ]
    assert rest["next"] is None
    log = f"{HOOKS}/{webhooks[0]['id']}/deliveries"
    tests = [
        (await owner.post(f"{HOOKS}/{webhooks[0]['id']}/test")).json()["delivery_id"]
        for _ in range(3)
    ]
    page = (await owner.get(log, params={"limit": 1, "cursor": str(tests[0])})).json()
    assert [each["id"] for each in page["data"]] == [tests[1]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "missing required field `url`"),
        ({"url": "https://shop.example", "x": 1}, "unknown field `x`"),
        ({"url": "https://shop.example", "events": ["x"]}, "Invalid enum value 'x'"),
        ({"url": "https://shop.example", "events": []}, "events is empty"),
        ({"url": "shop.example"}, "expected an https address"),
        ({"url": "http://shop.example"}, "webhooks_private"),
        ({"url": "https://169.254.169.254/latest"}, "not a public internet address"),
    ],
)
async def test_what_can_be_no_webhook_is_refused_with_what_was_expected(
    sqlite_api: httpx.AsyncClient, body: dict[str, Any], said: str
) -> None:
    await made(sqlite_api)
    assert said in mistake(await sqlite_api.post(HOOKS, json=body), 400, "invalid")
    assert await data(sqlite_api, "webhooks") == []


async def test_a_token_that_may_not_read_people_has_nobody_sent_anywhere(
    inside: Starlette, owner: httpx.AsyncClient
) -> None:
    stored = await hook(owner, "https://shop.example/hooks", events=["entrant.created"])
    one = f"{HOOKS}/{stored['id']}"
    secret = (
        await server_of(inside).database.write(make_token, "w", scopes=["read", "write"])
    ).token
    elsewhere = {"url": "https://thief.example/"}
    async with client_of(inside, authorization=f"Bearer {secret}") as writer:
        writer.base_url = owner.base_url
        for answer in (
            await writer.post(HOOKS, json=elsewhere),
            *[await writer.post(HOOKS, json={**elsewhere, "events": [each]}) for each in EVENTS],
            await writer.patch(one, json=elsewhere),
            await writer.patch(one, json={**elsewhere, "enabled": True}),
            await writer.patch(one, json={"events": ["winner.drawn"]}),
        ):
            said = mistake(answer, 403, "insufficient_scope")
            assert "expected personal" in said
        # What sends nobody anywhere else is its own affair.
        assert (await writer.patch(one, json={"enabled": False})).status_code == 200
        assert (await writer.delete(one)).status_code == 204
    assert (await owner.get(HOOKS)).json()["data"] == []


def test_which_events_tell_of_people_is_known_of_each() -> None:
    """`_data` in store/deliveries tells the entrant's name and e-mail of every event but a test."""
    assert set(EVENTS) == PERSONAL
