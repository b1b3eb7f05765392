"""The eight uses of Custom Action Tracking, as pages of the shop."""

from __future__ import annotations

from typing import NamedTuple


class Use(NamedTuple):
    """One use: its page's path and words, its tracking name, the value it reports, its worth.

    `button` is what a visitor presses; without one, the visit itself is the action.
    """

    path: str
    tracking_name: str
    title: str
    text: str
    button: str | None
    value: str
    worth: int


USES = (
    Use(
        "purchase", "Purchase", "Buy a bicycle bell", "Brass, loud, 12 €.", "Buy", "order-10042", 5
    ),
    Use(
        "cart",
        "AddToCart",
        "Put a lamp in the cart",
        "Charges by daylight, 39 €.",
        "Add to cart",
        "sku-lamp",
        1,
    ),
    Use(
        "signup",
        "Signup",
        "Sign up",
        "An account keeps your orders together.",
        "Sign up",
        "user-123456",
        3,
    ),
    Use(
        "lounge",
        "VisitVIP",
        "Visit the VIP lounge",
        "Coffee is on the left. Good to see you.",
        None,
        "lounge",
        1,
    ),
    Use(
        "profile",
        "ProfileForm",
        "Complete your profile",
        "Tell us what you ride.",
        "Save my profile",
        "complete",
        2,
    ),
    Use(
        "level",
        "Level",
        "Reach gold level",
        "One more tour and you are there.",
        "Finish the tour",
        "gold",
        2,
    ),
    Use(
        "refer",
        "ReferFriend",
        "Refer a friend",
        "Send a friend our way.",
        "Send the invitation",
        "friend-1",
        4,
    ),
    Use(
        "feature",
        "UseFeature",
        "Use the size finder",
        "Find the frame that fits.",
        "Find my size",
        "size-finder",
        1,
    ),
)
