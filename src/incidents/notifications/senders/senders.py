"""Sends a message through a channel of any kind, within a deadline."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from incidents.notifications.channel import Channel
from incidents.notifications.failure import DeliveryFailed
from incidents.notifications.message import Message
from incidents.notifications.senders.addresses import Addresses
from incidents.notifications.senders.alertmanager import Alertmanager
from incidents.notifications.senders.apprise import AppriseProcess
from incidents.notifications.senders.email import Email
from incidents.notifications.senders.http_post import Poster
from incidents.notifications.senders.slack import Slack
from incidents.notifications.senders.tls import Trust
from incidents.notifications.senders.webhook import Webhook
from incidents.support.settings import Settings


class Sender(Protocol):
    """Sends through channels of one kind."""

    async def send(self, fields: Mapping[str, Any], message: Message) -> None:
        """Returns when the receiver has taken it. Raises DeliveryFailed."""


class Senders:
    """A sender for each kind of channel."""

    def __init__(self, settings: Settings) -> None:
        self._seconds_max = settings.notify_seconds_max
        self._addresses = Addresses(settings.notify_forbidden_networks)
        trust = Trust()
        poster = Poster(self._addresses, trust)
        self._of_kind: dict[str, Sender] = {
            "webhook": Webhook(poster),
            "email": Email(self._addresses, trust, settings.smtp_url, settings.smtp_from),
            "slack": Slack(poster),
            "alertmanager": Alertmanager(poster),
            "apprise": AppriseProcess(settings.notify_forbidden_networks),
        }

    async def send(self, channel: Channel, message: Message) -> None:
        """Returns when the receiver has taken it. Raises DeliveryFailed, without secrets."""
        try:
            async with asyncio.timeout(self._seconds_max):
                await self._of_kind[channel.kind].send(channel.fields, message)
        except TimeoutError as error:
            raise DeliveryFailed(f"no answer within {self._seconds_max:g} s") from error
        except DeliveryFailed as error:
            raise DeliveryFailed(channel.masked(str(error)), error.after_seconds) from error

    def close(self) -> None:
        """Opens no more connections."""
        self._addresses.close()
