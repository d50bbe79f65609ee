"""The feed over a real socket: attach, backfill, a stopped reader, a wrong key, a mute peer, a restarted engine."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app import clock
from monitor_app.core.commands import PauseSound, Reply
from monitor_app.core.snapshot import WaveChunk
from monitor_app.feed.address import address_of, key_file_of, new_folder, read_key
from monitor_app.feed.client import FeedClient, shut_down
from monitor_app.feed.messages import Hello, Welcome, decode, encode
from monitor_app.feed.server import FeedServer
from tests.unit.test_feed_messages import snapshot

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
WELCOME = Welcome("run", "1", None)


@pytest.fixture
def folder() -> Path:
    return new_folder()


@pytest.fixture
def server(folder: Path) -> Iterator[FeedServer]:
    server = FeedServer(folder, clock.monotonic_us, WELCOME)
    yield server
    server.close()


@pytest.fixture
def client(folder: Path) -> Iterator[FeedClient]:
    client = FeedClient.at(folder, clock.monotonic_us)
    client.start()
    yield client
    client.close()


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait for `condition`, at most so long."""
    pause = threading.Event()
    end = clock.monotonic_us() + int(seconds * 1e6)
    while not condition():
        assert clock.monotonic_us() < end, "it did not happen in time"
        pause.wait(0.005)


def wave(first: int, n: int = 25) -> WaveChunk:
    return WaveChunk(1, 102, Parameter.ECG_II, 250.0, "mV", 0.005, first * 4000, first, bytes(2 * n))


def test_the_socket_and_the_key_are_for_this_user_only(server: FeedServer, folder: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"feed": 0o600, "key": 0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_display_gets_the_picture_then_the_past_then_live_waves(server: FeedServer, client: FeedClient) -> None:
    server.offer_snapshot(snapshot(7))
    server.offer_waves([wave(0)], 0)
    server.offer_waves([wave(25)], 100_000)
    until(lambda: client.latest())
    until(lambda: client.attached)
    assert client.take_snapshot() == snapshot(7)
    assert client.take_snapshot() is None
    until(lambda: server.displays == 1)
    server.offer_waves([wave(50)], 200_000)
    found: list[WaveChunk] = []
    until(lambda: found.extend(client.take_waves()) or sum(len(c.data) for c in found) >= 150)
    assert sorted({index for c in found for index in range(c.first_index, c.first_index + len(c.data) // 2)}) == list(
        range(75)
    )


def test_a_command_comes_in_and_its_answer_goes_back(server: FeedServer, client: FeedClient) -> None:
    until(lambda: client.attached)
    assert client.send(PauseSound("a"))
    found = []
    until(lambda: found.extend(server.take_commands()) or found)
    assert found[0].command == PauseSound("a")
    server.reply(found[0].display, Reply("a", True))
    replies: list[Reply] = []
    until(lambda: replies.extend(client.take_replies()) or replies)
    assert replies == [Reply("a", True)]


def test_a_display_that_stops_reading_costs_the_engine_nothing_and_is_dropped(server: FeedServer, folder: Path) -> None:
    stopped = Client(address_of(folder), authkey=read_key(key_file_of(folder)))
    stopped.send_bytes(encode(Hello("stopped", "1")))
    until(lambda: server.displays == 1)
    began = clock.monotonic_us()
    for step in range(400):
        server.offer_snapshot(snapshot(step))
        server.offer_waves([wave(step * 2000, 2000)], step * 50_000)
    assert clock.monotonic_us() - began < 1_000_000
    until(lambda: next(iter(server._displays.values())).sending_since_us is not None)
    server.tend(clock.monotonic_us() + 1_000_000)
    assert server.displays == 1
    server.tend(clock.monotonic_us() + 3_000_000)
    assert server.displays == 0
    assert server.dropped == 1
    until(lambda: not any(t.name == "feed-sender" for t in threading.enumerate()))
    stopped.close()


def test_a_wrong_key_is_refused_and_others_still_attach(server: FeedServer, client: FeedClient, folder: Path) -> None:
    with pytest.raises((AuthenticationError, OSError, EOFError)):
        Client(address_of(folder), authkey=b"x" * 32)
    until(lambda: server.displays == 1)


def test_a_mute_peer_keeps_nobody_out_and_is_shut_out_after_two_seconds(server: FeedServer, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.connect(address_of(folder))
        client = FeedClient.at(folder, clock.monotonic_us)
        client.start()
        until(lambda: server.displays == 1)
        server.tend(clock.monotonic_us() + 3_000_000)
        mute.settimeout(5)
        while mute.recv(1000):
            pass
        client.close()


def test_an_oversized_or_senseless_frame_drops_its_display_only(
    server: FeedServer, client: FeedClient, folder: Path
) -> None:
    rude = Client(address_of(folder), authkey=read_key(key_file_of(folder)))
    rude.send_bytes(encode(Hello("rude", "1")))
    until(lambda: server.displays == 2)
    rude.send_bytes(b"\xff nonsense")
    until(lambda: server.displays == 1)
    rude.close()


def test_a_display_comes_back_to_a_restarted_engine_by_itself(folder: Path, client: FeedClient) -> None:
    first = FeedServer(folder, clock.monotonic_us, WELCOME)
    until(lambda: client.attached == 1)
    first.close()
    second = FeedServer(folder, clock.monotonic_us, WELCOME)
    second.offer_snapshot(snapshot(9))
    until(lambda: client.attached == 2)
    until(lambda: client.latest() == snapshot(9))
    second.close()


def test_a_dropped_display_hears_of_it_though_its_sender_has_already_ended(
    server: FeedServer, client: FeedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: client.attached == 1)
    display = next(iter(server._displays.values()))

    def late(connection: Connection) -> None:
        if display.sender is not None:
            display.sender.join(timeout=5)
        shut_down(connection)

    monkeypatch.setattr("monitor_app.feed.server.shut_down", late)
    display.drop()
    until(lambda: client.attached == 2)


def test_what_lay_in_a_buffer_is_old_though_it_was_just_read(folder: Path) -> None:
    server = FeedServer(folder, clock.monotonic_us, Welcome("run", "1", offset_us=1_000))
    client = FeedClient.at(folder, clock.monotonic_us)
    assert client.age_us() is None
    client.start()
    server.offer_snapshot(snapshot(1, station_us=clock.monotonic_us() + 1_000 - 5_000_000))
    until(lambda: client.latest())
    until(lambda: client.welcome)
    age = client.age_us()
    assert age is not None and 5_000_000 <= age < 10_000_000
    client.close()
    server.close()


def test_nobody_attaches_beyond_eight_displays(server: FeedServer, folder: Path) -> None:
    clients = [FeedClient.at(folder, clock.monotonic_us) for _ in range(10)]
    for client in clients:
        client.start()
    until(lambda: server.displays == 8)
    threading.Event().wait(0.2)
    assert server.displays == 8
    for client in clients:
        client.close()


def test_a_frame_of_the_wire_begins_with_its_kind() -> None:
    assert encode(WELCOME)[0] == 2
    assert decode(encode(WELCOME)) == WELCOME
