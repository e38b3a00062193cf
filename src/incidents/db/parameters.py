"""The values of a query, and where they stand in its text: a value is never part of the text."""

from collections.abc import Iterable


class Parameters:
    """The values of a query in the order of their numbers, from $1 on."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._sent: dict[tuple[object, str], str] = {}

    def add(self, value: object, type_: str) -> str:
        """The text that stands for the value. Texts are sent once, as they may be long."""
        if isinstance(value, (str, tuple)) and (value, type_) in self._sent:
            return self._sent[value, type_]
        self.values.append(value)
        text = f"${len(self.values)}::{type_}"
        if isinstance(value, (str, tuple)):
            self._sent[value, type_] = text
        return text


class TextParameters(Parameters):
    """Values that all are texts of one array, so that a function can be given any of them.

    `array` is the SQL for that array. PostgreSQL reads each text as its type once for a statement,
    when it plans it.
    """

    def __init__(self, array: str) -> None:
        super().__init__()
        self._array = array
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> list[str]:
        """The values."""
        return list(self._numbers)

    def add(self, value: object, type_: str) -> str:
        """The text that stands for the value."""
        # To read a text as an array would take until the row is looked at (array_in is STABLE).
        if type_.endswith("[]"):
            assert isinstance(value, Iterable)
            elements = [self.add(each, type_.removesuffix("[]")) for each in value]
            return f"ARRAY[{', '.join(elements)}]::{type_}"
        text = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return f"({self._array})[{number}]::{type_}"
