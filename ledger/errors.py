"""
What can go wrong in the ledger, and whose business it is.

Conflict             someone appended first; reload and decide again            -> the program
CommandRepeated      this command is recorded already; nothing was added        -> the program
SignerRevoked        its key was revoked meanwhile; judge again, sign again    -> the program
OutcomeUnknown       the connection broke during a commit; ask `by_command`     -> the program
StoreUnavailable     nothing was sent, nothing was recorded; try again          -> the program
SealBroken           a sealed value that should open does not               -> the operator
AppendRefused        the log lacks events that were published; recover first     -> the operator
Unsound              the stored log contradicts itself; stop writing            -> the operator
VerificationError    the evidence does not hold                                 -> the auditor
  MalformedEvidence  it could not even be read; one message, no detail for forgers
NotChecked           this program does not know the algorithm: for or against   -> the auditor
"""

# ruff: noqa: N818 - these names are sentences to the people who read them; "Error" would add nothing


class LedgerError(Exception):
    """Everything this room raises on purpose."""


class NotCanonical(LedgerError, ValueError):
    """A value has no canonical form here: a float, a huge integer, a lone surrogate."""


class MalformedRequest(LedgerError, ValueError):
    """An append request breaks the store's contract by itself, whatever the log holds."""


class TooLarge(LedgerError, ValueError):
    """A leaf would exceed the 65,535 bytes that an entry bundle can carry."""

    def __init__(self, field: str, size: int) -> None:
        super().__init__(f"leaf of {size} bytes, at most 65535; the largest field is {field}")
        self.field = field
        self.size = size


class Conflict(LedgerError):
    """Someone appended to the stream first. Nothing of this request was recorded."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"stream {stream}: expected version {expected}, found {found}")
        self.stream = stream
        self.expected = expected
        self.found = found


class CommandRepeated(LedgerError):
    """The command id is recorded already, at `log_index`. Nothing of this request was recorded."""

    def __init__(self, command_id: str, log_index: int) -> None:
        super().__init__(f"command {command_id}: recorded already at index {log_index}")
        self.command_id = command_id
        self.log_index = log_index


class SignerRevoked(LedgerError):
    """The key that signed an event was revoked by the record of `log_index`. Nothing of this request was recorded."""

    def __init__(self, key_id: str, log_index: int) -> None:
        super().__init__(f"the key {key_id} was revoked at record {log_index}: it signs nothing after that")
        self.key_id = key_id
        self.log_index = log_index


class OutcomeUnknown(LedgerError):
    """The connection was lost while committing: the request is recorded whole, or not at all."""


class StoreUnavailable(LedgerError):
    """The database could not be reached. Nothing of this request was recorded."""


class SealBroken(LedgerError):
    """A sealed value does not open although its key is there, or its key is missing and no order erased it."""

    def __init__(self, log_index: int, why: str) -> None:
        super().__init__(f"record {log_index}: {why}")
        self.log_index = log_index


class AppendRefused(LedgerError):
    """The log is shorter than what was published of it: nothing is appended until the missing events are back."""


class Unsound(LedgerError):
    """The log contradicts itself or what is kept outside it; nothing was written."""


class KeyExists(LedgerError):
    """A key of this id is kept already; a key file is never overwritten."""


class KeyUnreadable(LedgerError):
    """No such key, a wrong passphrase, or a file whose key does not fit its name."""


class VerificationError(LedgerError):
    """The evidence does not hold: which step says so, and at which index."""

    def __init__(self, step: int, log_index: int | None, message: str) -> None:
        super().__init__(message)
        self.step = step
        self.log_index = log_index
        self.message = message


class MalformedEvidence(VerificationError):
    """Bytes that are not exactly what our formats allow."""

    def __init__(self, message: str = "malformed evidence", *, step: int = 0, log_index: int | None = None) -> None:
        super().__init__(step, log_index, message)


class NotChecked(LedgerError):
    """The signature's algorithm is not implemented here: the line proves nothing, for or against."""
