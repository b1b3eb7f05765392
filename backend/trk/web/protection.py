"""Limits that protect (passwords, codes, answers, entering): all servers on the database count
together, and a restart forgives nothing.

Each server counts by itself as well, so that who is over a limit here does not trouble the
database. The limits of beacons and of the API are each server's own: they are for its load.
"""

from __future__ import annotations

import hmac

from trk.core.rate import Limit
from trk.store import limits
from trk.web.server import Server


async def wait(app: Server, limit: Limit, purpose: str, who: str) -> float:
    """Count a request by `who`: 0 if it may proceed, otherwise how many seconds to wait."""
    here = app.rates.wait(limit, purpose, who)
    if here:
        return here
    now = await app.database.now()
    return await app.database.write(limits.wait, limit, _name(app, purpose, who), now)


async def look(app: Server, limit: Limit, purpose: str, who: str) -> float:
    """How many seconds `who` would have to wait now; counts nothing."""
    here = app.rates.look(limit, purpose, who)
    if here:
        return here
    now = await app.database.now()
    return await app.database.read(limits.look, limit, _name(app, purpose, who), now)


def _name(app: Server, purpose: str, who: str) -> str:
    """What is stored of who it is: 32 hexadecimal digits."""
    text = f"{purpose}\n{who}".encode("utf-8", "replace")
    return hmac.digest(app.secret.encode(), text, "sha256").hex()[:32]
