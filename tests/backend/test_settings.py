"""Settings from the environment and from flags: a value that can't be used gets a sentence."""

from __future__ import annotations

from dataclasses import fields

import pytest

from trk.settings import Settings, SettingsError, from_environment
from trk_sdk.builder import script


def test_without_any_the_defaults_hold() -> None:
    assert from_environment({}) == Settings()


def test_every_setting_is_read_from_the_environment_and_a_flag_wins() -> None:
    environment = {
        "TRK_DATABASE": "postgresql://u@h/d",
        "TRK_INSTANCE": "0123456789abcdef0123456789abcdef",
        "TRK_PUBLIC_URL": "https://track.test/",
        "TRK_GLOBAL_NAME": "Shop",
        "TRK_QUEUE": "7",
        "TRK_BODY_TIMEOUT": "2.5",
        "TRK_SMTP": "smtps://u:p@mail.test",
        "TRK_MAIL_FROM": "Shop <win@shop.test>",
        "TRK_WEBHOOKS_PRIVATE": "yes",
        "TRK_DRAND_URL": "https://drand.test/",
        "TRK_RETENTION_DAYS": "90",
        "TRK_TRUSTED_PROXIES": "10.0.0.0/8,::1",
        "TRK_LOG_FORMAT": "json",
        "TRK_ACCESS_LOG": "all",
        "TRK_METRICS_TOKEN": "0123456789abcdef",
        "TRK_DRAIN": "5",
        "TRK_STOP_TIMEOUT": "7.5",
        "TRK_WORKERS": "3",
        "TRK_SECOND_FACTOR": "required",
        "TRK_DATABASE_READ": "postgresql://u@standby/d",
    }
    assert set(environment) == {f"TRK_{field.name.upper()}" for field in fields(Settings)}
    assert from_environment(environment) == Settings(
        "postgresql://u@h/d",
        "0123456789abcdef0123456789abcdef",
        "https://track.test",
        "Shop",
        7,
        2.5,
        "smtps://u:p@mail.test",
        "Shop <win@shop.test>",
        trusted_proxies="10.0.0.0/8,::1",
        log_format="json",
        access_log="all",
        metrics_token="0123456789abcdef",
        drain=5,
        stop_timeout=7.5,
        webhooks_private=True,
        drand_url="https://drand.test",
        retention_days=90,
        workers=3,
        second_factor="required",
        database_read="postgresql://u@standby/d",
    )
    assert from_environment(environment, queue="8", database=None).queue == 8


