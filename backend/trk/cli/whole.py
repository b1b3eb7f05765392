"""Whole numbers in options and arguments."""

from __future__ import annotations

import click


class Whole(click.IntRange):
    """A whole number within limits, under a name that people use for it."""

    name = "whole number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What `--help` writes for the number."""
        return "NUMBER"
