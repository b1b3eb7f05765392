"""A form that was sent: its fields and its file as text, and the mistakes in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from trk.core.plain_text import EncodingError, decoded
from trk.web.http.limits import MAX_UPLOAD

_MOST_FIELDS = 10_000
"""More than any form has: the texts of ten fields with a hundred options each are a thousand."""

Typed = dict[str, str]
"""A form's fields as they were typed; a box that is ticked is `on`, one that is not is absent."""


@dataclass(frozen=True, slots=True)
class FormErrors:
    """What a form shows again: a sentence for each field with a mistake, and what was typed."""

    at: Mapping[str, str]
    typed: Mapping[str, str]
    status_code: int = 400


class Mistaken(Exception):
    """What was typed can't be used: the form is shown again, with these sentences at its fields."""

    def __init__(self, at: Mapping[str, str], status_code: int = 400) -> None:
        super().__init__(*at.values())
        self.at, self.status_code = at, status_code


def text(field: object) -> str:
    """A form's field as stripped text, empty if it is missing."""
    return field.strip() if isinstance(field, str) else ""


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields as text with Unix line endings."""
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        return {name: _lines(value) for name, value in form.multi_items() if isinstance(value, str)}


async def read_upload(request: Request, *, as_text: bool) -> dict[str, str]:
    """The same for a form with a file, whose name is the field `file_name`: its text is a field
    too, or else its bytes are in `request.state.file`; only the fields before the file if it is
    too large."""
    request.state.unreadable, request.state.file = None, b""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await read_form(request)
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=1, max_fields=200, max_part_size=MAX_UPLOAD
    )
    try:
        form = await parser.parse()
    except HTTPException as refused:
        if refused.status_code != 413:
            raise
        # From the body limit; the fields parsed so far are complete.
        parts = " Add it in parts." if as_text else ""
        request.state.unreadable = f"This is too large: {refused.detail}.{parts}", 413
        form = FormData([item for item in parser.items if isinstance(item[1], str)])
    except MultiPartException as mistake:
        raise HTTPException(400, mistake.message.rstrip(".")) from None
    fields = {}
    try:
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields[name] = _lines(value)
                continue
            fields["file_name"] = " ".join((value.filename or "").split())[:200]
            if as_text:
                fields[name] = decoded(await value.read())
            else:
                request.state.file = await value.read()
    except EncodingError as mistake:
        request.state.unreadable = str(mistake), 400
    finally:
        await form.close()
    return fields


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
