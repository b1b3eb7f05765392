"""Checks of the database: reachable, writable, at the right revision, with the right journal."""

from __future__ import annotations

from collections.abc import Sequence

from trk.core.rejection import shown
from trk.doctor.finding import Finding, failed, ok, warning
from trk.store.errors import DatabaseError
from trk.store.inspection import Damaged, Inspected
from trk.store.instance import NEW

_FAR = 16 * 2**20
"""Bytes that a standby may be behind on its way: a busy primary writes that in a second."""


def reachable(url: str, problem: DatabaseError | None) -> Finding:
    """Can it be opened? `problem` says why not."""
    if problem is None:
        return ok("database", url)
    if isinstance(problem, Damaged):
        return failed(
            "database",
            f"{url} is damaged: {problem}",
            "Stop the server, copy the file and its -wal aside, and restore a backup: trk restore.",
        )
    todo = (
        "Check TRK_DATABASE, where trk serve or trk migrate creates a new database; and if it is "
        "there, that its disk has room and is not mounted read-only, and who owns it."
        if url.startswith("sqlite:")
        else "Check TRK_DATABASE, that PostgreSQL runs, and that it lets us in (pg_hba.conf)."
    )
    return failed("database", f"{url} can't be used: {problem}", todo)


def writable(seen: Inspected) -> Finding:
    """Can it be written to?"""
    if seen.write_error:
        return failed(
            "writing",
            f"nothing can be stored: {seen.write_error}",
            "Check who owns the files and their folder, that the disk is not mounted read-only, "
            "and that nothing else holds the database.",
        )
    return ok("writing", "a transaction can write")


def migrations(seen: Inspected, known: Sequence[str]) -> Finding:
    """Is the schema at this version's newest revision? `known` are its revisions, oldest first."""
    if seen.revision == known[-1]:
        return ok("schema", f"at revision {seen.revision}, the newest")
    if seen.revision is None:
        return failed(
            "schema",
            "missing",
            "Run trk migrate; trk serve does it too. If there were campaigns, check TRK_DATABASE, "
            "or restore a backup: trk restore.",
        )
    if seen.revision in known:
        return failed(
            "schema",
            f"at revision {seen.revision}; expected {known[-1]}",
            "Run trk backup, then trk migrate; trk serve migrates too.",
        )
    if seen.revision < known[0]:
        return failed(
            "schema",
            f"at revision {seen.revision}, from a version before 0.2.0",
            "Start with a new database, or go back to that version.",
        )
    return failed(
        "schema",
        f"at revision {seen.revision}, from a newer version than this one ({known[-1]})",
        "Go back to the newer version, or restore an earlier backup.",
    )


def instance(seen: Inspected, expected: str) -> Finding:
    """Is it the installation's own database? `expected` is the id that TRK_INSTANCE names."""
    if expected and seen.instance != expected:
        return failed(
            "instance",
            f"the database belongs to {seen.instance or 'none yet'}; expected {expected}",
            "Check TRK_DATABASE, and that its disk is mounted; with a new database on purpose, "
            "take TRK_INSTANCE away.",
        )
    if seen.instance is None:
        return ok("instance", "none yet; the server makes one at its first start")
    if seen.new:
        return warning(
            "instance",
            f"{seen.instance}; {NEW}, and beacons are told to come back",
            "Make a campaign. If there were some, check TRK_DATABASE, and that its disk is "
            "mounted.",
        )
    named = "" if expected else f"; TRK_INSTANCE={seen.instance} makes sure of it"
    return ok("instance", f"{seen.instance}{named}")


def standbys(behind: int, problem: DatabaseError | None) -> Finding:
    """Can a standby be asked? `problem` says why not, or it is so many bytes `behind`."""
    if problem is not None:
        return warning(
            "standbys",
            f"none can be asked: {problem}",
            "The primary answers polls and pages. Check TRK_DATABASE_READ, that a standby of this "
            "primary runs there, and that it lets us in (pg_hba.conf).",
        )
    if behind > _FAR:
        return warning(
            "standbys",
            f"one answers, but is {behind // 2**20} MiB behind the primary",
            "Until it has caught up, the primary answers. Check its log, and the network.",
        )
    return ok("standbys", "one answers, in step with the primary")


def journal(seen: Inspected) -> Finding:
    """Does SQLite use a write-ahead log, so that readers never wait?"""
    if seen.journal == "wal":
        return ok("journal", "write-ahead (WAL)")
    if seen.instance is None:
        return ok("journal", f"{seen.journal}; the server sets WAL when it first starts")
    return warning(
        "journal",
        f"{seen.journal} instead of WAL: readers and the writer wait for each other",
        "Start the server, which sets WAL. If it doesn't help, the file system can't do it: move "
        "the database to a local disk.",
    )


def tracking_names(seen: Inspected) -> Finding:
    """Has each action a tracking name of its own, as names are compared by now?"""
    if not seen.older_names:
        return ok("tracking names", "each belongs to one action")
    named = ", ".join(f"{shown(name)} in {key}" for key, name in seen.older_names[:5])
    more = len(seen.older_names) - 5
    return warning(
        "tracking names",
        f"{named}{f' and {more} more' if more > 0 else ''}: now counted as another action's name, "
        "so reported only in this exact spelling",
        "Change the action's tracking name on its page and on your site.",
    )
