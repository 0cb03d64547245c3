"""Runs the *_test.py beside it, and says how many passed, failed and were skipped, and why."""
import importlib
import pathlib
import sys
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))


def main() -> int:
    names = [f"{name}_test" for name in sys.argv[1:]] or sorted(p.stem for p in here.glob("*_test.py"))
    suite = unittest.TestSuite(
        unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)) for name in names)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    bad = len(result.failures) + len(result.errors)
    print(f"# pass {result.testsRun - bad - len(result.skipped)}")
    print(f"# fail {bad}")
    print(f"# skip {len(result.skipped)}")
    return 1 if bad or not result.testsRun else 0


sys.exit(main())
