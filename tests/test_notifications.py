"""Notifications: at least once, with one id, in order, whatever is killed when."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import standardwebhooks

from incidents.core.notification import NewNotification
from incidents.db.driver import connect_driver, connector
from incidents.notifications.channel_store import ChannelStore
from incidents.notifications.courier import Courier
from incidents.notifications.delivery import Delivery
from incidents.notifications.delivery_store import DeliveryStore
from incidents.notifications.outbox import Outbox, StoredNotification, enqueue
from incidents.notifications.pauses import PAUSES_SECONDS, TRIED_FOR
from incidents.notifications.senders.senders import Senders
from incidents.support.settings import Settings
from tests.receiver import OK, Receiver, answer, receiver

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
SETTINGS = Settings(notify_seconds_max=1)


def told(
    channel: str = "hook", rule: str = "billing", by: Any = None, n: int = 0
) -> NewNotification:
    data = {
        "rule": rule,
        "by": by or {},
        "title": f"{rule} fires ({n})",
        "n": n,
        "url": "http://x/",
    }
    timestamp = "2026-11-29T12:00:00.000000Z"
    return NewNotification(
        channel, rule, {"type": "rule.firing", "timestamp": timestamp, "data": data}
    )


class Desk:
    """The parts of the delivery on a database of their own, with a clock that a test sets."""

    def __init__(self, driver: asyncpg.Connection, url: str, key_file: Path) -> None:
        opens = connector(url, name="test", wait_seconds=10)
        self.driver = driver
        self.now = datetime.now(UTC)
        self.channels = ChannelStore(opens, 10, key_file)
        self.outbox = Outbox(opens, 10)
        self.senders = Senders(SETTINGS)
        self.store = DeliveryStore(driver, lambda: self.now)  # type: ignore[arg-type]
        self.courier = Courier(self.store, self.senders, key_file, lambda: 0.5)

    async def hook(self, to: Receiver, name: str = "hook", **options: Any) -> None:
        said = {"webhook": {"url": to.url, "secret": SECRET}, **options}
        await self.channels.put(name, said)

    async def enqueue(self, *new: NewNotification) -> None:
        async with self.driver.transaction():
            await enqueue(self.driver, new)
        self.now = max(self.now, datetime.now(UTC) + timedelta(seconds=1))

    async def all(self) -> list[StoredNotification]:
        """The oldest first."""
        return (await self.outbox.page(100, None, None, None, None))[::-1]

    async def pass_by(self, wait: timedelta, step: timedelta = timedelta(seconds=20)) -> None:
        """Delivers whatever is due in that time."""
        end = self.now + wait
        while self.now < end:
            self.now += step
            await self.store.bury(self.now)
            await self.courier.drain()


@asynccontextmanager
async def desk_of(url: str, key_file: Path) -> AsyncIterator[Desk]:
    driver = await connect_driver(url, name="test", wait_seconds=10)
    desk = Desk(driver, url, key_file)
    try:
        yield desk
    finally:
        await desk.courier.close()
        await desk.channels.close()
        await desk.outbox.close()
        desk.senders.close()
        await driver.close()


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_of(database, tmp_path / "signatures.key") as made:
        yield made


async def test_a_webhook_gets_the_payload_with_a_signature_that_its_library_accepts(
    desk: Desk,
) -> None:
    async with receiver() as hook:
        await desk.hook(hook)
        await desk.enqueue(told())
        await desk.courier.drain()

    (request,) = hook.requests
    (sent,) = await desk.all()
    assert standardwebhooks.Webhook(SECRET).verify(request.body, request.headers) == {
        **told().payload
    }
    assert request.line == "POST /in HTTP/1.1"
    assert (sent.state, sent.attempts, sent.last_error) == ("sent", 1, None)
    assert sent.message_id == request.headers["webhook-id"]


async def test_all_attempts_have_one_id_and_pauses_that_grow(desk: Desk) -> None:
    async with receiver(answer(500), answer(500), answer(503), OK) as hook:
        await desk.hook(hook)
        await desk.enqueue(told())
        began, attempts = desk.now, []
        while (await desk.all())[0].state == "pending":
            await desk.courier.drain()
            attempts.append((desk.now - began).total_seconds())
            desk.now = max(desk.now, (await desk.all())[0].next_attempt_at)

    pauses = [later - sooner for sooner, later in pairwise(attempts)]
    assert pauses == list(PAUSES_SECONDS[:3])
    assert len(hook.ids) == 4
    assert len(set(hook.ids)) == 1


async def test_a_receiver_that_is_down_for_hours_gets_everything_soon_after(desk: Desk) -> None:
    async with receiver(answer(502)) as hook:
        await desk.hook(hook)
        await desk.enqueue(*(told(rule=f"rule-{n}", n=n) for n in range(20)))
        await desk.pass_by(timedelta(hours=9), timedelta(minutes=3))
        failed = len(hook.requests)
        hook.answers = [OK]
        await desk.pass_by(timedelta(minutes=6))

    assert failed < 9 * 60 / 4  # the channel is not asked for each of them
    assert [each.state for each in await desk.all()] == ["sent"] * 20
    assert len(set(hook.ids[failed:])) == 20


async def test_after_a_day_it_is_a_dead_letter_that_can_be_sent_again(desk: Desk) -> None:
    async with receiver(answer(500)) as hook:
        await desk.hook(hook)
        await desk.enqueue(told())
        await desk.pass_by(TRIED_FOR + timedelta(minutes=10), timedelta(minutes=10))

        (dead,) = await desk.all()
        assert dead.state == "dead"
        assert dead.last_error == ("127.0.0.1 answered 500; it could not be sent within a day")
        hook.answers = [OK]
        desk.now = datetime.now(UTC) + timedelta(seconds=1)
        again = await desk.outbox.retry(dead.id)
        assert again is not None
        assert again.state == "pending"
        await desk.courier.drain()

    assert (await desk.all())[0].state == "sent"
    assert len(set(hook.ids)) == 1


async def test_those_of_one_topic_come_in_order_and_hold_up_no_other(desk: Desk) -> None:
    async with receiver(answer(500), OK) as hook:
        await desk.hook(hook)
        await desk.enqueue(told(by={"host": "a"}, n=1), told(by={"host": "a"}, n=2), told(n=3))
        await desk.pass_by(timedelta(minutes=1), timedelta(seconds=5))

    numbers = [json.loads(each.body)["data"]["n"] for each in hook.requests]
    assert numbers == [1, 3, 1, 2]


async def test_what_hangs_delays_itself_alone(desk: Desk) -> None:
    async with receiver(None) as hangs, receiver() as works:
        await desk.hook(hangs, "hangs")
        await desk.hook(works, "works")
        await desk.enqueue(told("hangs"), *(told("works", n=n) for n in range(5)))
        await desk.courier.start_due()
        while len(works.requests) < 5:
            await desk.courier.wait(0.1)
            await desk.courier.start_due()
        assert [each.state for each in await desk.all()] == ["pending", *["sent"] * 5]
        await desk.courier.drain()

    assert (await desk.all())[0].last_error == "no answer within 1 s"


async def test_what_is_too_much_is_one_message_that_says_how_many(desk: Desk) -> None:
    async with receiver() as hook:
        await desk.hook(hook, per_minute=2)
        await desk.enqueue(*(told(rule=f"rule-{n % 2}", n=n) for n in range(5)))
        await desk.courier.drain()
        await desk.enqueue(told(n=6))
        await desk.courier.drain()
        await desk.enqueue(told(n=7), told(n=8))
        await desk.courier.drain()
        assert len(hook.requests) == 2
        await desk.pass_by(timedelta(minutes=2))

    joined, *others = [json.loads(each.body) for each in hook.requests]
    assert joined["type"] == "notifications.joined"
    assert joined["data"]["count"] == 5
    assert joined["data"]["title"] == "5 notifications: rule-0 3, rule-1 2"
    assert [each["data"]["n"] for each in joined["data"]["notifications"]] == [0, 1, 2, 3, 4]
    assert [each["data"]["n"] for each in others] == [6, 7, 8]
    ids = [each.message_id for each in await desk.all() if each.joined_into]
    assert [each["id"] for each in joined["data"]["notifications"]] == ids
    assert {each.state for each in await desk.all()} == {"sent"}


async def test_a_message_joined_of_many_keeps_its_id_and_what_follows_waits(desk: Desk) -> None:
    async with receiver(answer(500), OK) as hook:
        await desk.hook(hook, per_minute=1)
        await desk.enqueue(told(n=1), told(n=2))
        await desk.courier.drain()
        await desk.enqueue(told(n=3))
        await desk.pass_by(timedelta(minutes=3))

    assert len(set(hook.ids[:2])) == 1
    assert json.loads(hook.requests[2].body)["data"]["n"] == 3


async def test_a_channel_that_fails_three_times_is_told_through_another(desk: Desk) -> None:
    async with receiver(answer(500, "no"), answer(500), answer(500), OK) as bad, receiver() as good:
        await desk.hook(bad, "bad", fallback="good")
        await desk.hook(good, "a-third")
        await desk.hook(good, "good")
        await desk.enqueue(told("bad"))
        await desk.pass_by(timedelta(seconds=25), timedelta(seconds=5))
        (state,) = [each for each in await desk.channels.all() if each.name == "bad"]
        assert (state.failures, state.last_error) == (3, "127.0.0.1 answered 500")
        assert state.failing_since is not None
        await desk.pass_by(timedelta(minutes=2))

    said = [json.loads(each.body) for each in good.requests]
    assert [each["type"] for each in said] == ["channel.firing", "channel.resolved"]
    assert said[0]["data"]["title"] == "The channel bad fails: 127.0.0.1 answered 500"
    assert {each.channel for each in await desk.all()} == {"bad", "good"}
    assert (await desk.channels.one("bad")).failing_since is None  # type: ignore[union-attr]


async def test_one_for_no_channel_is_a_dead_letter(desk: Desk) -> None:
    await desk.enqueue(told("nowhere"))
    await desk.store.bury(desk.now)

    (dead,) = await desk.all()
    assert (dead.state, dead.last_error) == ("dead", "there is no channel of that name")


async def test_what_a_killed_process_had_sent_comes_again_with_the_same_id(
    desk: Desk, database: str, tmp_path: Path
) -> None:
    async with receiver() as hook:
        await desk.hook(hook)
        await desk.enqueue(told())
        # It is gone when the receiver has answered, before that is recorded.
        hook.before_answer = desk.driver.terminate
        with pytest.raises(Exception, match="PostgreSQL cannot be reached"):
            await desk.courier.drain()
        hook.before_answer = lambda: None
        async with desk_of(database, tmp_path / "signatures.key") as next_:
            next_.now = desk.now
            await next_.courier.drain()
            assert [each.state for each in await next_.all()] == ["sent"]

    assert len(hook.ids) == 2
    assert len(set(hook.ids)) == 1


async def test_what_was_restored_is_not_sent_until_somebody_says_so(desk: Desk) -> None:
    async with receiver() as hook:
        await desk.hook(hook)
        await desk.enqueue(told())
        # As a dump has it that is restored into another database.
        await desk.driver.execute("UPDATE incidents_notifications SET origin = '1/1'")
        await desk.enqueue(told(n=1))
        await desk.store.bury(desk.now)
        await desk.courier.drain()

        restored, new = await desk.all()
        assert (restored.state, new.state) == ("dead", "sent")
        assert "restored from a backup" in (restored.last_error or "")
        await desk.outbox.retry(restored.id)
        await desk.store.bury(desk.now)
        await desk.courier.drain()

    assert {each.state for each in await desk.all()} == {"sent"}


async def test_a_clock_that_was_ahead_holds_up_nothing(desk: Desk) -> None:
    async with receiver(answer(500), OK) as hook:
        await desk.hook(hook, per_minute=1)
        right = desk.now
        desk.now += timedelta(days=300)
        await desk.driver.execute(
            "INSERT INTO incidents_notifications (message_id, channel, topic, payload, state, "
            "expires_at, next_attempt_at, sent_at, origin) "
            "VALUES ('msg_0', 'hook', '', '{}', 'sent', now(), now(), $1, '')",
            desk.now,
        )
        await desk.enqueue(told())
        later = desk.now + timedelta(days=1)
        await desk.driver.execute("UPDATE incidents_notifications SET expires_at = $1", later)
        desk.now += timedelta(minutes=2)
        await desk.courier.drain()
        desk.now = right + timedelta(seconds=1)
        await desk.pass_by(timedelta(seconds=20))

    assert len(hook.requests) == 2
    assert (await desk.all())[-1].state == "sent"


async def test_one_process_delivers_and_another_takes_over(
    desk: Desk, database: str, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, signature_key_file=tmp_path / "signatures.key")
    first, second = (Delivery(settings, database, Senders(settings)) for _ in range(2))
    async with receiver() as hook:
        await desk.hook(hook)
        running = asyncio.create_task(first.look())
        await desk.enqueue(told(n=1))
        await _until(lambda: len(hook.requests) == 1)
        await second.look()  # returns at once
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        running = asyncio.create_task(second.look())
        await desk.enqueue(told(n=2))
        await _until(lambda: len(hook.requests) == 2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await first.close()
    await second.close()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the receiver is asked
            await asyncio.sleep(0.01)
