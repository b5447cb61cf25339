"""The platform over HTTP, and the embedded sandbox through the same code. The only module that knows httpx.

Each request has a connection of its own: a connection kept alive may be closed by the other side just as the next
request leaves, and nobody can tell then what became of it. Redirects are never followed, certificates
are always verified, proxies of the environment are used except for loopback.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Final, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx

from volvenctl import __version__
from volvenctl.adapters.flight import Flight, TooLateError
from volvenctl.adapters.parallel import results_of
from volvenctl.adapters.read_policy import read_error, wait_before_retry
from volvenctl.errors import ConfigError, PlatformError
from volvenctl.model.catalog import Account, LiveStrategy, Product
from volvenctl.model.names import AttemptId, ExchangeCode
from volvenctl.model.outcome import Answer, Answered, NoAnswer, Request
from volvenctl.model.project import ApiSettings
from volvenctl.ports import System
from volvenctl.wire import platform_api
from volvenctl.wire.api_url import ApiUrl, read_api_url
from volvenctl.wire.content_coding import BodyReader
from volvenctl.wire.moments import seconds_ahead

for _name in ("httpx", "httpcore"):  # their log lines carry URLs and headers
    logging.getLogger(_name).setLevel(logging.CRITICAL)

_SANDBOX_URL: Final = "http://sandbox.invalid"
_TRIES = 3
_BUDGET_IN_TIMEOUTS = 3
_BACKOFF_S = 0.2
_SLICE_S = 1.0
_MOST_READS_AT_ONCE = 6
_SHORTEST_SECRET = 8
"""A token shorter than this is not looked for in answers: it would be found in every other word."""
_SPEAKING = (httpx.NetworkError, httpx.TimeoutException, httpx.ProxyError, httpx.RemoteProtocolError)
"""Errors whose text is about the network; any other may quote what we sent."""
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"volvenctl/{__version__}",
}

_PROXY_HINT = "look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class _Letter:
    """A request with what is particular to its sending."""

    request: Request
    headers: Mapping[str, str]
    limit: int
    """Most bytes of the answer's body that are read."""


