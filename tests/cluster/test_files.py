"""The operator's files for three machines: filled in, whole, and taken by the programs they are
for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cluster.files import SECRETS, filled_in, settings
from tests.cluster.network import Network
from tests.tools import needed
from trk.settings import from_environment

NAMES = ("etcd.env", "patroni.yml", "haproxy.cfg", "node.env")
NETWORK = Network("10.1.2.", "trk1")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("network", [NETWORK, Network("127.1.2.", "")], ids=["bridge", "loopback"])
def test_nothing_of_the_example_is_left_in_a_file(name: str, network: Network) -> None:
    text = filled_in(name, network, network.machines[1])
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert not re.search(r"10\.0\.0\.|THIS_|PASSWORD_OF", code)
    assert network.machines[1].address in code


def test_what_is_not_in_a_file_can_t_be_replaced() -> None:
    with pytest.raises(ValueError, match=r"haproxy\.cfg has no '/nowhere'"):
        filled_in("haproxy.cfg", NETWORK, NETWORK.front, {"/nowhere": "/here"})


def test_haproxy_takes_its_file(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(filled_in("haproxy.cfg", NETWORK, NETWORK.machines[0]))
    done = subprocess.run(
        [needed("haproxy"), "-c", "-f", file], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr


def test_each_machine_is_where_the_others_look_for_it() -> None:
    etcd = settings(filled_in("etcd.env", NETWORK, NETWORK.machines[2]))
    members = dict(each.split("=") for each in etcd["ETCD_INITIAL_CLUSTER"].split(","))
    assert members[etcd["ETCD_NAME"]] == etcd["ETCD_INITIAL_ADVERTISE_PEER_URLS"]
    patroni = yaml.safe_load(filled_in("patroni.yml", NETWORK, NETWORK.machines[2]))
    assert patroni["etcd3"]["hosts"].split(",")[2] == f"{NETWORK.machines[2].address}:2379"
    haproxy = filled_in("haproxy.cfg", NETWORK, NETWORK.machines[2])
    for port in (8000, 5432):
        assert f"server machine3 {NETWORK.machines[2].address}:{port}" in haproxy


def test_a_commit_is_acknowledged_by_two_machines_and_a_hung_primary_is_replaced_in_time() -> None:
    patroni = yaml.safe_load(filled_in("patroni.yml", NETWORK, NETWORK.machines[0]))
    shared = patroni["bootstrap"]["dcs"]
    assert shared["synchronous_mode"] is True
    assert shared["postgresql"]["parameters"]["synchronous_commit"] == "on"
    # What Patroni asks of the three.
    assert shared["loop_wait"] + 2 * shared["retry_timeout"] <= shared["ttl"] < 15


def test_a_node_takes_its_settings_and_trusts_each_haproxy() -> None:
    given = settings(filled_in("node.env", NETWORK, NETWORK.machines[0]))
    taken = from_environment(given)
    assert taken.database == (
        f"postgresql://trk:{SECRETS['PASSWORD_OF_TRK']}@{NETWORK.machines[0].address}:5000/trk"
    )
    assert taken.database_read == taken.database.replace(":5000/", ":5001/")
    assert taken.trusted_proxies.split(",") == [each.address for each in NETWORK.machines]
