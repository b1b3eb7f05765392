"""The eight uses of Custom Action Tracking, as the campaign's actions and the shop's pages."""

from __future__ import annotations

from typing import NamedTuple


class Use(NamedTuple):
    """One use as an action: its tracking name, title, text, worth, page and sign."""

    tracking_name: str
    title: str
    text: str
    path: str
    worth: int
    icon: str


PURCHASE = Use(
    "Purchase",
    "Buy something at Bell & Spoke",
    "Anything counts, and nothing is charged: this is a demo.",
    "/products/brass-bell",
    5,
    "buy",
)
ADD_TO_CART = Use(
    "AddToCart",
    "Put something in your cart",
    "The daylight front light is a good start.",
    "/products/front-light",
    1,
    "cart",
)
SIGNUP = Use(
    "Signup",
    "Open an account",
    "All it takes is a name and an e-mail address.",
    "/signup",
    3,
    "account",
)
VISIT_GUIDE = Use(
    "VisitGuide",
    "Read the winter guide",
    "Opening the page is all it takes.",
    "/journal/winter",
    1,
    "read",
)
SURVEY = Use(
    "Survey", "Answer the rider survey", "Three questions, one minute.", "/survey", 2, "survey"
)
LEVEL = Use(
    "Level3",
    "Reach level 3 in our game",
    "Find the pairs, three boards in a row.",
    "/game",
    2,
    "game",
)
REFER = Use(
    "ReferFriend", "Invite a friend", "Two of you ride better than one.", "/refer", 4, "friend"
)
FINDER = Use(
    "GiftFinder",
    "Use the gift finder",
    "Two questions to find the right gift.",
    "/finder",
    1,
    "gift",
)

USES = (ADD_TO_CART, PURCHASE, SIGNUP, VISIT_GUIDE, SURVEY, LEVEL, REFER, FINDER)
