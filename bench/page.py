"""python -m bench.page: how long after an answer its first results are on the screen."""

import json
import shutil
from itertools import zip_longest
from pathlib import Path
from random import Random

import click
from playwright.sync_api import Page, sync_playwright

from bench import database, machine
from bench.failed import Failed
from bench.find.generator import rows
from bench.find.load import fill
from bench.find.measure import percentile
from bench.find.questions import Class, classes
from bench.find.server import serving_at
from bench.process import HOST
from bench.table import render

_SEED = 1
_SCRIPT = Path(__file__).with_name("page.js")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_WIDE = {"width": 1280, "height": 800}
_TARGET_MS = 100
_HEAD = ("class", "finds", "answer p50", "p99", "on screen p50", "p99", "longest", "slower")

# Milliseconds: from the question to the first byte of the answer, from there to the screen.
Times = tuple[float, float]


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--size", default=10_000_000, type=click.IntRange(10_000), help="Incidents.")
@click.option("--finds", default=50, type=click.IntRange(2), help="Of each class.")
@click.option(
    "--data",
    default=Path(__file__).parents[1] / ".bench" / "find",
    show_default=".bench/find",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the databases of bench.find are; one is filled where it is missing.",
)
def page(size: int, finds: int, data: Path) -> None:
    """Measure the page in a headless Chromium: from the answer of a find to the screen.

    Asks what `python -m bench.find` asks, each by typing an example that has matches.
    """
    described = machine.describe()
    with database.postgresql(data) as server:
        url = fill(server, _SEED, size)
        with serving_at(url, data) as port:
            found = _measure(port, _asked(size, finds))
    click.echo(f"{described}; {size:,} incidents, headless Chromium; milliseconds.\n")
    click.echo(render(_HEAD, [_row(name, times) for name, times in found.items()], {0}))
    click.echo(f"\nslower: later than {_TARGET_MS} ms after the first byte of the answer.")


def _asked(size: int, finds: int) -> list[Class]:
    rng = Random(_SEED)  # noqa: S311 - not for secrets
    sample = [next(rows(_SEED, size, each, each)) for each in rng.sample(range(1, size + 1), finds)]
    asked = classes(_SEED, size, sample, finds)
    return [
        each for each in asked if not each.questions[0].parameters and each.questions[0].example
    ]


def _measure(port: int, asked: list[Class]) -> dict[str, list[Times]]:
    """The classes in turns, so that none has the machine at a better time."""
    found: dict[str, list[Times]] = {each.name: [] for each in asked}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=["--no-sandbox"])
        opened = browser.new_page(viewport=_WIDE)  # type: ignore[arg-type] # a ViewportSize
        opened.add_init_script(path=_SCRIPT)
        opened.goto(f"http://{HOST}:{port}/?show=incidents")
        opened.wait_for_selector("#results li")
        for turn in zip_longest(
            *([(each.name, q.example) for q in each.questions] for each in asked)
        ):
            for name, example in filter(None, turn):
                if (times := _find(opened, json.dumps(example))) is not None:
                    found[name].append(times)
        browser.close()
    return {name: times for name, times in found.items() if times}


def _find(opened: Page, example: str) -> Times | None:
    """None where nothing matches."""
    # Not awaited here: it comes true with what is typed next.
    opened.evaluate("void (globalThis.found = nextFind())")
    opened.fill("#field", example)
    opened.press("#field", "Enter")
    times = opened.evaluate("found")
    if times is None:
        return None
    return times["first"] - times["asked"], times["painted"] - times["first"]


def _browser() -> str:
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise Failed("there is no Chromium: install your distribution's (apt-get install chromium)")
    return found


def _row(name: str, times: list[Times]) -> tuple[str, ...]:
    answers, screens = zip(*times, strict=True)
    figures = [
        *(percentile(answers, 50), percentile(answers, 99)),
        *(percentile(screens, 50), percentile(screens, 99), max(screens)),
    ]
    slower = sum(each > _TARGET_MS for each in screens)
    return name, str(len(times)), *(f"{each:.0f}" for each in figures), str(slower)


if __name__ == "__main__":
    page(prog_name="python -m bench.page")
