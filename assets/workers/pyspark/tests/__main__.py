"""Runs the tests that this Python has the packages for: `python3 tests`."""

import os
import sys
import unittest

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.dirname(here)]
sys.dont_write_bytecode = True

if __name__ == "__main__":
    try:
        import requests  # noqa: F401
    except ImportError:
        print("skipped: the package requests is missing (pip install -r requirements.txt)")
        sys.exit(0)
    found = unittest.defaultTestLoader.discover(here, top_level_dir=here)
    result = unittest.TextTestRunner(verbosity=1).run(found)
    for test, why in result.skipped:
        print(f"skipped: {test}: {why}")
    sys.exit(not result.wasSuccessful())
