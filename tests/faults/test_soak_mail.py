"""Messages while the processes that send them are killed: none is lost, and one leaves twice only if its sender died with it in hand."""

import random
import time
from collections import Counter
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.app.services import free_port, wait_until
from tests.faults.prepare import SCHOOLS
from tests.faults.site import site
from tests.faults.test_soak import KILLS, SEED
from tests.faults.work import Load

pytestmark = pytest.mark.soak
DUE = "UPDATE outbox SET not_before = now() WHERE sent_at IS NULL AND sending_until IS NULL"
# Five minutes later, without waiting for them: the hand that holds a message for half a minute is dead.
LATER = "UPDATE outbox SET not_before = now(), sending_until = NULL WHERE sent_at IS NULL"
HELD = "SELECT count(*) FROM outbox WHERE sending_until > now() + interval '270 s' AND sent_at IS NULL"


class Mailbox:
    def __init__(self) -> None:
        self.received: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received[str(message_from_bytes(envelope.content)["Message-ID"])[1:37]] += 1
        return "250 OK"


def test_no_message_is_lost_and_few_leave_twice(capsys: pytest.CaptureFixture[str]) -> None:
    mailbox, dice, kills = Mailbox(), random.Random(SEED), max(KILLS // 2, 1)
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        with site(INVENTORY_SMTP_URL=f"smtp://127.0.0.1:{server.port}") as here:
            load = Load(here.tokens, here.addresses, SEED)
            with load.running(SCHOOLS[:3], pause=0.2) as failing:
                for _kill in range(kills):
                    if failing.is_set():
                        break
                    here.postgres.run(DUE)
                    time.sleep(dice.uniform(0.3, 2.5))
                    n = dice.randrange(2)
                    here.kill_service(n, dice)
                    here.recover(n)
            wait_until(lambda: here.postgres.value(HELD) == 0, seconds=60)
            here.postgres.run(LATER)
            wait_until(
                lambda: here.postgres.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0, seconds=120
            )
            orders = here.postgres.value("SELECT count(*) FROM outbox WHERE kind = 'order'")  # the night writes others
            written = {str(row["id"]) for row in here.postgres.rows("SELECT id FROM outbox")}
    finally:
        server.stop()
    twice = sum(n - 1 for n in mailbox.received.values())
    with capsys.disabled():
        print(f"\nseed {SEED}: {kills} kills, {len(written)} messages, {twice} left twice")
    assert set(mailbox.received) == written
    assert twice <= kills
    assert load.book.counts()["sending"] == orders
