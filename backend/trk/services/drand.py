"""Fetches a value of drand's, from the server that the settings name."""

from __future__ import annotations

import asyncio

from trk.core import drand
from trk.core.draw import DrawError

_TIMEOUT = 10.0
"""Seconds for the whole answer."""


async def fetch(server: str, number: int) -> str:
    """What the `server` of drand's (`https://api.drand.sh`) answers for a round.

    Raises DrawError if it has no answer.
    """
    # The library for it takes a tenth of a server's start, and few ask for a value.
    import httpx  # noqa: PLC0415

    url = server + drand.path_of(number)
    advice = "Try again later, or enter the value yourself."
    try:
        async with (
            asyncio.timeout(_TIMEOUT),
            httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", url, headers={"accept-encoding": "identity"}) as answer,
        ):
            if answer.status_code != 200:
                raise DrawError(f"{url} answered {answer.status_code}. {advice}")
            read = b""
            async for part in answer.aiter_raw():
                read += part
                if len(read) > drand.LONGEST:
                    raise DrawError(
                        f"{url} answered with more than {drand.LONGEST} bytes. {advice}"
                    )
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        said = str(error) or type(error).__name__
        raise DrawError(f"{url} can't be reached: {said}. {advice}") from None
    return read.decode("utf-8", "replace")
