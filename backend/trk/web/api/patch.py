"""Changes by PATCH: the fields to be changed, and perhaps the `version` that their sender has seen.

If there is a newer one, nothing is stored.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from trk.core.mistakes import Draft, from_to
from trk.web.api.call import APIError

D = TypeVar("D", bound=Draft)
CHANGED = {"changed": (409, "it was changed since the version in the body")}


def change_of(draft: type[Draft], name: str, says: str) -> type[msgspec.Struct]:
    """The type of a PATCH: every field of the draft, none of them needed, and the version seen."""
    fields = [
        (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
        for field in msgspec.structs.fields(draft)
    ]
    version = Annotated[int, from_to(1, 2**31 - 1)]
    return msgspec.defstruct(
        name,
        [*fields, ("version", version | msgspec.UnsetType, msgspec.UNSET)],
        namespace={"__doc__": says},
        module=__name__,
        forbid_unknown_fields=True,
        frozen=True,
    )


def patched(change: msgspec.Struct, stored: D) -> tuple[D, int | None]:
    """`stored` with the fields of the body in its place, and the version that it names, if any."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(change).items()
        if value is not msgspec.UNSET
    }
    version = given.pop("version", None)
    if version is not None and not 0 < version < 2**31:
        raise APIError(400, "invalid", f"version is {version}; expected 1 to 2147483647.")
    return msgspec.structs.replace(stored, **given), version


def conflict(what: str, name: str, version: int | None) -> APIError:
    """What is answered to a change of a version that is no longer the current one."""
    return APIError(
        409,
        "changed",
        f"The {what} {name} was changed since version {version}; nothing was stored. Read it "
        "again.",
    )
