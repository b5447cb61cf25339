"""A flight ends on time, and what was cut short before the first byte can never be sent."""

import socket
import threading
from types import SimpleNamespace

import pytest

from volvenctl.adapters.flight import Flight, TooLateError
from volvenctl.adapters.parallel import Lanes
from volvenctl.adapters.system import RealSystem
from volvenctl.model.outcome import Answered, NoAnswer

BEGIN = "http11.send_request_headers.started"
CONNECTED = "connection.connect_tcp.complete"
POST = {"request": SimpleNamespace(method=b"POST")}
ANSWER = Answered(201, b"{}", complete=True)


class Clock:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


def connected(connection):
    return {"return_value": SimpleNamespace(get_extra_info=lambda _: connection)}


def test_the_answer_of_the_exchange_is_returned():
    assert Flight(RealSystem().clock, 5).run(lambda: ANSWER) is ANSWER


def test_a_first_byte_may_leave_until_the_last_moment_and_not_after(clock):
    flight = Flight(clock, 10, not_after=105)
    clock.at = 105
    flight.trace(BEGIN, POST)
    assert flight.sending_began
    late = Flight(clock, 10, not_after=105)
    clock.at = 105.001
    with pytest.raises(TooLateError):
        late.trace(BEGIN, POST)
    assert not late.sending_began


def test_a_first_byte_may_not_leave_after_the_deadline(clock):
    flight = Flight(clock, 10)
    clock.at = 110.001
    with pytest.raises(TooLateError):
        flight.trace(BEGIN, POST)


def test_a_question_to_a_proxy_is_no_first_byte(clock):
    flight = Flight(clock, 10)
    flight.trace(BEGIN, {"request": SimpleNamespace(method=b"CONNECT")})
    flight.trace("http11.receive_response_headers.started", {})
    assert not flight.sending_began


def test_what_was_cut_short_cannot_begin_to_be_sent(clock):
    flight = Flight(clock, 10)
    flight.cut("why")
    with pytest.raises(TooLateError, match="why"):
        flight.trace(BEGIN, POST)
    assert flight.no_answer("ReadError", "x") == NoAnswer("TooLate", "why", sending_began=False)


def test_a_connection_that_comes_after_the_cut_is_closed(clock):
    flight = Flight(clock, 10)
    flight.cut("why")
    connection = socket.socket()
    with pytest.raises(TooLateError):
        flight.trace(CONNECTED, connected(connection))
    assert connection.fileno() == -1


def test_a_cut_reaches_a_socket_whose_object_was_detached():
    ours, theirs = socket.socketpair()
    flight = Flight(RealSystem().clock, 5)

    def exchange():
        flight.trace(CONNECTED, connected(ours))
        with socket.socket(fileno=ours.detach()) as wrapped:
            flight.trace(BEGIN, POST)
            threading.Timer(0.05, flight.cut, ("why",)).start()
            assert wrapped.recv(1) == b""
            return flight.no_answer("ReadError", "")

    with theirs:
        assert flight.run(exchange) == NoAnswer("DeadlineExceeded", "why", sending_began=True)


def test_a_cut_of_a_connection_that_is_gone_is_no_error(clock):
    ours, theirs = socket.socketpair()
    flight = Flight(clock, 10)
    flight.trace(CONNECTED, connected(ours))
    theirs.close()
    ours.shutdown(socket.SHUT_RDWR)
    flight.cut("why")
    flight.cut("again")
    ours.close()
    flight.run(lambda: ANSWER)


def test_an_exchange_that_hangs_in_a_name_lookup_is_given_up_and_can_never_send():
    release, results = threading.Event(), []
    flight = Flight(RealSystem().clock, 0.05)

    def exchange():
        release.wait(5)
        try:
            flight.trace(BEGIN, POST)
        except TooLateError:
            results.append("held back")
        return ANSWER

    answer = flight.run(exchange)
    assert answer == NoAnswer("TooLate", "no complete answer within 0.05 s", sending_began=False)
    release.set()
    while not results:
        pass
    assert results == ["held back"]


def test_an_error_of_the_network_keeps_its_own_name(clock):
    assert Flight(clock, 10).no_answer("ReadError", "reset") == NoAnswer("ReadError", "reset", sending_began=False)


def test_an_interrupt_of_the_waiting_side_goes_through_and_holds_the_request_back():
    release, results = threading.Event(), []
    readings = iter([100.0, 100.0])

    def interrupted_clock():
        try:
            return next(readings)
        except StopIteration:
            raise KeyboardInterrupt from None

    flight = Flight(interrupted_clock, 5)

    def exchange():
        release.wait(5)
        with pytest.raises(TooLateError):
            flight.trace(BEGIN, POST)
        results.append("held back")
        return ANSWER

    with pytest.raises(KeyboardInterrupt):
        flight.run(exchange)
    release.set()
    while not results:
        pass
    assert not flight.sending_began


def test_without_a_thread_nothing_is_sent(clock, monkeypatch):
    def no_thread(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", no_thread)
    answer = Flight(clock, 10, lanes=Lanes()).run(lambda: ANSWER)
    assert answer == NoAnswer("NotStarted", "can't start new thread", sending_began=False)


def test_hurry_moves_the_deadline_closer_and_never_away(clock):
    flight = Flight(clock, 10)
    flight.hurry(3)
    assert flight.left_s == 3
    flight.hurry(30)
    assert flight.left_s == 3
    with pytest.raises(TooLateError, match="the run is being ended"):
        flight.trace(BEGIN, POST)
