"""Each kind of channel to a real receiver, and receivers that misbehave."""

import asyncio
import json
import ssl
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from incidents.core.incident import rfc3339
from incidents.notifications.channel import Channel, parse_channel
from incidents.notifications.failure import DeliveryFailed
from incidents.notifications.joined import joined_payload
from incidents.notifications.message import Message
from incidents.notifications.senders.senders import Senders
from incidents.support.settings import Settings
from tests.ports import free_port
from tests.receiver import answer, receiver
from tests.test_recipe_alertmanager import needs_alertmanager, running
from tests.tls import make_identity

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
NOW = datetime.now(UTC).replace(microsecond=0)


def message(kind: str = "rule.firing", **data: Any) -> Message:
    said = {
        "rule": "billing-errors",
        "by": {"host.name": "db1"},
        "since": rfc3339(NOW - timedelta(minutes=5)),
        "title": "billing-errors fires for db1",
        "text": "3 matches within 5 minutes",
        "url": "https://incidents.example/?q=service%3Dbilling",
        **data,
    }
    payload = {"type": kind, "timestamp": rfc3339(NOW), "data": said}
    return Message("msg_1", json.dumps(payload))


@pytest.fixture
async def senders() -> AsyncIterator[Senders]:
    made = Senders(Settings(notify_seconds_max=60))
    yield made
    made.close()


def hook(url: str) -> Channel:
    return parse_channel("hook", {"webhook": {"url": url, "secret": SECRET}})


async def why_not(senders: Senders, channel: Channel) -> str:
    with pytest.raises(DeliveryFailed) as failed:
        await senders.send(channel, message())
    return str(failed.value)


async def test_a_redirect_is_not_followed_and_named(senders: Senders) -> None:
    async with receiver() as target, receiver(answer(302, Location=target.url)) as moved:
        said = await why_not(senders, hook(moved.url))

    assert said == (
        f"127.0.0.1 answered 302, a redirect to {target.url}: redirects are not followed, give "
        "the final address"
    )
    assert target.requests == []


async def test_what_is_no_http_is_said(senders: Senders) -> None:
    async with receiver(b"220 mail.example ESMTP\r\n") as other, receiver(b"") as silent:
        assert "did not answer as HTTP" in await why_not(senders, hook(other.url))
        assert "did not answer as HTTP" in await why_not(senders, hook(silent.url))
    nobody = f"http://127.0.0.1:{free_port()}/"
    assert "cannot be reached: Connect" in await why_not(senders, hook(nobody))
    unknown = hook("http://nowhere.invalid/")
    assert "the name nowhere.invalid cannot be resolved" in await why_not(senders, unknown)


async def test_an_endless_answer_ends(senders: Senders) -> None:
    async with receiver(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1_000_000)) as hook_:
        await senders.send(hook(hook_.url), message())


async def test_a_certificate_that_is_not_trusted_is_said(senders: Senders, tmp_path: Path) -> None:
    async with receiver(tls=_server_tls(tmp_path)) as secure:
        said = await why_not(senders, hook(secure.url))

    assert said == "127.0.0.1: TLS failed: unable to get local issuer certificate"


