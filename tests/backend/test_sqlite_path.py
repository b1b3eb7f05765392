"""One address of SQLite means one file, to all parts of the product; what an address quotes is
read as the character that it stands for."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.backend.backing_up import trk
from tests.backend.wire import beacon, post
from trk.settings import Settings, SettingsError
from trk_sdk.testkit.plugin import CampaignFactory
from trk_sdk.testkit.process import Backend

_NAMES = {"a%20b%3f%23%C3%BC%25.db": "a b?#ü%.db", "5%+.db": "5%+.db"}


@pytest.mark.parametrize(("quoted", "name"), _NAMES.items())
def test_servers_of_several_processes_and_commands_use_the_file_that_is_meant(
    tmp_path: Path, quoted: str, name: str, trk_campaign: CampaignFactory
) -> None:
    folder = tmp_path / "database"
    folder.mkdir()
    backend = Backend(tmp_path / "server", f"sqlite:///{folder}/{quoted}")
    try:
        backend.start({"TRK_WORKERS": "2"})
        campaign = trk_campaign("VIP", on=backend)
        assert post(campaign, beacon(1)).status_code == 200
        assert httpx.get(f"{backend.url}/readyz").status_code == 200
        copy = tmp_path / "copy"
        trk(backend.database, "backup", copy)
        backend.stop()
        trk(backend.database, "restore", copy, "--force")
    finally:
        backend.close()
    made = {each.name for each in folder.iterdir() if "before-restore" not in each.name}
    assert {each.removesuffix("-turn") for each in made} == {name}
    assert (folder / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["a?b.db", "a#b.db", "trk.db?mode=ro"])
def test_a_mark_that_would_end_the_path_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="%3F and # as %23") as told:
        Settings(database=f"sqlite:///{path}")
    assert path in str(told.value)


def test_what_is_behind_a_link_is_restored_in_its_place_and_made_for_its_owner_alone(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    link = tmp_path / "trk.db"
    link.symlink_to(disk / "trk.db")  # which is not there yet
    url = f"sqlite:///{link}"
    assert trk(url, "migrate").exit_code == 0
    assert (disk / "trk.db").stat().st_mode & 0o777 == 0o600
    assert trk(url, "backup", tmp_path / "copy").exit_code == 0
    assert trk(url, "restore", tmp_path / "copy", "--force").exit_code == 0
    assert link.readlink() == disk / "trk.db"
    assert len(list(disk.glob("*.before-restore"))) == 1
