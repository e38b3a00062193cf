"""A channel: where notifications go, as its file or an API request says it.

{"webhook": {"url": "https://ops.example/in", "secret": "whsec_…"}, "fallback": "mail"}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from incidents.core.api_key import is_name
from incidents.core.errors import BadParameter
from incidents.core.incident import REDACTED
from incidents.notifications.channel_fields import KINDS

# Messages that a channel gets in a minute; what is more is joined into one.
PER_MINUTE = 30
_PER_MINUTE_MAX = 1000
_OPTIONS = ("fallback", "per_minute")


@dataclass(frozen=True, slots=True)
class Channel:
    """Checked. `fields` are those of its kind, secrets included: it is never logged."""

    name: str
    kind: str
    fields: Mapping[str, Any]
    fallback: str | None = None
    per_minute: int = PER_MINUTE

    def __repr__(self) -> str:
        """Without secrets."""
        return f"Channel({self.name!r}, {self.redacted()!r})"

    def redacted(self) -> dict[str, Any]:
        """The object that it was made of, without secrets."""
        return self._object({**self.fields, **dict.fromkeys(self.secrets, REDACTED)})

    @property
    def secrets(self) -> dict[str, Any]:
        """The fields that are encrypted and not shown."""
        kind = KINDS[self.kind]
        return {name: value for name, value in self.fields.items() if kind[name].is_secret}

    @property
    def keeps_secrets(self) -> bool:
        """Whether a secret is `[redacted]`: it stands for what is stored."""
        return REDACTED in self.secrets.values()

    def keeping_secrets_of(self, stored: Self | None) -> "Channel":
        """The same, with each `[redacted]` replaced by what is stored. Raises BadParameter."""
        kept = dict(self.fields)
        for name, value in self.secrets.items():
            if value == REDACTED:
                if stored is None or stored.kind != self.kind or name not in stored.fields:
                    raise BadParameter(
                        f"channels.{self.name}.{self.kind}.{name}",
                        f"{REDACTED} keeps what is stored, and nothing is: send the secret",
                    )
                kept[name] = stored.fields[name]
        return replace(self, fields=kept)

    def masked(self, text: str) -> str:
        """The text without this channel's secrets: receivers may repeat what they were sent."""
        for each in sorted(map(str, self._secret_pieces()), key=len, reverse=True):
            text = text.replace(each, REDACTED)
        return text

    def _secret_pieces(self) -> Iterator[str]:
        """The secrets, and what of them can appear alone: tokens, and passwords of URLs."""
        for value in self.secrets.values():
            for each in value if isinstance(value, list) else [value]:
                yield each
                yield each.rpartition(" ")[2]
                if password := _password(each):
                    yield password

    def _object(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {self.kind: dict(fields), **dict(self._options())}

    def _options(self) -> Iterator[tuple[str, Any]]:
        if self.fallback is not None:
            yield "fallback", self.fallback
        if self.per_minute != PER_MINUTE:
            yield "per_minute", self.per_minute


def parse_channel(name: str, said: Any) -> Channel:
    """The channel of that name. Raises BadParameter, which names the place in the file.

    A secret may be `[redacted]`: see `keeping_secrets_of`.
    """
    place = f"channels.{name[:80]}"
    if not is_name(name):
        raise BadParameter(
            place,
            "a name is 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a "
            "letter or a digit",
        )
    kind = _kind_of(place, said)
    fields = _checked(f"{place}.{kind}", kind, said[kind])
    fallback, per_minute = said.get("fallback"), said.get("per_minute", PER_MINUTE)
    if fallback is not None and (not isinstance(fallback, str) or fallback == name):
        raise BadParameter(f"{place}.fallback", "it is the name of another channel")
    if type(per_minute) is not int or not 1 <= per_minute <= _PER_MINUTE_MAX:
        raise BadParameter(
            f"{place}.per_minute", f"it is a whole number from 1 to {_PER_MINUTE_MAX}"
        )
    return Channel(name, kind, fields, fallback, per_minute)


def _password(text: str) -> str:
    try:
        return unquote(urlsplit(text).password or "")
    except ValueError:
        return ""


def _kind_of(place: str, said: Any) -> str:
    right = f"it is one of {', '.join(KINDS)}, such as {{email: {{to: [ops@example.com]}}}}"
    if not isinstance(said, dict):
        raise BadParameter(place, f"a channel is an object; {right}")
    for each in said:
        if each not in KINDS and each not in _OPTIONS:
            raise _unknown(f"{place}.{each}", str(each), (*KINDS, *_OPTIONS))
    kinds = [each for each in said if each in KINDS]
    if len(kinds) != 1:
        raise BadParameter(place, f"a channel has one kind, not {len(kinds)}; {right}")
    return str(kinds[0])


def _checked(place: str, kind: str, said: Any) -> dict[str, Any]:
    known = KINDS[kind]
    if not isinstance(said, dict):
        raise BadParameter(place, f"it is an object with {', '.join(known)}")
    for name in said:
        if name not in known:
            raise _unknown(f"{place}.{name}", str(name), tuple(known))
    return dict(_values(place, kind, said))


def _values(place: str, kind: str, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, field in KINDS[kind].items():
        value = said.get(name)
        if value is None and not field.is_needed:
            continue
        if field.is_secret and value == REDACTED:
            yield name, value
            continue
        try:
            yield name, field.check(value)
        except ValueError as error:
            raise BadParameter(f"{place}.{name}", f"it is {error}") from error


def _unknown(place: str, name: str, known: tuple[str, ...]) -> BadParameter:
    near = get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    return BadParameter(place[:160], f"unknown; {meant}known are: {', '.join(known)}")