async def test_a_certificate_must_be_for_the_name(
    senders: Senders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = _server_tls(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with receiver(tls=tls) as secure:
        await senders.send(hook(f"https://localhost:{secure.port}/"), message())
        said = await why_not(senders, hook(f"https://127.0.0.2:{secure.port}/"))

    assert len(secure.requests) == 1
    assert "cannot be reached" in said or "not valid for '127.0.0.2'" in said


def _server_tls(folder: Path) -> ssl.SSLContext:
    identity = make_identity(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(identity.certificate, identity.private_key)
    return context


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "2852039166",  # 169.254.169.254 as one number
    ],
)
async def test_metadata_and_link_local_addresses_are_forbidden(senders: Senders, host: str) -> None:
    said = await why_not(senders, hook(f"http://{host}/latest/meta-data"))

    assert "is forbidden (INCIDENTS_NOTIFY_FORBIDDEN_NETWORKS)" in said


async def test_a_name_is_checked_by_what_it_resolves_to() -> None:
    made = Senders(Settings(notify_forbidden_networks=HERE))
    async with receiver() as here:
        said = await why_not(made, hook(f"http://localhost:{here.port}/"))
    made.close()

    assert said.startswith("localhost has the address ")
    assert here.requests == []


async def test_slack_gets_a_text_that_calls_nobody(senders: Senders) -> None:
    async with receiver() as slack:
        channel = parse_channel("slack", {"slack": {"url": slack.url}})
        await senders.send(channel, message(title="<!channel> & @everyone\nfires"))

    (request,) = slack.requests
    assert json.loads(request.body) == {
        "text": "*&lt;!channel&gt; &amp; @\u200beveryone fires*\n3 matches within 5 minutes\n\n"
        "https://incidents.example/?q=service%3Dbilling"
    }


class Mailbox:
    """Keeps what came; accepts one password, and refuses one recipient."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.logins: list[bytes] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own
        self, _: SMTP, __: Any, envelope: Envelope, address: str, ___: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def authenticate(self, *given: Any) -> AuthResult:
        self.logins.append(given[-1].password)
        return AuthResult(success=given[-1].password == b"p@ss", handled=False)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    controller = Controller(box, "127.0.0.1", free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def mail_channel(url: str, *to: str) -> Channel:
    fields = {"to": list(to or ("ops@example.com",)), "smtp": url, "from": "incidents@example.com"}
    return parse_channel("mail", {"email": fields})


async def test_a_mail_arrives_with_one_line_as_subject(
    senders: Senders, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    channel = mail_channel(f"smtp://127.0.0.1:{port}", "ops@example.com", "boss@example.com")
    await senders.send(channel, message(title="billing fires\r\nBcc: all@example.com für db1"))

    (mail,) = box.mails
    assert mail["Subject"] == "billing fires Bcc: all@example.com für db1"
    assert mail["To"] == "ops@example.com, boss@example.com"
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == "<msg_1@incidents>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "3 matches within 5 minutes" in text
    assert "https://incidents.example/?q=service%3Dbilling" in text


async def test_a_refused_recipient_is_named(senders: Senders, mailbox: tuple[Mailbox, int]) -> None:
    _, port = mailbox
    said = await why_not(senders, mail_channel(f"smtp://127.0.0.1:{port}", "nobody@example.com"))

    assert "127.0.0.1 did not take the mail" in said
    assert "no such mailbox" in said


async def test_without_a_mail_server_it_is_said_what_to_set(senders: Senders) -> None:
    channel = parse_channel("mail", {"email": {"to": "ops@example.com"}})
    assert "set INCIDENTS_SMTP_URL" in await why_not(senders, channel)


async def test_a_password_goes_over_tls_alone(
    senders: Senders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = _server_tls(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    box = Mailbox()
    controller = Controller(
        box,
        "127.0.0.1",
        free_port(),
        tls_context=tls,
        authenticator=box.authenticate,
        auth_required=True,
    )
    await asyncio.to_thread(controller.start)
    try:
        url = f"smtp://me:p%40ss@localhost:{controller.port}"
        await senders.send(mail_channel(url), message())
        wrong = await why_not(senders, mail_channel(url.replace("p%40ss", "wrong")))
    finally:
        await asyncio.to_thread(controller.stop)

    assert box.logins[0] == b"p@ss"
    assert len(box.mails) == 1
    assert "did not take the mail" in wrong


async def test_a_mail_server_that_hangs_is_left(mailbox: tuple[Mailbox, int]) -> None:
    made = Senders(Settings(notify_seconds_max=0.5))
    async with receiver(None) as hangs:
        said = await why_not(made, mail_channel(f"smtp://127.0.0.1:{hangs.port}"))
    made.close()

    assert said == "no answer within 0.5 s"


@needs_alertmanager
async def test_alertmanager_shows_what_fires_and_what_is_resolved(
    senders: Senders, tmp_path: Path
) -> None:
    (tmp_path / "alertmanager.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]")
    with running(tmp_path) as url:
        channel = parse_channel("am", {"alertmanager": {"url": url}})
        await senders.send(channel, message())
        (alert,) = await asyncio.to_thread(_alerts, url)
        await senders.send(channel, _joined(message("rule.resolved"), message(by={"host": "db2"})))
        left = await asyncio.to_thread(_alerts, url)

    assert alert["labels"] == {"alertname": "billing-errors", "host_name": "db1"}
    assert alert["annotations"]["summary"] == "billing-errors fires for db1"
    assert datetime.fromisoformat(alert["endsAt"]) - NOW == timedelta(days=30)
    assert [each["labels"] for each in left] == [{"alertname": "billing-errors", "host": "db2"}]


def _joined(*members: Message) -> Message:
    payloads = {f"msg_{number}": each.payload for number, each in enumerate(members)}
    return Message("msg_joined", json.dumps(joined_payload(payloads, NOW)))


def _alerts(url: str) -> Any:
    with build_opener(ProxyHandler({})).open(f"{url}/api/v2/alerts?active=true") as reply:
        return json.load(reply)


async def test_apprise_sends_in_a_process_of_its_own(senders: Senders) -> None:
    async with receiver() as service:
        urls = [f"json://127.0.0.1:{service.port}/in"]
        await senders.send(parse_channel("all", {"apprise": {"urls": urls}}), message())

    (request,) = service.requests
    body = json.loads(request.body)
    assert body["title"] == "billing-errors fires for db1"
    assert body["message"].startswith("3 matches within 5 minutes")
    assert body["type"] == "warning"
    assert "incidents.notifications.senders.apprise" in sys.modules
    assert "apprise" not in sys.modules


async def test_apprise_says_what_failed_without_its_secrets(senders: Senders) -> None:
    async with receiver(answer(403)) as service:
        urls = [f"json://user:a-password@127.0.0.1:{service.port}/in"]
        said = await why_not(senders, parse_channel("all", {"apprise": {"urls": urls}}))

    assert said.startswith("Apprise failed: Failed to send JSON")
    assert "a-password" not in said
    nonsense = parse_channel("all", {"apprise": {"urls": "no-such-thing://x"}})
    assert "a URL is not one that Apprise knows" in await why_not(senders, nonsense)


async def test_apprise_connects_to_no_forbidden_address() -> None:
    made = Senders(Settings(notify_forbidden_networks=HERE))
    async with receiver() as here:
        urls = [f"json://localhost:{here.port}/in"]
        said = await why_not(made, parse_channel("all", {"apprise": {"urls": urls}}))
    made.close()

    assert "is forbidden (INCIDENTS_NOTIFY_FORBIDDEN_NETWORKS)" in said
    assert here.requests == []


@pytest.mark.slow
async def test_apprise_is_killed_at_the_deadline(tmp_path: Path) -> None:
    made = Senders(Settings(notify_seconds_max=3))
    async with receiver(None) as hangs:
        said = await why_not(
            made, parse_channel("all", {"apprise": {"urls": f"json://127.0.0.1:{hangs.port}"}})
        )
    made.close()

    assert said == "no answer within 3 s"
