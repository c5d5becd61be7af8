"""The errors a user can cause and can act on.

Every message says what was found, what was expected and what to do next; front ends show it as
it is. Anything else that escapes is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

__all__ = [
    "BrainsegError",
    "ChannelError",
    "DeviceError",
    "EditError",
    "EntryExistsError",
    "JournalError",
    "MaskTakenError",
    "ModelError",
    "SaveError",
    "ScanError",
    "TrainingSetError",
    "WorkListError",
    "describe",
]


class BrainsegError(Exception):
    """Base of all errors whose message is meant for the user."""


class ScanError(BrainsegError):
    """A file or folder is not a scan that can be read faithfully."""


class ModelError(BrainsegError):
    """A model bundle is missing, damaged, or not what its card says."""


class ChannelError(BrainsegError):
    """The scan's channels cannot feed the model's input roles."""


class DeviceError(BrainsegError):
    """The chosen compute device is not there or cannot do the work."""


class SaveError(BrainsegError):
    """A mask could not be written, or did not read back as written."""


class MaskTakenError(SaveError):
    """A file that must not be replaced unasked is where a mask would go."""


class WorkListError(BrainsegError):
    """The file that keeps a work list cannot be used or written."""


class TrainingSetError(BrainsegError):
    """A training set is damaged, or what is to be added must not go into it."""


class EntryExistsError(TrainingSetError):
    """The scan is in the training set already; it may be replaced, if asked for."""


class EditError(BrainsegError):
    """A correction tool cannot do what it was asked to."""


class JournalError(BrainsegError):
    """Unsaved edits could not be kept on disk, or cannot be restored from it."""


def describe(error: BaseException) -> str:
    """Name an error that nobody foresaw: its kind and text, but no path, which may name a patient.

    Errors of the operating system end in the whole path of the file.
    """
    text = error.strerror if isinstance(error, OSError) and error.strerror else error
    return f"{type(error).__name__}: {text}"
