#!/usr/bin/env python3
"""The tests of the workflows. `./run` beside this file gets the tools and starts it: ./run [lint] [ifs] [dag] [scripts] [threats] [signals] [act] [mutations]"""
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import conditions
import dag
import linting
import signals

ROOT = Path(__file__).resolve().parents[2]
TOOLS = {name: os.environ[f"LAB_{name.upper()}"] for name in ("act", "actionlint", "venv", "node", "program", "cache")}


def lint(scratch):
    return [f"{linter}: {text}" for linter, text in linting.lint(ROOT, TOOLS, scratch)]


def ifs(scratch):
    wrong, seen = conditions.check(ROOT, TOOLS)
    print(f"   {seen} situations")
    return wrong


def one_dag(scratch):
    copy = Path(scratch, "tree")
    for name in (".github", "scenarios", "docs"):
        shutil.copytree(ROOT / name, copy / name)
    return dag.check(copy, TOOLS["program"])


def signalled(scratch):
    import real_signals
    wrong, count = signals.check(ROOT, scratch)
    print(f"   {count} steps")
    return wrong + list(real_signals.check(ROOT, Path(scratch, "real"), TOOLS, "all" in sys.argv[1:]))


def scripted(scratch):
    import scripts
    return scripts.check(ROOT, scratch, TOOLS["program"])


def threatened(scratch):
    import threats
    return list(threats.check(ROOT))


def acted(scratch):
    import cases
    return cases.check(scratch, TOOLS, [arg for arg in sys.argv[2:]] if sys.argv[1:2] == ["act"] else ["short"])


def mutated(scratch):
    import mutations
    return mutations.check(ROOT, TOOLS, scratch)


LAYERS = {"lint": lint, "ifs": ifs, "dag": one_dag, "scripts": scripted, "threats": threatened, "signals": signalled, "act": acted, "mutations": mutated}
DEFAULT = ("lint", "ifs", "dag", "scripts", "threats", "signals", "act")

if __name__ == "__main__":
    asked = [arg for arg in sys.argv[1:] if arg in LAYERS] or DEFAULT
    failed = 0
    for name in asked:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="perf-scale-github-") as scratch:
            wrong = LAYERS[name](scratch)
        for text in wrong:
            print(f"   {text}")
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)
