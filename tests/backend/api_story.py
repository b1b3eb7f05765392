"""What an owner does with the API from beginning to end: each operation, in an order that works."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.backend.wire import arrive

CAMPAIGN = "/campaigns/y2sB7"


class Bench:
    """A server with a token, and what an owner does between the examples."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.client = httpx.Client(
            base_url=f"{url}/api/v1", headers={"authorization": f"Bearer {token}"}, trust_env=False
        )

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def nothing(self) -> None:
        """The server is new."""

    def ask(self, method: str, path: str, expected: int = 200, **given: Any) -> Any:
        """The API's answer to a call of the test's own."""
        answer = self.client.request(method, path, **given)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def people(self) -> None:
        """Three entrants, what they have completed, two languages, and a draw by itself."""
        self.ask("PUT", f"{CAMPAIGN}/draw/plan", json={"kind": "committed"})
        self.ask("PATCH", CAMPAIGN, json={"languages": ["en", "de"]})
        for n, name in enumerate(["Ann", "Bob", "Cem"]):
            with httpx.Client(trust_env=False) as browser:
                arrive(browser, f"{self.url}/y2sB7", f"{n:032x}")
                form = {"name": name, "email": f"{name.lower()}@example.org"}
                entered = browser.post(f"{self.url}/y2sB7/enter", data=form)
                assert entered.status_code == 303
            beacon = {
                "id": f"0193e5b4-6f3a-7c1e-9d2a-{n:012x}",
                "visitor": f"{n:032x}",
                "pairs": [["VIP", "order-17"]],
            }
            assert self.client.post(f"{self.url}/y2sB7/beacon", json=beacon).status_code == 200

    def end(self) -> None:
        """The campaign is over, its list is fixed, and one prize can be won."""
        self.ask("POST", f"{CAMPAIGN}/prizes", 201, json={"title": "Another bike"})
        self.ask("POST", f"{CAMPAIGN}/close")
        while not self.ask("GET", f"{CAMPAIGN}/draw/plan")["fixed"]:
            time.sleep(0.05)

    def reward(self) -> None:
        """Another campaign, which gives away codes."""
        made = {"name": "Codes", "key": "y2sB7", "kind": "reward", "reward_kind": "codes"}
        self.ask("POST", "/campaigns", 201, json=made)


STORY: list[tuple[Callable[[Bench], None], list[str]]] = [
    (
        Bench.nothing,
        [
            *("create_campaign", "list_campaigns", "get_campaign", "get_secret"),
            *("change_campaign", "create_action", "list_actions", "get_action", "change_action"),
            *("move_action", "add_prize", "list_prizes", "change_prize", "put_a_picture"),
            *("list_pictures", "remove_a_picture", "pin_script", "settle_draw", "get_plan"),
            *("create_field", "list_fields", "get_field", "change_field", "move_field"),
            "delete_field",
        ],
    ),
    (
        Bench.people,
        [
            *("show_texts", "change_texts", "report", "list_trackings", "list_unmatched"),
            *("list_refusals", "list_refusal_reasons", "list_completions", "invalidate"),
            *("restore", "invalidate_several", "restore_several", "list_entrants", "block"),
            *("unblock", "allow_browsers", "limit_browsers", "block_several", "unblock_several"),
            *("list_corrections", "export_completions", "export_entrants", "export_trackings"),
            *("show_clusters", "count_days", "create_webhook", "list_webhooks", "get_webhook"),
            *("test_webhook", "list_deliveries", "resend", "change_webhook", "rotate_webhook"),
            *("remove_webhook", "publish", "close_now", "reopen", "remove_prize"),
        ],
    ),
    (
        Bench.end,
        [
            *("make_draw", "get_draw", "tell", "export_winners", "announce_winners"),
            *("redraw_one", "export_draw", "export_person", "erase_person", "copy_campaign"),
            *("delete_action", "delete_campaign"),
        ],
    ),
    (
        Bench.reward,
        [
            *("add_codes", "get_codes", "list_uploads", "list_claims", "list_mails"),
            *("take_back_upload", "list_tokens", "create_token", "revoke_token", "list_owners"),
            *("remove_owner", "list_invitations", "withdraw_invitation", "invite_owner"),
            *("list_audit", "get_document"),
        ],
    ),
]
"""What the owner does, and then the operations in an order in which each can do what it is for."""
