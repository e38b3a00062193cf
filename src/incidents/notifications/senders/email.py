"""E-mail over SMTP (RFC 5321), with TLS wherever a password is sent."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from socket import getfqdn
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from incidents.notifications.failure import DeliveryFailed
from incidents.notifications.message import Message
from incidents.notifications.senders.addresses import Addresses
from incidents.notifications.senders.tls import Trust

_PORTS = {"smtp": 587, "smtps": 465}
# What a subject has room for; the whole title is in the text, too.
_SUBJECT_CHARACTERS_MAX = 200


class Email:
    """Hands mails in at the server of the channel, or else of the setting."""

    def __init__(
        self, addresses: Addresses, trust: Trust, smtp_url: str | None, sender: str | None
    ) -> None:
        self._addresses = addresses
        self._trust = trust
        self._smtp_url = smtp_url
        self._sender = sender

    async def send(self, fields: Mapping[str, Any], message: Message) -> None:
        """Returns when the server has taken it for all recipients. Raises DeliveryFailed."""
        url = fields.get("smtp") or self._smtp_url
        if url is None:
            raise DeliveryFailed(
                "no mail server is known: set INCIDENTS_SMTP_URL, or `smtp` of the channel"
            )
        parts = urlsplit(url)
        sender = fields.get("from") or self._sender or _default_sender(parts)
        try:
            await self._hand_in(parts, mail(message, sender, fields["to"]))
        except ssl.SSLError as error:
            raise DeliveryFailed(f"{parts.hostname}: TLS failed: {error}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"{parts.hostname} did not take the mail: {error}") from error

    async def _hand_in(self, parts: SplitResult, made: EmailMessage) -> None:
        host = parts.hostname or ""
        opened = await self._addresses.connect(host, parts.port or _PORTS[parts.scheme])
        client = aiosmtplib.SMTP(
            hostname=host,
            sock=opened,
            timeout=None,  # the caller has a deadline
            use_tls=parts.scheme == "smtps",
            start_tls=_start_tls(parts),
            tls_context=self._trust.context,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
        try:
            async with client:
                refused, _ = await client.send_message(made)
        finally:
            client.close()  # and the socket, which is its own since it connected
        if refused:
            raise DeliveryFailed(f"{host} refused the recipients {', '.join(refused)}")


def mail(message: Message, sender: str, to: list[str]) -> EmailMessage:
    """The mail: plain text, the same Message-ID in all attempts."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Subject"] = message.title[:_SUBJECT_CHARACTERS_MAX]
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = f"<{message.id}@incidents>"
    # No vacation notice answers it (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(each for each in (message.title, message.text) if each) + "\n")
    return made


def _start_tls(parts: SplitResult) -> bool | None:
    """True: TLS or nothing. None: where the server offers it, without a password."""
    if parts.scheme == "smtps":
        return False
    return True if parts.password and not _is_here(parts.hostname or "") else None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _default_sender(parts: SplitResult) -> str:
    user = unquote(parts.username or "")
    return user if "@" in user else f"incidents@{getfqdn()}"
