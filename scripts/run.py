"""Become `inventory demo`, which stops when make is gone, however make went: else a killed make would leave the port taken."""

import ctypes
import os
import signal
import sys
from pathlib import Path

INVENTORY = Path(sys.executable).parent / "inventory"
PR_SET_PDEATHSIG = 1

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
os.execv(INVENTORY, [str(INVENTORY), "demo", *sys.argv[1:]])
