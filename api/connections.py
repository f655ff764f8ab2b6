"""Connections as the server reads them: a request's head that is too long, or too slow, is refused before it is held.

The parser holds a header until its end, however long it is, and looks at no clock; the library leaves that to whoever
stands in front of it. Answers here are problems like all others; bodies are the middleware's to count. And whoever is
answered before his body is here gets the answer: closed at once, his system would throw it away. Whoever does not take
his answer is let go of.
"""

from asyncio import AbstractEventLoop, BaseTransport, TimerHandle, Transport
from http import HTTPStatus
from typing import Any, Final, cast

from starlette.requests import HTTPConnection
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.error_kinds import AddressTooLong, HeadTooLarge, MalformedRequest, TooSlow
from api.errors import answer, request_id
from api.middleware import SECURITY_HEADERS
from models.errors import ReadoutError

ADDRESS_BYTES_MAX: Final = 32 << 10
HEAD_BYTES_MAX: Final = 64 << 10
"""Of all headers together, and of the part of one that is held unread."""
HEADERS_MAX: Final = 200
HEAD_SECONDS: Final = 10.0
"""From the opening of a connection, or the first byte of a further request, until its head is there."""
LINGER_SECONDS: Final = 1.0
"""How long a client that has its answer may go on sending what nobody reads."""
UNREAD_SECONDS: Final = 15.0
"""A client that takes nothing of its answer for so long has it no more."""


class Connection(HttpToolsProtocol):
    """One connection, with limits on what comes before a body."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        """Waits for a request."""
        super().__init__(config, server_state, app_state, _loop)
        self._unread = 0
        self._head_bytes = 0
        self._awaits_head = True
        self._late: TimerHandle | None = None
        self._fault: ReadoutError | None = None
        self._parted = False
        self._unsent: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Begins to wait for a request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing more."""
        self._stop_waiting()
        if self._unsent is not None:
            self._unsent.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, unless too much has come of which nothing could be made."""
        if self._parted:
            return
        self._unread += len(data)
        super().data_received(data)
        if self._unread > HEAD_BYTES_MAX:
            self._refuse(HeadTooLarge())
        elif self._awaits_head and self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        """Begins a request."""
        super().on_message_begin()
        self._head_bytes = self._unread = 0

    def on_url(self, url: bytes) -> None:
        """Takes a part of the address."""
        super().on_url(url)
        self._unread = 0
        if len(self.url) > ADDRESS_BYTES_MAX:
            self._break_off(AddressTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header, or a trailer."""
        super().on_header(name, value)
        self._unread = 0
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES_MAX or len(self.headers) > HEADERS_MAX:
            self._break_off(HeadTooLarge())

    def on_headers_complete(self) -> None:
        """Hands the request on; its body is not waited for here."""
        self._unread = 0
        self._awaits_head = False
        self._stop_waiting()
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.transport = cast("Transport", _Parting(self))

    def on_body(self, body: bytes) -> None:
        """Takes a part of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends the request, trailers included."""
        self._unread = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Waits for the next request; the library sees to those that send nothing of one."""
        if self._unsent is None:
            self._see_it_taken()
        if not self._parted:
            self._awaits_head = True
            super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP, or was broken off, as a problem."""
        self._refuse(self._fault or MalformedRequest())

    def _break_off(self, error: ReadoutError) -> None:
        self._fault = error
        # The parser stops, and the library asks for the answer to what it cannot read.
        raise ValueError

    def _give_up(self) -> None:
        self._late = None
        if self.cycle is not None and not self.cycle.response_complete:
            return
        if self.scope is None or self.scope.get("method"):
            # Nothing of a request has come: whoever opened the connection in advance expects no answer.
            self.transport.close()
        else:
            self._refuse(TooSlow())

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, error: ReadoutError) -> None:
        if self._parted:
            return
        self._parted = True
        cycle = self.cycle
        begun = cycle is not None and cycle.response_started and not cycle.response_complete
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        if begun or self.transport.is_closing():
            self.transport.close()
            return
        self.transport.write(_written(error))
        self._linger()

    def part(self) -> None:
        """Closes the connection when an answer is out; a client that still sends a body hears it first."""
        if self.cycle.more_body:
            self._linger()
        else:
            self.transport.close()

    def _see_it_taken(self, left: int = 0) -> None:
        """Lets go of an answer of which nothing is taken any more: the library would hold it for ever."""
        self._unsent = None
        size = self.transport.get_write_buffer_size()
        if size and size == left:
            self.transport.abort()
        elif size:
            self._unsent = self.loop.call_later(UNREAD_SECONDS, self._see_it_taken, size)

    def _linger(self) -> None:
        self._parted = True
        self._stop_waiting()
        self.flow.resume_reading()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


class _Parting:
    """The transport as an answer has it: what it closes is closed with care."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.transport.write(data)

    def is_closing(self) -> bool:
        return self._connection.transport.is_closing()

    def close(self) -> None:
        self._connection.part()


def _written(error: ReadoutError) -> bytes:
    """Returns an answer as it goes over the wire, of a request that nobody else has seen."""
    request = HTTPConnection({"type": "http", "headers": []})
    sent = answer(request, error, {**SECURITY_HEADERS, "X-Request-ID": request_id(request), "Connection": "close"})
    fields = b"".join(name + b": " + value + b"\r\n" for name, value in sent.raw_headers)
    status = HTTPStatus(sent.status_code)
    return f"HTTP/1.1 {status} {status.phrase}\r\n".encode() + fields + b"\r\n" + bytes(sent.body)
