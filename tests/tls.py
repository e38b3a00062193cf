"""Certificates, and a client of TLS that can close its half, which asyncio's cannot."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import trustme


@dataclass
class Identity:
    """A certificate, its private key, and the authority that made it: PEM files."""

    certificate: Path
    private_key: Path
    authority: Path

    @property
    def flags(self) -> list[str]:
        """For `incidents serve`."""
        return [
            *("--tls-certificate", str(self.certificate)),
            *("--tls-private-key", str(self.private_key)),
        ]

    @property
    def settings(self) -> dict[str, Path]:
        return {"tls_certificate": self.certificate, "tls_private_key": self.private_key}

    @property
    def trust(self) -> ssl.SSLContext:
        """For a client."""
        return ssl.create_default_context(cafile=str(self.authority))


def make_identity(folder: Path) -> Identity:
    """A new one, for 127.0.0.1 and localhost."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    made = Identity(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    issued.private_key_pem.write_to_path(made.private_key)
    made.certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(made.authority)
    return made


class TLSWriter:
    """What tests need of asyncio.StreamWriter."""

    def __init__(
        self, raw: asyncio.StreamReader, writer: asyncio.StreamWriter, trust: ssl.SSLContext
    ) -> None:
        self.reader = asyncio.StreamReader()
        self._raw, self._writer = raw, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = trust.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self._pump: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Returns when hands were shaken; reads on from then on."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                if not (data := await self._raw.read(65536)):
                    raise ConnectionResetError from None
                self._incoming.write(data)
        self._flush()
        self.reader.set_transport(self.transport)  # it backoff, where nobody reads
        self._pump = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            while True:
                with suppress(ssl.SSLWantReadError):
                    self._feed()
                    break
                if not (data := await self._raw.read(65536)):
                    break
                self._incoming.write(data)
            self.reader.feed_eof()
        except OSError as error:
            self.reader.set_exception(error)

    def _feed(self) -> None:
        with suppress(ssl.SSLZeroReturnError):
            while data := self._tls.read(65536):
                self.reader.feed_data(data)

    def write(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    async def drain(self) -> None:
        await self._writer.drain()

    def write_eof(self) -> None:
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self._flush()

    def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        self._writer.close()

    async def wait_closed(self) -> None:
        await self._writer.wait_closed()

    def get_extra_info(self, name: str) -> Any:
        return self._writer.get_extra_info(name)

    @property
    def transport(self) -> asyncio.Transport:
        return cast("asyncio.Transport", self._writer.transport)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._writer.write(self._outgoing.read())


async def open_tls(port: int, trust: ssl.SSLContext) -> tuple[asyncio.StreamReader, TLSWriter]:
    """A connection to that port of the loopback address, as asyncio.open_connection gives it."""
    raw, writer = await asyncio.open_connection("127.0.0.1", port)
    client = TLSWriter(raw, writer, trust)
    await client.begin()
    return client.reader, client
