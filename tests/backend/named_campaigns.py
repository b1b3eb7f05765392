"""Which tables a statement reads or writes without naming the campaign whose rows they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trk.store.schema import metadata

OF_CAMPAIGNS = frozenset(
    table.name for table in metadata.sorted_tables if "campaign_id" in table.columns
)
"""The tables whose rows belong to a campaign each."""
_GIVEN = "{}"
"""A table that a program puts into the SQL: it may be any of these."""
_ASKED = OF_CAMPAIGNS | {_GIVEN}

_TABLE = r"(?P<table>[a-z_]+|\{\})(?: AS (?P<alias>[a-z_]+))?"
_INSERT = re.compile(rf"\bINSERT INTO {_TABLE} ?\((?P<columns>[^)]*)\)")
_USE = re.compile(rf"\b(?:(?:FROM|JOIN|UPDATE) |JOIN each\[){_TABLE}(?![a-z_])")
_COLUMN = r"(?:plain\()?(?:(?P<column>[a-z_]+|\{\})\.)?campaign_id\)?"
_OTHER = r"(?:plain\()?(?P<other>[a-z_]+)\.(?P<what>campaign_id|id)\b"
_NAMED = re.compile(rf"(?<![\w.]){_COLUMN} = (?:(?:CAST\()?(?P<given>[${{\d])|{_OTHER})")


def unnamed(sql: str) -> set[str]:
    """The tables of campaigns that a statement, or a part of one, uses without the campaign: in the
    columns of an INSERT, or in a comparison with an argument, also by way of another table's
    column, or with what the statement around it has.

    What a program puts into the SQL is in braces, and taken for an argument, or for a table of
    campaigns. A column without a table's name is taken for that of each table that has no other
    name.
    """
    uses = list(names(sql))
    named = _named(sql, uses)
    missing = {
        table
        for table, name in uses
        if table in _ASKED and not ({name, "" if name == table else name} & named)
    }
    return missing | {
        each["table"]
        for each in _INSERT.finditer(sql)
        if each["table"] in _ASKED and "campaign_id" not in each["columns"]
    }


def names(sql: str) -> Iterator[tuple[str, str]]:
    """The tables that a statement uses, each with the name that it has there."""
    for each in _USE.finditer(sql):
        yield each["table"], each["alias"] or each["table"]


def _named(sql: str, uses: list[tuple[str, str]]) -> set[str]:
    """The names of the tables whose campaign is given; empty for a column without."""
    here = {name for _, name in uses}
    campaigns = {name for table, name in uses if table == "campaigns"}
    named: set[str] = set()
    equal: list[set[str]] = []
    for each in _NAMED.finditer(sql):
        column, other = each["column"] or "", each["other"]
        outside = other is not None and other not in here
        if each["given"] or outside or (each["what"] == "id" and other in campaigns):
            named.add(column)
        elif each["what"] == "campaign_id":
            equal.append({column, other})
    for _ in equal:
        for pair in equal:
            if pair & named:
                named |= pair
    return named
