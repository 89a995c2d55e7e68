"""faults_ingest.py DIR COUNT: the centre's ingest, killed right after its COUNT-th commit.

What it has committed then was neither receipted nor acknowledged to the broker.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tpsbox.service import stop_on_signals
from tpscentral.database import Database
from tpscentral.folder import Folder, open_folder
from tpscentral.ingest import Ingest
from tpscentral.intake import Answer, Intake, Message
from tpscentral.service import start_log


class DeadlyIntake(Intake):
    """Ends the process by SIGKILL between the commit of an item and its receipt."""

    def __init__(self, folder: Folder, database: Database, count: int) -> None:
        super().__init__(folder, database, time.time)
        self._left = count

    def take(self, messages: Sequence[Message]) -> list[Answer | None]:
        """Take the messages; the batch with the last one that is counted is never answered."""
        answers = super().take(messages)
        answered = sum(answer is not None for answer in answers)
        self._left -= answered
        if self._left <= 0 and answered:
            os.kill(os.getpid(), signal.SIGKILL)
        return answers


def main() -> int:
    """Run until killed."""
    folder = open_folder(Path(sys.argv[1]))
    start_log()
    stop = threading.Event()
    stop_on_signals(stop)
    intake = DeadlyIntake(folder, Database(folder.database), int(sys.argv[2]))
    Ingest(folder, intake, stop).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
