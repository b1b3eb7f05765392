"""An owner's second factor: set up, asked for, renewed and taken off."""

from __future__ import annotations

import secrets

from pyotp import random_base32

from trk.clock import now_ms
from trk.core.account import Owner
from trk.core.audit import Deed, Done, Thing
from trk.core.keys import token_hash
from trk.core.second_factor import (
    RECOVERY_ALPHABET,
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    code_in,
    is_of_app,
    step_of,
)
from trk.services.audit import acts, note, note_often
from trk.store import owners, second_factors
from trk.store.program import Transaction


async def begin(tx: Transaction, owner: Owner) -> None:
    """Make a secret, which is in use once a first code of it was given."""
    await second_factors.begin(tx, owner.id, random_base32(32))


async def confirm(tx: Transaction, owner: Owner, typed: str, session_hash: str) -> list[str] | None:
    """Take the new secret into use if this is a code of it: the recovery codes, which are shown
    once; else None. Every session but this one ends."""
    found = await second_factors.of(tx, owner.id)
    if found is None or found.pending is None:
        return None
    step = step_of(found.pending, code_in(typed), now_ms(), 0)
    if step is None or not await second_factors.confirm(tx, owner.id, found.pending, step):
        return None
    await owners.end_other_sessions(tx, owner.id, session_hash)
    await _note(tx, "made", "second_factor", owner)
    return await _put_codes(tx, owner)


async def check(tx: Transaction, owner: Owner, typed: str) -> bool:
    """Is this a code of the owner's app, or a recovery code? It is used up then."""
    found, code = await second_factors.of(tx, owner.id), code_in(typed)
    if found is not None and found.secret is not None:
        if not is_of_app(code):
            if await second_factors.use_code(tx, owner.id, token_hash(code)):
                acts(owner)
                await _note(tx, "used", "recovery_code", owner)
                return True
        else:
            step = step_of(found.secret, code, now_ms(), found.last_step)
            if step is not None and await second_factors.use_step(tx, owner.id, step):
                return True
    await note_often(tx, Done("sign_in_failed", "second_factor", owner.id, owner.email))
    return False


async def renew_codes(tx: Transaction, owner: Owner) -> list[str]:
    """New recovery codes, which are shown once; the old ones are void."""
    await _note(tx, "changed", "recovery_code", owner)
    return await _put_codes(tx, owner)


async def turn_off(tx: Transaction, owner: Owner) -> bool:
    """Take the second factor off; False if there is none."""
    if not await second_factors.remove(tx, owner.id):
        return False
    await _note(tx, "deleted", "second_factor", owner)
    return True


async def turn_off_for(tx: Transaction, owner: Owner) -> bool:
    """The same for somebody who has lost it: whoever has found it may be signed in, so all of the
    owner's sessions end."""
    await owners.end_sessions(tx, owner.id)
    return await turn_off(tx, owner)


async def _put_codes(tx: Transaction, owner: Owner) -> list[str]:
    letters = range(RECOVERY_LENGTH)
    codes = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in letters) for _ in range(RECOVERY_CODES)
    ]
    await second_factors.put_codes(tx, owner.id, [token_hash(code) for code in codes])
    return codes


async def _note(tx: Transaction, deed: Deed, thing: Thing, owner: Owner) -> None:
    await note(tx, deed, thing, owner.id, about=owner.email)
