"""Each line of docs/threat-model.md names what holds it: a test (`name`) or a planted fault ("name") that is there."""
import re
from pathlib import Path

import cases
import conditions
import dag
import mutations
import real_signals
import scripts
import signals


def check(tree):
    """Lines that nothing holds, as sentences."""
    faults = {fault[0] for fault in mutations.FAULTS}
    rows = [line for line in Path(tree, "docs/threat-model.md").read_text().splitlines() if line.startswith("| ")][1:]
    for row in rows:
        who, could, _, held = (cell.strip() for cell in row.strip("| ").split(" | "))
        quoted = re.findall(r'"([^"]+)"', held)
        named = re.findall(r"`(\w+)`", re.sub(r'"[^"]+"', "", held))
        if not quoted and not named:
            yield f"{who}: {could}: nothing holds it"
        yield from (f"{could}: there is no fault `{name}`" for name in quoted if name not in faults)
        modules = (cases, conditions, dag, real_signals, scripts, signals)
        yield from (f"{could}: there is no test `{name}`" for name in named if not any(hasattr(module, name) for module in modules))
    if len(rows) < 10:
        yield "docs/threat-model.md has hardly a line"
