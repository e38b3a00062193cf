"""Why a notification did not get through."""

from incidents.core.errors import ReceiverFailed

_CHARACTERS_MAX = 500


class DeliveryFailed(ReceiverFailed):
    """The receiver did not take it. The message says why, without secrets.

    `after_seconds` is how long the receiver asks to wait, 0 if it does not say.
    """

    def __init__(self, message: str, after_seconds: int = 0) -> None:
        shown = "".join(each if each.isprintable() else " " for each in message)
        super().__init__(shown[:_CHARACTERS_MAX])
        self.after_seconds = after_seconds
