"""By which door does a clinician's note or signature reach the journal? The running station, else with its lock taken.

The review process itself writes nothing: it is handed `add` of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from monitor_app import __version__, clock
from monitor_app.app.places import keys_folder
from monitor_app.core.commands import Reply
from monitor_app.core.identity import IDENTITY_COMMANDS, IdentityCommand
from monitor_app.core.signing import ReviewCommand
from monitor_app.engine.lock import FolderLock, FolderTaken, feed_of
from monitor_app.engine.stationtime import offset_us
from monitor_app.feed.client import FeedClient
from monitor_app.record.faults import StoreError
from monitor_app.record.identifying import identified
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.reviewing import reviewed
from monitor_app.record.writer import Batch, Writer

ANSWER_US = 5_000_000
"""A station that has not answered by then is busy or gone; the person is told, nothing is sent twice."""
LOOK_US = 20_000


def door(data: Path) -> Callable[[ReviewCommand], Reply]:
    """`add` for this folder."""
    return lambda command: add(data, command)


def add(data: Path, command: ReviewCommand | IdentityCommand) -> Reply:
    """Have it judged and journalled; the reply says in one sentence why not, where it was not."""
    try:
        lock = FolderLock(data, clock.utc_us())
    except FolderTaken as taken:
        feed = feed_of(data)
        if feed is None:
            return Reply(command.id, False, str(taken))
        return _through_station(feed, command)
    except OSError as error:
        return Reply(command.id, False, f"{data} cannot be written: {error.strerror}")
    try:
        return _alone(data, command)
    except StoreError as trouble:
        return Reply(command.id, False, str(trouble))
    finally:
        lock.release()


def _alone(data: Path, command: ReviewCommand | IdentityCommand) -> Reply:
    """No station runs here: we hold its lock."""
    writer = Writer(data, identity_keys=keys_folder())
    try:
        with Reader(data) as reader:
            newest = next(iter(reader.entries(after_seq=writer.last_seq - 1)), None)
            last_utc_us = newest.utc_us + max(0, writer.last_t_us - newest.t_us) if newest is not None else None
            now_us = clock.monotonic_us()
            now_us += offset_us(now_us, clock.utc_us(), writer.last_t_us, last_utc_us)
            if isinstance(command, IDENTITY_COMMANDS):
                reply, event = identified(reader, writer.identities, command, now_us, clock.utc_us())
            else:
                reply, event = reviewed(reader, command, now_us)
        if event is not None:
            journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
            writer.commit(Batch([journal.append(event, clock.utc_us())]))
        return reply
    finally:
        writer.close()


def _through_station(folder: Path, command: ReviewCommand | IdentityCommand) -> Reply:
    client = FeedClient.at(folder, clock.monotonic_us, name="review", version=__version__)
    client.start()
    sent = False
    try:
        until_us = clock.monotonic_us() + ANSWER_US
        while clock.monotonic_us() < until_us:
            sent = sent or (client.welcome is not None and client.send(command))
            for reply in client.take_replies():
                if reply.command == command.id:
                    return reply
            client.take_waves()
            clock.sleep_us(LOOK_US)
    finally:
        client.close()
    if sent:
        return Reply(
            command.id, False, "The station has not answered: look whether the entry is there before you repeat it."
        )
    return Reply(command.id, False, "The station runs but cannot be reached: nothing was written; try again.")
