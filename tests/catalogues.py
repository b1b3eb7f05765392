"""The catalogues of entrants' sentences: `make catalogues` puts what is new into each of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from trk.core.language import CATALOGUES, TAGS

TRK = Path(__file__).parents[1] / "backend" / "trk"
OTHERS = tuple(tag for tag in TAGS if tag != "en")

# What only owners see is in English.
_METHODS = [
    ("templates/admin/**", "ignore"),
    ("templates/api.html", "ignore"),
    ("templates/**.html", "jinja2"),
    ("core/**.py", "python"),
    ("services/scripts.py", "python"),
    ("web/**.py", "python"),
    ("app.py", "python"),
]
_OPTIONS = {
    "templates/**.html": {"newstyle_gettext": "1", "trim_blocks": "1", "lstrip_blocks": "1"}
}
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    **dict.fromkeys(("_", "gettext", "say", "phrase")),
    **dict.fromkeys(("ngettext", "phrases", "forms"), (1, 2)),
}


def wanted() -> Catalog:
    """Every sentence that entrants may see, as it is in the pages and the rules."""
    found = Catalog()
    for _, _, message, _, _ in extract_from_dir(TRK, _METHODS, _OPTIONS, _KEYWORDS):
        found.add(message)
    return found


def stored(tag: str) -> Catalog:
    """A language's catalogue."""
    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


def as_text(catalogue: Catalog) -> str:
    """A catalogue as its file has it: sorted, and with no more of a header than is read."""
    written = BytesIO()
    write_po(written, catalogue, width=0, sort_output=True, no_location=True, ignore_obsolete=True)
    _, _, sentences = written.getvalue().decode().partition("\n\n")
    header = [
        f"Language: {catalogue.locale_identifier}",
        "Content-Type: text/plain; charset=utf-8",
        f"Plural-Forms: {catalogue.plural_forms}",
    ]
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header)]
    return "\n".join(lines) + f"\n\n{sentences.strip()}\n"


def main() -> None:
    """Write all catalogues anew; what is to be translated has an empty msgstr."""
    template = wanted()
    for tag in OTHERS:
        catalogue = stored(tag)
        catalogue.update(template, no_fuzzy_matching=True)
        missing = sum(not each.string for each in catalogue if each.id and not each.pluralizable)
        (CATALOGUES / f"{tag}.po").write_text(as_text(catalogue), "utf-8")
        print(f"{tag}: {len(catalogue)} sentences, {missing} to be translated")


if __name__ == "__main__":
    main()