def test_https_is_secure_and_http_is_not() -> None:
    assert Settings(public_url="https://track.test").secure
    assert not Settings(public_url="http://track.test").secure


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://Track.Example.org:443", "https://track.example.org"),
        ("http://bücher.example:8000", "http://xn--bcher-kva.example:8000"),
        ("http://[0:0::1]:8000", "http://[::1]:8000"),
        ("http://my_server", "http://my_server"),
    ],
)
def test_the_public_address_is_written_as_browsers_write_it(given: str, address: str) -> None:
    public_url = Settings(public_url=given).public_url
    assert public_url == address
    assert f"'{address}/y2sB7'" in script("y2sB7", public_url, minify=False)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("mail_from", "Shop", "name@shop.example"),
        ("workers", "-1", "0 to 64 processes"),
        ("workers", "65", "0 to 64 processes"),
        ("workers", "all", "a whole number"),
        ("second_factor", "yes", "optional or required"),
        ("second_factor", "", "optional or required"),
        ("database", "", "sqlite:///PATH"),
        ("database", "trk.db", "sqlite:///PATH"),
        ("database", "sqlite://", "sqlite:///PATH"),
        ("database", "sqlite:///", "sqlite:///PATH"),
        ("database", "sqlite:///:memory:", "must outlive the process"),
        ("database", "mysql://u@h/d", "postgresql://USER"),
        ("public_url", "track.test", "https://track.example.org"),
        ("public_url", "ftp://track.test", "https://track.example.org"),
        ("public_url", "https://", "https://track.example.org"),
        ("public_url", "https://track.test/path", "without a path"),
        ("public_url", "https://track.test?x", "without a path"),
        ("public_url", "https://track.test#x", "without a path"),
        ("public_url", "https://u:p@track.test", "without a path"),
        ("public_url", "https://track.test:99999", "https://track.example.org"),
        ("public_url", "https://[::1", "https://track.example.org"),
        ("global_name", "my name", "JavaScript name"),
        ("global_name", "", "JavaScript name"),
        ("queue", "0", "at least 1 beacon"),
        ("queue", "-1", "at least 1 beacon"),
        ("queue", "ten", "a whole number"),
        ("queue", "1.5", "a whole number"),
        ("body_timeout", "0", "at most 600 seconds"),
        ("body_timeout", "nan", "at most 600 seconds"),
        ("body_timeout", "inf", "at most 600 seconds"),
        ("body_timeout", "soon", "a number"),
        ("webhooks_private", "perhaps", "1 or 0"),
        ("drand_url", "drand.test", "https://api.drand.sh"),
        ("drand_url", "https://drand.test/a", "without a path"),
        ("retention_days", "7", "at least 8"),
        ("retention_days", "-1", "at least 8"),
        ("retention_days", "a week", "a whole number"),
        ("trusted_proxies", "proxy.local", "addresses or networks such as"),
        ("trusted_proxies", "10.0.0.1/8", "addresses or networks such as"),
        ("trusted_proxies", "*,::1", "or *."),
        ("log_format", "xml", "expected text or json"),
        ("access_log", "yes", "expected off, on or all"),
        ("drain", "-1", "0 to 600 seconds"),
        ("drain", "nan", "0 to 600 seconds"),
        ("stop_timeout", "0", "1 to 600 seconds"),
    ],
)
def test_a_bad_value_is_told_with_its_name_the_value_and_what_was_expected(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({f"TRK_{name.upper()}": value})
    said = str(caught.value)
    assert said.startswith(f"{name} is ")
    assert value in said
    assert expected in said


@pytest.mark.parametrize("value", ["mail.test", "http://mail.test", "smtp://u:secret@:25", "smtp:"])
def test_a_bad_mail_server_is_told_without_its_value_which_may_hold_a_password(value: str) -> None:
    with pytest.raises(SettingsError, match="expected smtp://USER:PASSWORD@HOST:587") as told:
        Settings(smtp=value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://u:tops@h/n",
        "POSTGRES://u:tops@h/n",
        "postgresql:/u:tops@h/n",
        "mysql://h/n?user=u&password=tops",
    ],
)
def test_the_password_of_an_address_of_no_use_is_not_told(url: str) -> None:
    with pytest.raises(SettingsError, match=r"database is '.*\*\*\*.*'; expected") as told:
        Settings(database=url)
    assert "tops" not in str(told.value)


@pytest.mark.parametrize(
    ("database", "read", "said"),
    [
        ("sqlite:///trk.db", "postgresql://u:secret@h/d", "SQLite, which has no standbys"),
        ("postgresql://u@h/d", "u:secret@h/d", "expected postgresql://USER:PASSWORD@HOST:PORT/NAM"),
        ("postgresql://u@h/d", "sqlite:///secret.db", "expected postgresql://USER:PASSWORD@HOST"),
    ],
)
def test_an_address_of_standbys_that_cannot_be_is_told_without_its_value(
    database: str, read: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=f"^database_read .*{said}") as told:
        from_environment({"TRK_DATABASE": database, "TRK_DATABASE_READ": read})
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("value", ["short secret", "fifteen-secrets", "sixteen sécrets and more"])
def test_a_bad_token_for_metrics_is_told_without_its_value(value: str) -> None:
    with pytest.raises(SettingsError, match="expected at least 16 ASCII characters") as told:
        Settings(metrics_token=value)
    assert value not in str(told.value)
