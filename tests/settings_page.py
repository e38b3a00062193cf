"""python -m tests.settings_page: writes the tables of docs/reference/settings.md."""

import re
from pathlib import Path

from incidents.support.environment import ENV_PREFIX
from incidents.support.settings import GROUPS, Settings

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"

_HEAD = "| setting | default | what it is |\n| --- | --- | --- |\n"
_TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def written() -> str:
    """The page as it should be: its prose as it is, its tables as the settings say."""
    before, *sections = re.split(r"^(?=## )", PAGE.read_text(), flags=re.MULTILINE)
    tables = _tables()
    done = []
    for section in sections:
        title = section.splitlines()[0].removeprefix("## ")
        table = tables.pop(title, None)
        done.append(section if table is None else _TABLE.sub(lambda _: table, section, count=1))  # noqa: B023
    assert not tables, f"the page has no section {list(tables)}"
    return before + "".join(done)


def _tables() -> dict[str, str]:
    tables: dict[str, str] = {}
    title = ""
    for name, field in Settings.model_fields.items():
        title = GROUPS.get(name, title)
        default = "" if name == "data" else field.default
        shown = "none" if default in (None, "", ()) else f"`{default}`"
        line = f"| `{ENV_PREFIX}{name.upper()}` | {shown} | {field.description} |\n"
        tables[title] = tables.get(title, _HEAD) + line
    return tables


if __name__ == "__main__":
    PAGE.write_text(written())
