"""Errors that a user can cause and can act on.

Every message says what was found, what was expected and what to do next; front ends show it
unchanged. Any other error is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

__all__ = [
    "AutosaveError",
    "BrainsegError",
    "ChannelError",
    "DeviceError",
    "EditError",
    "EntryExistsError",
    "FileTakenError",
    "LittleMemory",
    "MaskTakenError",
    "ModelError",
    "RegistrationError",
    "SaveError",
    "ScanError",
    "TrainingSetError",
    "WorkListError",
    "without_path",
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
    """The chosen compute device is missing or cannot do the work."""


class LittleMemory(BrainsegError, MemoryError):
    """The limit on this process leaves too little memory to begin."""


class SaveError(BrainsegError):
    """A mask could not be written, or did not read back as written."""


class FileTakenError(SaveError):
    """A file is in the place of one that must be new."""


class MaskTakenError(SaveError):
    """The mask would replace a file that must not be replaced without asking."""


class WorkListError(BrainsegError):
    """The file of a work list cannot be used or written."""


class TrainingSetError(BrainsegError):
    """A training set is damaged, or an entry must not go into it."""


class EntryExistsError(TrainingSetError):
    """The scan is in the training set already, and replacing it was not asked for."""


class EditError(BrainsegError):
    """A correction tool cannot do what was asked."""


class RegistrationError(BrainsegError):
    """Two scans cannot be matched."""


class AutosaveError(BrainsegError):
    """Unsaved edits could not be kept on disk, or cannot be restored from it."""


def without_path(error: BaseException) -> str:
    """Return the kind and text of an unforeseen error, without a path, which may name a patient.

    Errors of the operating system end in the whole path of the file.
    """
    text = error.strerror if isinstance(error, OSError) and error.strerror else error
    return f"{type(error).__name__}: {text}"
