"""Faults of the receiver: one small thing each. What it costs, only channels notice."""

import asyncio
from random import Random

from faults.deployments import Deployment
from faults.rules.receiving import FAILS, FAIR, HANGS, REDIRECTS, SLOW

_AWAY_SECONDS_MAX = 1.5


async def kill_the_receiver(deployment: Deployment, random: Random) -> None:
    """In the middle of a message; it is away for a moment."""
    deployment.receiver.kill()
    await asyncio.sleep(random.uniform(0, _AWAY_SECONDS_MAX))
    await deployment.receiver.start()


async def kill_the_receiver_that_hangs(deployment: Deployment, random: Random) -> None:
    """It has got messages that it never answers, and then it is gone."""
    deployment.receiver.set_mood(HANGS)
    await asyncio.sleep(random.uniform(0.2, _AWAY_SECONDS_MAX))
    deployment.receiver.kill()
    deployment.receiver.set_mood(FAIR)
    await deployment.receiver.start()


async def ill_mannered_receiver(deployment: Deployment, random: Random) -> None:
    """It answers late, or with an error or a redirect, although it got the message."""
    for mood in random.sample([SLOW, FAILS, REDIRECTS], 3):
        deployment.receiver.set_mood(mood)
        await asyncio.sleep(random.uniform(0.2, _AWAY_SECONDS_MAX / 2))
    deployment.receiver.set_mood(FAIR)