class SandboxTransport(httpx.BaseTransport):
    """Answers requests in process, with the same last moment before the first byte as a connection has."""

    def __init__(self, answer: Callable[[Request], Answered]) -> None:
        """Ask `answer` instead of a server."""
        self._answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the simulated answer to `request`."""
        content = request.read()
        request.extensions["trace"]("http11.send_request_headers.started", {"request": request})
        path = request.url.raw_path.decode("ascii")
        reply = self._answer(Request(request.method, path, content.decode("utf-8", "surrogateescape")))
        headers = {"Retry-After": reply.retry_after, "Location": reply.location, "Content-Type": "application/json"}
        return httpx.Response(
            reply.status,
            headers={key: value for key, value in headers.items() if value},
            stream=httpx.ByteStream(reply.body),
        )


class HttpPlatform:
    """The platform's HTTP API (`ports.Platform`). May be used by several threads at once."""

    def __init__(
        self,
        api: ApiSettings,
        token: str | None,
        system: System,
        transport: httpx.BaseTransport | None = None,
        headers: Mapping[str, str] = _HEADERS,
    ) -> None:
        """Reach the API of `api`; through `transport`, if one is given, instead of the network.

        Raises:
            ConfigError: the URL or the certificates cannot be used.
        """
        self._url = read_api_url(api.url if transport is None else _SANDBOX_URL)
        self._api = api
        self._token = token
        self._system = system
        self._headers = headers
        self._is_sandbox = transport is not None
        self._transport = transport or _open_transport(self._url)
        self._addresses: dict[str, httpx.URL] = {}
        self._flights: set[Flight] = set()
        self._hurried = False
        self._skew_s: float | None = None
        self._lock = threading.RLock()  # a signal may ask to hurry while this thread is at it

    def accounts(self) -> tuple[Account, ...]:
        """Return the user's exchange accounts."""
        return self._read("accounts", platform_api.accounts_request(), platform_api.read_accounts)

    def products(self, exchanges: Sequence[ExchangeCode]) -> tuple[Product, ...]:
        """Return the products of these exchanges in their order; of all in one call for an empty sequence."""
        wanted: Sequence[ExchangeCode | None] = tuple(dict.fromkeys(exchanges)) or (None,)
        lists = results_of([partial(self._products_of, exchange) for exchange in wanted], _MOST_READS_AT_ONCE)
        return tuple(product for products in lists for product in products)

    def find(self) -> tuple[LiveStrategy, ...]:
        """Return the user's root strategies."""
        return self._read("find", platform_api.find_request(), platform_api.read_strategies)

    def send(self, request: Request, attempt_id: AttemptId, not_after: float) -> Answer:
        """Send `request` once, on a connection of its own, and return what came back.

        Nothing is sent once `System.clock()` is past `not_after`, the deadline, or after `hurry`.
        """
        key = {} if self._api.idempotency_header == "none" else {"Idempotency-Key": attempt_id}
        return self._perform(_Letter(request, key, platform_api.MAX_SEND_BODY), self._api.timeout_s, not_after)

    def hurry(self, within_s: float) -> None:
        """Give requests in flight at most this much longer, and begin none any more."""
        with self._lock:
            self._hurried = True
            for flight in tuple(self._flights):
                flight.hurry(within_s)

    def clock_skew_s(self) -> float | None:
        """Return how far our clock was ahead at the last answer to a read that gave the time."""
        return self._skew_s

    def _products_of(self, exchange: ExchangeCode | None) -> tuple[Product, ...]:
        read = partial(platform_api.read_products, exchange=exchange)
        return self._read("products", platform_api.products_request(exchange), read)

    def _read(self, call: str, request: Request, read: Callable[[bytes], _Value]) -> _Value:
        where = f"{call}: {request.method} {'sandbox:' if self._is_sandbox else self._url.text}{request.path}"
        answer = self._answer_to_read(request)
        if isinstance(answer, Answered) and answer.date:
            self._skew_s = seconds_ahead(self._system.now(), answer.date)
        if isinstance(answer, Answered) and answer.status == httpx.codes.OK and answer.complete:
            try:
                return read(answer.body)
            except PlatformError as error:
                raise PlatformError(f"{error.message} ({where})", hint=error.hint) from None
        raise read_error(call, where, answer)

    def _answer_to_read(self, request: Request) -> Answer:
        """Return the first answer that is not worth another try, or the last one within tries and budget."""
        letter = _Letter(request, {}, platform_api.MAX_READ_BODY)
        clock = self._system.clock
        ends_at = clock() + _BUDGET_IN_TIMEOUTS * self._api.timeout_s
        number = 0
        while True:
            number += 1
            answer = self._perform(letter, min(self._api.timeout_s, ends_at - clock()), inf)
            wait_s = wait_before_retry(answer, _BACKOFF_S * 2**number * (1 + self._system.jitter()))
            if wait_s is None or number == _TRIES or self._hurried or clock() + wait_s >= ends_at:
                return answer
            self._wait(wait_s)

    def _wait(self, wait_s: float) -> None:
        """Wait in slices, so that a run that is being ended need not wait for the rest."""
        while wait_s > 0 and not self._hurried:
            self._system.sleep(min(wait_s, _SLICE_S))
            wait_s -= _SLICE_S

    def _perform(self, letter: _Letter, timeout_s: float, not_after: float) -> Answer:
        with self._flight(timeout_s, not_after) as flight:
            return flight.run(partial(self._exchange, letter, flight))

    @contextmanager
    def _flight(self, timeout_s: float, not_after: float) -> Iterator[Flight]:
        flight = Flight(self._system.clock, timeout_s, not_after)
        with self._lock:
            self._flights.add(flight)
            if self._hurried:
                flight.hurry(0)
        try:
            yield flight
        finally:
            with self._lock:
                self._flights.discard(flight)

    def _exchange(self, letter: _Letter, flight: Flight) -> Answer:
        answer: Answer | None = None
        started = False
        try:
            message = self._message(letter, flight)
            started = True
            response = self._transport.handle_request(message)
            answer = self._without_token(_answered(response, letter.limit))
            response.close()
        # A create's outcome: whatever goes wrong here, foreseen or not, must become a value that says whether a
        # byte may have left. An error that escaped would be a launch that nobody recorded.
        except Exception as error:  # noqa: BLE001 - see above
            answer = answer or self._failure(error, flight, started=started)
        return answer

    def _failure(self, error: Exception, flight: Flight, *, started: bool) -> NoAnswer:
        if isinstance(error, TooLateError):
            return NoAnswer("TooLate", str(error), sending_began=False)
        text = str(error) if isinstance(error, _SPEAKING) else ""
        token = self._token or ""
        detail = text.replace(token, "***") if len(token) >= _SHORTEST_SECRET else text
        return flight.no_answer(type(error).__name__ if started else "NotStarted", detail or type(error).__name__)

    def _message(self, letter: _Letter, flight: Flight) -> httpx.Request:
        headers = {**self._headers, **letter.headers}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        if letter.request.body:
            headers["Content-Type"] = "application/json"
        return httpx.Request(
            letter.request.method,
            self._address_of(letter.request.path),
            content=letter.request.body.encode("ascii"),
            headers=headers,
            extensions={"trace": flight.trace, "timeout": httpx.Timeout(flight.left_s).as_dict()},
        )

    def _address_of(self, path: str) -> httpx.URL:
        """Return the URL of a path, parsed once: parsing is a tenth of the cost of a request."""
        if path not in self._addresses:
            self._addresses[path] = httpx.URL(self._url.text + path)
        return self._addresses[path]

    def _without_token(self, answer: Answered) -> Answered:
        """Return `answer` with the token blotted out, should the other side have echoed it."""
        token = self._token or ""
        if len(token) < _SHORTEST_SECRET:
            return answer
        body = answer.body.replace(token.encode(), b"***")
        return replace(answer, body=body, location=answer.location.replace(token, "***"))


