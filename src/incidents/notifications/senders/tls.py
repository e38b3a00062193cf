"""What connections to receivers trust."""

import ssl
from functools import cached_property


class Trust:
    """Verifies certificates and names, as the system does. Read once, when it is first needed."""

    @cached_property
    def context(self) -> ssl.SSLContext:
        """For clients."""
        return ssl.create_default_context()
