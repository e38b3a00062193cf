"""After a restore nothing is sent again until somebody says so, and new notifications are."""

import asyncio
from pathlib import Path

from incidents.cli.parts.database import migrate_database
from incidents.embedded.postgresql import Embedded
from incidents.support.settings import Settings
from tests.command import incidents
from tests.receiver import receiver
from tests.test_notifications import desk_of, told


def test_what_a_backup_had_to_send_is_not_sent_from_the_restored_database(tmp_path: Path) -> None:
    data, restored, file = tmp_path / "data", tmp_path / "restored", tmp_path / "a.backup"
    embedded = Embedded(data, start_seconds=60)
    embedded.start()
    migrate_database(Settings(), embedded.url)
    asyncio.run(_enqueue(embedded.url, tmp_path))
    embedded.stop()

    assert incidents("backup", "--data", str(data), str(file)).returncode == 0
    assert incidents("restore", "--data", str(restored), str(file)).returncode == 0
    again = Embedded(restored, start_seconds=60)
    again.start()
    states = asyncio.run(_deliver(again.url, tmp_path))
    again.stop()

    assert states == ["dead", "sent"]


async def _enqueue(url: str, folder: Path) -> None:
    async with receiver() as hook, desk_of(url, folder / "signatures.key") as desk:
        await desk.hook(hook)
        await desk.enqueue(told())


async def _deliver(url: str, folder: Path) -> list[str]:
    async with receiver() as hook, desk_of(url, folder / "signatures.key") as desk:
        await desk.hook(hook)
        await desk.enqueue(told(n=1))
        await desk.store.bury(desk.now)
        await desk.courier.drain()
        assert len(hook.requests) == 1
        return [each.state for each in await desk.all()]
