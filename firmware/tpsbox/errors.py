"""The one tree of errors; each class carries the exit code of its kind.

Exit codes (contract): 0 done, 1 ran and the answer is no, 2 wrong usage, 3 bad input,
4 environment (disk, device, network).
"""


class TpsError(Exception):
    """Base of everything this project raises on purpose: one line, what is wrong and what to do."""

    exit_code = 1


class AnswerError(TpsError):
    """The work was done and the answer is no: refused, unverified, not allowed."""

    exit_code = 1


class UsageError(TpsError, ValueError):
    """The command or an argument of it is wrong."""

    exit_code = 2


class InputError(TpsError, ValueError):
    """A file or message that was handed in cannot be used."""

    exit_code = 3


class EnvironmentFault(TpsError, OSError):
    """Disk, device or network: the same call may go through later."""

    exit_code = 4
