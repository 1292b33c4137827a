"""An unsteady Zulip."""

import random
import threading

from busy_realm import BusyRealm


class Weather(threading.Thread):
    """Zulip loses its queues and restarts, now and then."""

    def __init__(self, realm: BusyRealm, chance: random.Random) -> None:
        super().__init__(name="weather", daemon=True)
        self._realm, self._chance = realm, chance
        self.over = threading.Event()
        self.lost_queues = self.restarts = 0

    def run(self) -> None:
        """Until it is over."""
        while not self.over.wait(self._chance.uniform(1.0, 6.0)):
            if self._chance.random() < 0.6:
                self._realm.zulip.drop_queues()
                self.lost_queues += 1
            else:
                self._realm.restart(self._chance.uniform(0.05, 0.6))
                self.restarts += 1
