"""The cart, the checkout and the thank-you page."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from trk_shop.catalogue import BY_SLUG
from trk_shop.cookies import MOST, Cart, read_cart, total, write_cart
from trk_shop.forms import ADDRESS, EMAIL, NAME, read
from trk_shop.pushes import Push
from trk_shop.render import keep, keep_and_go, note_of, render, render_form
from trk_shop.uses import PURCHASE

_FIELDS = (NAME, EMAIL, ADDRESS)


async def cart(request: Request) -> Response:
    """The cart."""
    return render(request, "cart.html", **_content(request))


async def change_cart(request: Request) -> Response:
    """Set how many of a product are in the cart (`count`), or add one. Scripts get JSON."""
    form = await request.form()
    slug, count = str(form.get("product", "")), str(form.get("count", ""))
    if slug not in BY_SLUG or (count and not (count.isascii() and count.isdigit())):
        return render(request, "missing.html", 400)
    content = read_cart(request.cookies.get("cart", ""))
    content[slug] = min(int(count[:3]) if count else content.get(slug, 0) + 1, MOST)
    response: Response = RedirectResponse("/cart", 303)
    if request.headers.get("accept") == "application/json":
        response = JSONResponse({"count": sum(content.values())})
    keep(response, "cart", write_cart({slug: n for slug, n in content.items() if n}))
    return response


async def checkout(request: Request) -> Response:
    """The form for name and address; submitting it makes an order with a number of its own."""
    content = _content(request)
    if not content["lines"]:
        return RedirectResponse("/cart", 303)
    typed, mistakes = await read(request, _FIELDS)
    if request.method == "GET" or mistakes:
        return render_form(request, "checkout.html", _FIELDS, typed, mistakes, **content)
    number = f"BS-{secrets.randbelow(900_000) + 100_000}"
    order = {"number": number, "total": str(content["total"])}
    order |= {field: typed[field] for field in ("name", "email")}
    response = keep_and_go(request, "/thank-you", "order", order)
    response.delete_cookie("cart")
    return response


async def thank_you(request: Request) -> Response:
    """The order is placed: this page reports the purchase."""
    order = note_of(request, "order")
    if not order:
        return RedirectResponse("/cart", 303)
    push = Push(
        PURCHASE, order["number"], "When the order is placed; the value is the order number."
    )
    return render(request, "thank-you.html", order=order, total=int(order["total"]), push=push)


def _content(request: Request) -> dict[str, Any]:
    content: Cart = read_cart(request.cookies.get("cart", ""))
    return {
        "lines": [(BY_SLUG[slug], count) for slug, count in content.items()],
        "total": total(content),
        "most": MOST,
    }
