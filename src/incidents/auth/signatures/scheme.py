"""Whether a webhook's signature is valid, by its provider's scheme.

Each is an HMAC-SHA256 over the body as it came, with a secret that provider and receiver share.
Where the provider signs a time it must be within 5 minutes: what was recorded is not sent again.

- GitHub: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
- Stripe: https://docs.stripe.com/webhooks#verify-manually
- Slack: https://docs.slack.dev/authentication/verifying-requests-from-slack
- Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

_SECONDS_MAX = 5 * 60
# Signatures of one header that are checked: providers send two while a secret is rotated.
_SIGNATURES_MAX = 8
_DIGITS_MAX = 12
# The old and the new one during a rotation.
SECRETS_MAX = 2
_WHSEC = "whsec_"

Headers = Mapping[bytes, bytes]


class Scheme(StrEnum):
    """The providers' schemes, by the names that `--verify` takes."""

    GITHUB = "github"
    STRIPE = "stripe"
    SLACK = "slack"
    STANDARD_WEBHOOKS = "standard-webhooks"


class Outcome(StrEnum):
    """The result of a check. `missing`: some headers that the scheme needs are missing."""

    VALID = "valid"
    INVALID = "invalid"
    MISSING = "missing"


class _Signed(NamedTuple):
    """From the headers: the signatures, what was signed before the body, and when, if given."""

    signatures: Sequence[bytes]
    prefix: bytes = b""
    time: bytes | None = None


def check(
    scheme: Scheme, secrets: Sequence[str], headers: Headers, body: bytes, now: float
) -> Outcome:
    """Valid if one of the signatures was made with one of the secrets. `now` is Unix time.

    Comparisons take constant time. With SECRETS_MAX secrets the time depends on headers and body
    alone, so it reveals nothing about the secrets.
    """
    way = _WAYS[scheme]
    signed = way.read(headers)
    if signed is None:
        return Outcome.MISSING
    found = False
    for secret in secrets:
        mac = hmac.digest(way.key_of(secret), signed.prefix + body, sha256)
        right = way.write(mac)
        for each in signed.signatures[:_SIGNATURES_MAX]:
            found |= hmac.compare_digest(each, right)
    is_now = signed.time is None or _is_near(signed.time, now)
    return Outcome.VALID if found and is_now else Outcome.INVALID


def scheme_in(headers: Headers) -> Scheme | None:
    """The scheme whose headers are present; None if there is no signature."""
    return next((scheme for scheme in Scheme if _WAYS[scheme].read(headers) is not None), None)


def is_secret(scheme: Scheme, secret: str) -> bool:
    """Whether it is a valid secret of that scheme."""
    try:
        return bool(_WAYS[scheme].key_of(secret))
    except ValueError:
        return False


def _is_near(time: bytes, now: float) -> bool:
    if not (time.isdigit() and len(time) <= _DIGITS_MAX):
        return False
    return abs(int(time) - now) <= _SECONDS_MAX


def _hex(mac: bytes) -> bytes:
    return mac.hex().encode()


def _base64_key(secret: str) -> bytes:
    return b64decode(secret.removeprefix(_WHSEC), validate=True)


def _read_github(headers: Headers) -> _Signed | None:
    given = headers.get(b"x-hub-signature-256")
    return None if given is None else _Signed([given.removeprefix(b"sha256=")])


def _read_slack(headers: Headers) -> _Signed | None:
    given, time = headers.get(b"x-slack-signature"), headers.get(b"x-slack-request-timestamp")
    if given is None or time is None:
        return None
    return _Signed([given.removeprefix(b"v0=")], b"v0:%b:" % time, time)


def _read_stripe(headers: Headers) -> _Signed | None:
    given = headers.get(b"stripe-signature")
    if given is None:
        return None
    parts = [each.strip().partition(b"=") for each in given.split(b",")]
    times = [value for name, _, value in parts if name == b"t"]
    time = times[0] if times else b""
    return _Signed([value for name, _, value in parts if name == b"v1"], b"%b." % time, time)


def _read_standard(headers: Headers) -> _Signed | None:
    names = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
    id_, time, given = (headers.get(name) for name in names)
    if id_ is None or time is None or given is None:
        return None
    parts = [each.partition(b",") for each in given.split()]
    signatures = [value for version, _, value in parts if version == b"v1"]
    return _Signed(signatures, b"%b.%b." % (id_, time), time)


class _Way(NamedTuple):
    """How a scheme reads its headers, decodes its secrets, and writes an HMAC."""

    read: Callable[[Headers], _Signed | None]
    key_of: Callable[[str], bytes]
    write: Callable[[bytes], bytes]


_WAYS = {
    Scheme.GITHUB: _Way(_read_github, str.encode, _hex),
    Scheme.STRIPE: _Way(_read_stripe, str.encode, _hex),
    Scheme.SLACK: _Way(_read_slack, str.encode, _hex),
    Scheme.STANDARD_WEBHOOKS: _Way(_read_standard, _base64_key, b64encode),
}