def open_http(api: ApiSettings, token: str, system: System) -> HttpPlatform:
    """Return the platform at `api.url`. Whether the token may go there is decided by `find_token`."""
    return HttpPlatform(api, token, system)


def open_sandbox(api: ApiSettings, system: System, answer: Callable[[Request], Answered]) -> HttpPlatform:
    """Return a platform that asks `answer`; no network and no token is involved."""
    return HttpPlatform(api, None, system, SandboxTransport(answer))


def open_receiver(api: ApiSettings, headers: Mapping[str, str], system: System) -> HttpPlatform:
    """Return what sends to a receiver of notifications: with `headers` of its own, and never with a token."""
    return HttpPlatform(api, None, system, headers={**_HEADERS, **headers})


def _open_transport(url: ApiUrl) -> httpx.BaseTransport:
    """Return what makes a connection for each request and keeps none alive.

    It follows no redirect, sends no request twice, and keeps no cookie.
    """
    certificates = _certificates(secure=url.scheme == "https")
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    try:
        return httpx.HTTPTransport(verify=certificates, trust_env=False, limits=limits, proxy=_proxy_for(url))
    except (ValueError, httpx.InvalidURL, ImportError) as error:
        # The text may quote the proxy's address, and with it a password.
        raise ConfigError("the proxy settings of the environment cannot be used", hint=_PROXY_HINT) from error


def _proxy_for(url: ApiUrl) -> str | None:
    """Return the proxy that the environment names for `url`; none for loopback, or where NO_PROXY says so."""
    if url.is_loopback or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _certificates(*, secure: bool) -> ssl.SSLContext:
    if not secure:  # plain http, on loopback: trusts nobody, and costs nothing to make
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigError(f"the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}") from error


def _answered(response: httpx.Response, limit: int) -> Answered:
    """Return the answer with its body, as far as that arrives within the limit."""
    headers = response.headers
    reader = BodyReader(headers.get("Content-Encoding", ""), limit)
    arrived = False
    try:
        for chunk in response.iter_raw():
            reader.add(chunk)
            if not reader.wants_more:
                break
        arrived = True
    except httpx.HTTPError:  # a status line is worth keeping, whatever became of the body
        arrived = False
    return Answered(
        response.status_code,
        reader.body,
        arrived and reader.complete,
        headers.get("Retry-After", ""),
        headers.get("Location", ""),
        headers.get("Date", ""),
    )
