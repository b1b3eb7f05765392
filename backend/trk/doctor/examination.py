"""All checks, in a sensible order; those that depend on a failed one are left out."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from trk.clock import now_ms
from trk.doctor import address, database, machine
from trk.doctor.finding import Finding
from trk.doctor.machine import ClockReading
from trk.doctor.mail import mail_server
from trk.settings import Settings
from trk.store.errors import DatabaseError
from trk.store.inspection import Inspected, inspect, inspect_standbys
from trk.store.migrate import safe_url
from trk.store.revisions import revisions
from trk.store.sqlite_path import path_of


async def examine(settings: Settings) -> list[Finding]:
    """Check everything that the server needs; each check takes ten seconds or so at most."""
    started = ClockReading.now()
    sqlite = settings.database.startswith("sqlite:")
    findings = [machine.versions(machine.python_here(), sqlite3.sqlite_version, used=sqlite)]
    seen: Inspected | None = None
    problem: DatabaseError | None = None
    try:
        seen = await inspect(settings.database, now_ms)
    except DatabaseError as error:
        problem = error
    findings.append(database.reachable(safe_url(settings.database), problem))
    if seen is not None:
        findings += _database_findings(settings, seen)
        if settings.database_read:
            findings.append(await _standbys(settings))
    findings.append(await asyncio.to_thread(mail_server, settings))
    findings += await asyncio.to_thread(_address_findings, settings.public_url, seen)
    findings.append(machine.steady_clock(started, ClockReading.now()))
    return findings


async def _standbys(settings: Settings) -> Finding:
    try:
        behind = await inspect_standbys(settings.database, settings.database_read)
    except DatabaseError as problem:
        return database.standbys(0, problem)
    return database.standbys(behind, None)


def _database_findings(settings: Settings, seen: Inspected) -> list[Finding]:
    findings = [
        database.writable(seen),
        database.migrations(seen, revisions()),
        database.instance(seen, settings.instance),
        database.tracking_names(seen),
    ]
    if settings.database.startswith("sqlite:"):
        folder = Path(path_of(settings.database)).absolute().parent
        findings += [
            machine.disk_space(folder, seen.bytes),
            machine.file_system(folder),
            database.journal(seen),
        ]
    if seen.now is not None:
        findings.append(machine.clock_against_database(*seen.now))
    findings.append(machine.clock_against_beacons(seen.newest, now_ms()))
    return findings


def _address_findings(public_url: str, seen: Inspected | None) -> list[Finding]:
    findings = [address.https(public_url), address.resolves(public_url)]
    if findings[-1].status == "failed":
        return findings
    answer = address.fetch_health(public_url)
    findings.append(address.answers(public_url, answer, seen.instance if seen else None))
    if findings[-1].status == "ok" and not isinstance(answer, str):
        findings.append(address.forwarding(public_url, answer))
    return findings
