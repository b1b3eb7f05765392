"""The forms for sign-up, survey and inviting a friend, each with its page of thanks."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trk_shop.forms import EMAIL, NAME, FormField, read
from trk_shop.pushes import Push
from trk_shop.render import keep_and_go, note_of, render, render_form
from trk_shop.uses import REFER, SIGNUP, SURVEY

_SURVEY = (
    FormField(
        "ride",
        "What do you ride most?",
        "Choose one of these.",
        choices=(("city", "A city bike"), ("touring", "A touring bike"), ("road", "A road bike")),
    ),
    FormField(
        "often",
        "How often?",
        "Choose one of these.",
        choices=(("daily", "Every day"), ("weekly", "Every week"), ("fair", "In good weather")),
    ),
    FormField("wish", "What should we make next?", "Tell us: one word is enough."),
)
_FRIEND = (
    FormField("name", "Your friend’s name", "Enter a name, with at most 200 characters."),
    EMAIL._replace(label="Your friend’s e-mail", autocomplete="off"),
)


async def signup(request: Request) -> Response:
    """Open an account."""
    typed, mistakes = await read(request, (NAME, EMAIL))
    if request.method == "POST" and not mistakes:
        number = f"C-{secrets.randbelow(90_000) + 10_000}"
        return keep_and_go(
            request, "/welcome", "customer", {"name": typed["name"], "number": number}
        )
    return render_form(request, "signup.html", (NAME, EMAIL), typed, mistakes)


async def welcome(request: Request) -> Response:
    """The account is open: this page reports the sign-up."""
    customer = note_of(request, "customer")
    if not customer:
        return RedirectResponse("/signup", 303)
    push = Push(SIGNUP, customer["number"], "When the account is created; the value is its number.")
    return render(request, "welcome.html", number=customer["number"], push=push)


async def survey(request: Request) -> Response:
    """Three questions."""
    typed, mistakes = await read(request, _SURVEY)
    if request.method == "POST" and not mistakes:
        return keep_and_go(request, "/survey/thanks", "survey", {"ride": typed["ride"]})
    return render_form(request, "survey.html", _SURVEY, typed, mistakes)


async def survey_thanks(request: Request) -> Response:
    """The survey is complete: this page reports it."""
    answers = note_of(request, "survey")
    if not answers:
        return RedirectResponse("/survey", 303)
    push = Push(
        SURVEY, answers["ride"], "When the form is complete; the value is the first answer."
    )
    return render(request, "survey-thanks.html", push=push)


async def refer(request: Request) -> Response:
    """Invite a friend."""
    typed, mistakes = await read(request, _FRIEND)
    if request.method == "POST" and not mistakes:
        code = f"RIDE-{secrets.token_hex(3).upper()}"
        return keep_and_go(request, "/refer/sent", "friend", {"name": typed["name"], "code": code})
    return render_form(request, "refer.html", _FRIEND, typed, mistakes)


async def refer_sent(request: Request) -> Response:
    """The invitation is written: this page reports it."""
    friend = note_of(request, "friend")
    if not friend:
        return RedirectResponse("/refer", 303)
    push = Push(
        REFER, friend["code"], "When the invitation is created; the value is the friend’s code."
    )
    return render(request, "refer-sent.html", friend=friend, push=push)
