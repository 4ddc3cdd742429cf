"""Frames live in memory only: not in swap, not in a core dump.

The unit says so too (``MemorySwapMax=0``, ``LimitCORE=0``), but Raspberry Pi OS starts its kernel
without the memory controller, and a core dump that is piped to a program heeds no limit.
"""

import ctypes
import logging
import os
import resource
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)

_MCL_CURRENT: Final = 1
_MCL_FUTURE: Final = 2
_MCL_ONFAULT: Final = 4
"""Pages are locked when they are first touched, so that locking needs no memory of its own.

Source: https://man7.org/linux/man-pages/man2/mlockall.2.html
"""
_PR_SET_DUMPABLE: Final = 4


def seal_memory() -> bool:
    """Keeps this process' memory out of swap and core dumps, as far as the system lets it.

    Memory is locked only where there is no limit on it (the unit's ``LimitMEMLOCK=infinity``, or
    root): under a limit a later allocation could fail.

    Returns:
        Whether no page can reach a swap area.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    libc = ctypes.CDLL(None, use_errno=True)
    _call("prctl", lambda: libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    if limit != resource.RLIM_INFINITY and os.geteuid() != 0:
        return False
    return _call("mlockall", lambda: libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT))


def _call(name: str, function: Callable[[], int]) -> bool:
    if function() == 0:
        return True
    _log.warning("%s: %s; memory is less well sealed", name, os.strerror(ctypes.get_errno()))
    return False
