"""What all pages share: the folder, the database, the clock, the templates and the limits."""

from __future__ import annotations

from collections.abc import Callable

import jinja2
from starlette.requests import Request

from tpscentral import words
from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.people import words as people_words
from tpscentral.people.limits import Limiter
from tpscentral.people.noting import Notes
from tpscentral.people.seal import Seal, load_seal

ADDRESS_TRIES = (30, 4.0)
"""Tries to come in from one address: 30 at once, then one every 4 s. A whole plenary may sit behind
one address."""
ACCOUNT_TRIES = (10, 12.0)
"""Tries for one username: 10 at once, then one every 12 s; to come in takes two of them."""


class Site:
    """A centre as its pages see it; shared by all threads."""

    def __init__(
        self,
        folder: Folder,
        database: Database,
        connected: Callable[[], bool] | None,
        clock: Callable[[], float],
        ticks: Callable[[], float],
    ) -> None:
        """`connected`: whether ingest, if it runs here, has the broker; `ticks`: a steady clock.

        Raises:
            EnvironmentFault, InputError: the folder's keys or configuration cannot be read.
        """
        self.folder, self.database, self.connected = folder, database, connected
        self._clock, self.ticks = clock, ticks
        self.training: bool = folder.config.training
        self.region = ""
        """Where a kecamatan without a network serves its own region alone: its code."""
        self.seal: Seal = load_seal(folder.keys)
        self.notes = Notes(database)
        self.addresses = Limiter(*ADDRESS_TRIES)
        self.usernames = Limiter(*ACCOUNT_TRIES)
        self.templates = _templates()

    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock())


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tpscentral.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["words"] = words
    environment.globals["people"] = people_words
    # A filter costs a third of a call, and a table of a kecamatan has a thousand counts.
    environment.filters["whole"] = words.whole
    return environment
