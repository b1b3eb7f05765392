"""Our cookies' names. Where browsers come by https, a prefix has them refuse what anybody without
https sets under such a name (RFC 6265bis, 4.1.3)."""

from __future__ import annotations

from starlette.requests import Request

from trk.settings import Settings


def campaign_cookie(settings: Settings, name: str) -> str:
    """The name of an entrant's cookie, which is for the addresses of one campaign."""
    return f"__Secure-{name}" if settings.secure else name


def owner_cookie(settings: Settings) -> tuple[str, str]:
    """The name and the path of an owner's cookie. `__Host-`, which asks for the path `/`, keeps a
    neighbour's host on the same domain from setting it as well."""
    return ("__Host-trk_owner", "/") if settings.secure else ("trk_owner", "/admin")


def entered_cookie(settings: Settings) -> str:
    """The name of the cookie that tells every campaign where the browser has entered. It is for the
    path `/`; with `__Host-` no other host on the domain can set it."""
    return "__Host-trk_entered" if settings.secure else "trk_entered"


def campaign_value(request: Request, settings: Settings, name: str) -> str:
    """An entrant's cookie, empty if there is none. One from before the server had https, or its
    cookies a prefix, is still good."""
    cookies = request.cookies
    return cookies.get(campaign_cookie(settings, name)) or cookies.get(name, "")
