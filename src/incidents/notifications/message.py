"""A message to one channel, as its sender needs it."""

import json
from functools import cached_property
from typing import Any


class Message:
    """`id` is the same in all attempts; `payload` is JSON text, as a webhook gets it."""

    def __init__(self, id_: str, payload: str) -> None:
        self.id = id_
        self.payload = payload

    @cached_property
    def content(self) -> dict[str, Any]:
        """The payload's object."""
        found: dict[str, Any] = json.loads(self.payload)
        return found

    @property
    def data(self) -> dict[str, Any]:
        """What was observed: `title`, `text`, `url` and more."""
        found: dict[str, Any] = self.content["data"]
        return found

    @property
    def is_resolved(self) -> bool:
        """Whether it is an all-clear."""
        return str(self.content["type"]).endswith(".resolved")

    @property
    def title(self) -> str:
        """One line, without control characters."""
        said = str(self.data.get("title") or self.data.get("rule") or self.content["type"])
        return " ".join(said.split())

    @property
    def text(self) -> str:
        """What follows the title: the text, if there is one, and the link."""
        parts = (self.data.get("text"), self.data.get("url"))
        return "\n\n".join(str(each) for each in parts if each)
