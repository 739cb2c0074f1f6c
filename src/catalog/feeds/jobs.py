"""The feeds of prices, read every night."""

from datetime import time

from catalog.feeds.reading import read_all
from kit.i18n import lazy
from kit.jobs import Job

READ_FEEDS = Job("price-feeds", read_all, at=time(2, 20), words=lazy("Lire les fils de prix des fournisseurs"))
