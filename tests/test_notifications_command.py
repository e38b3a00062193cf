"""incidents channels, incidents notifications."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import incidents
from tests.served import Served
from tests.sql import run_sql

pytestmark = pytest.mark.jobs

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"


@pytest.fixture
def served(
    serve_here: Callable[..., Served], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Served:
    served = serve_here(signature_key_file=tmp_path / "signatures.key")
    monkeypatch.setenv("INCIDENTS_URL", f"http://127.0.0.1:{served.port}")
    return served


def test_a_channel_is_stored_listed_tested_and_deleted(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "hook.json"
    file.write_text(json.dumps({"webhook": {"url": "http://127.0.0.1:1/", "secret": SECRET}}))

    assert incidents("channels", "put", "hook", str(file)).returncode == 0
    table = incidents("channels", "list", "--format", "table").stdout.splitlines()
    shown = incidents("channels", "show", "hook").stdout
    tested = incidents("channels", "test", "hook")
    file.write_text('{"webhok": {}}')
    wrong = incidents("channels", "put", "hook", str(file))

    assert table[1].split() == ["hook", "webhook", "0", "0", "nothing", "sent", "yet"]
    assert json.loads(shown)["channel"]["webhook"]["secret"] == "[redacted]"
    assert (tested.returncode, "127.0.0.1:1 cannot be reached" in tested.stderr) == (3, True)
    assert (wrong.returncode, "did you mean webhook?" in wrong.stderr) == (2, True)
    assert incidents("channels", "delete", "hook").returncode == 0
    assert incidents("channels", "delete", "hook").returncode == 1


def test_dead_letters_are_listed_and_sent_again(served: Served, database: str) -> None:
    payload = json.dumps({"type": "rule.firing", "timestamp": "", "data": {"title": "it fires"}})
    run_sql(
        database,
        "INSERT INTO incidents_notifications (message_id, channel, topic, payload, state, "
        "expires_at, next_attempt_at, last_error, origin) SELECT 'msg_' || n, 'hook', n::text, "
        f"'{payload}', 'dead', now(), now(), 'no answer', '' FROM generate_series(1, 3) AS n",
    )

    listed = incidents("notifications", "list", "--state", "dead", "--format", "table")
    two = incidents("notifications", "list", "--limit", "2").stdout.splitlines()
    one = incidents("notifications", "retry", "2")
    neither = incidents("notifications", "retry")
    rest = incidents("notifications", "retry", "--all-dead")

    assert "no answer (it fires)" in listed.stdout
    assert [json.loads(line)["id"] for line in two] == [3, 2]
    assert one.stdout == "2\tpending\n"
    assert neither.returncode == 2
    assert {"1\tpending", "3\tpending"} <= set(rest.stdout.splitlines())
