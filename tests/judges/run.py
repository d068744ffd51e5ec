#!/usr/bin/env python3
"""Runs every judge against one program and says in the end which of them are satisfied."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Judge -> (arguments of the whole run, arguments of the smaller one).
JUDGES = {
    "selftest": ([], []),
    "dependencies": ([], []),
    "processor": ([], []),
    "files": ([], ["--smaller"]),
    "archive": ([], ["--smaller"]),
    "facts": ([], ["--smaller"]),
    "render": ([], ["--smaller"]),
    "codes": ([], ["--smaller"]),
    "attacks": ([], []),
    "lookup": ([], []),
    "scanner": ([], []),
    "openapi": ([], ["--smaller"]),
    "limits": ([], ["--smaller"]),
    "statements": ([], []),
    "pages": ([], []),
    "accounts": ([], []),
    "staff": ([], []),
    "desk": ([], []),
    "verification": ([], []),
    "schools": ([], []),
