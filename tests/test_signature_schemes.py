"""Signatures of webhooks: what each provider documents is valid, and nothing that differs."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256

import pytest

from incidents.auth.signatures.scheme import Headers, Outcome, Scheme, check, is_secret, scheme_in

# Each as its provider's documentation has it: secret, headers, body, and when it was sent.
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    b".803a0bc887a14d10d2c447fce8b6703c"
)


def stripe_of(secret: str, time: int, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"%d.%b" % (time, body), sha256).hex().encode()


EXAMPLES: dict[Scheme, tuple[str, dict[bytes, bytes], bytes, int]] = {
    Scheme.GITHUB: (
        "It's a Secret to Everybody",
        {
            b"x-hub-signature-256": b"sha256="
            b"757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        },
        b"Hello, World!",
        0,
    ),
    Scheme.SLACK: (
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            b"x-slack-request-timestamp": b"1531420618",
            b"x-slack-signature": b"v0="
            b"a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        SLACK_BODY,
        1531420618,
    ),
    Scheme.STANDARD_WEBHOOKS: (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            b"webhook-id": b"msg_p5jXN8AQM9LWM0D4loKWxJek",
            b"webhook-timestamp": b"1614265330",
            b"webhook-signature": b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
        1614265330,
    ),
    # Stripe has no example with a secret: this is its description, step by step.
    Scheme.STRIPE: (
        "whsec_test",
        {b"stripe-signature": b"t=1492774577,v1=" + stripe_of("whsec_test", 1492774577, b"{}")},
        b"{}",
        1492774577,
    ),
}
TIMED = [scheme for scheme in Scheme if scheme is not Scheme.GITHUB]


@pytest.mark.parametrize("scheme", Scheme)
def test_what_is_documented_is_valid(scheme: Scheme) -> None:
    secret, headers, body, now = EXAMPLES[scheme]

    assert check(scheme, [secret], headers, body, now) is Outcome.VALID
    assert check(scheme, ["AAAA", secret], headers, body, now) is Outcome.VALID
    assert scheme_in(headers) is scheme
    assert is_secret(scheme, secret)


@pytest.mark.parametrize("scheme", Scheme)
def test_what_differs_is_not(scheme: Scheme) -> None:
    secret, headers, body, now = EXAMPLES[scheme]

    def outcome(headers: Headers, body: bytes = body, secret: str = secret) -> Outcome:
        return check(scheme, [secret], headers, body, now)

    assert outcome(headers, body + b" ") is Outcome.INVALID
    assert outcome(headers, secret="AAAAAAAA") is Outcome.INVALID
    for name, value in headers.items():
        missing = {each: headers[each] for each in headers if each != name}
        assert outcome(missing) is Outcome.MISSING
        for wrong in (b"", b"\xff", value[:-1], value + b"0", value[::-1]):
            assert outcome({**headers, name: wrong}) is Outcome.INVALID
    assert outcome({}) is Outcome.MISSING
    assert check(scheme, [], headers, body, now) is Outcome.INVALID


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-301, "invalid"), (-299, "valid"), (299, "valid"), (301, "invalid")],
)
def test_it_is_valid_for_5_minutes(scheme: Scheme, seconds: int, expected: str) -> None:
    secret, headers, body, now = EXAMPLES[scheme]

    assert check(scheme, [secret], headers, body, now + seconds) == expected


def test_one_of_several_signatures_is_enough_and_their_number_is_bounded() -> None:
    secret, headers, body, now = EXAMPLES[Scheme.STANDARD_WEBHOOKS]
    right = headers[b"webhook-signature"]

    def with_others(number: int) -> Outcome:
        given = b" ".join([b"v1a,xyz", *[b"v1,AAAA"] * number, right])
        return check(
            Scheme.STANDARD_WEBHOOKS, [secret], {**headers, b"webhook-signature": given}, body, now
        )

    assert with_others(2) is Outcome.VALID
    assert with_others(1000) is Outcome.INVALID
    rolled = b"t=9,v1=00,v0=xx, v1=" + stripe_of("s", 9, b"{}")
    assert check(Scheme.STRIPE, ["s"], {b"stripe-signature": rolled}, b"{}", 9) is Outcome.VALID
    old = b"t=9,v0=" + stripe_of("s", 9, b"{}")
    assert check(Scheme.STRIPE, ["s"], {b"stripe-signature": old}, b"{}", 9) is Outcome.INVALID


def test_a_secret_of_standard_webhooks_is_base64() -> None:
    assert is_secret(Scheme.STANDARD_WEBHOOKS, b64encode(b"secret").decode())
    assert not is_secret(Scheme.STANDARD_WEBHOOKS, "no base64!")
    assert not is_secret(Scheme.STANDARD_WEBHOOKS, "whsec_")
    assert json.dumps([*Scheme]) == '["github", "stripe", "slack", "standard-webhooks"]'
