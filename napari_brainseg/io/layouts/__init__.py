"""How published data sets name their files: BraTS, BIDS, nnU-Net and the Decathlon.

:mod:`~.bids`, :mod:`~.numbered` and :mod:`~.mask_names` say what a name means, for the work list
and for training alike; :mod:`~.cases` groups the files of one folder by them.
"""

from napari_brainseg.io.layouts.cases import CaseFiles, Companion, cases_of, is_left_out

__all__ = ["CaseFiles", "Companion", "cases_of", "is_left_out"]
