"""Layer 4: what each composite step does when a runner cancels it. act cannot tell: it kills at once.

The runner signals the step's own process and no other: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL.
"""
import os
import signal
import subprocess
import time
from pathlib import Path

import yaml

RUNNER = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, 5.0))
# Plays the program: says that it is there, and what reached it.
PROGRAM = """#!/usr/bin/env python3
import os, signal, sys
if sys.argv[1:] == ["--version"]: sys.exit(0)
signals = {signal.SIGINT, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
with open(os.environ["HEARD"] + ".new", "w") as file: file.write(" ".join(sys.argv[1:]) + "\\n")
os.rename(os.environ["HEARD"] + ".new", os.environ["HEARD"])
while True:
    number = signal.sigwait(signals)
    with open(os.environ["HEARD"], "a") as file: file.write(signal.Signals(number).name + "\\n")
    if os.environ.get("STUBBORN") != "yes": sys.exit(128 + number)
"""


def steps(tree):
    """Every step that becomes the program: action and script."""
    for path in sorted(Path(tree, "actions").glob("*/action.yml")):
        for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
            script = str(step.get("run", ""))
            if "stage.sh" in script and not script.rstrip().endswith((" get", " key")):
                yield path.parent, script, step.get("env") or {}


def start(folder, action, script, **env):
    """Starts the script of a step as a runner does: in a shell, by its file, with nothing else in the environment."""
    path = Path(folder, "step.sh")
    path.write_text(script + "\n")
    return subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=open(Path(folder, "said"), "a"), start_new_session=True, cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_ACTION_PATH": str(action), **env})


def play(process, first=lambda: None):
    """Signals the process of a step as a runner does, which does `first` after its first signal; and the processes that it leaves."""
    for number, grace in RUNNER:
        os.kill(process.pid, number)
        first()
        try:
            process.wait(grace)
            break
        except subprocess.TimeoutExpired:
            pass
    left = subprocess.run(["pgrep", "-g", str(process.pid)], capture_output=True, text=True).stdout.split()
    for pid in left:
        os.kill(int(pid), signal.SIGKILL)
    return left


def cancel(folder, action, script, env, stubborn=False):
    """Cancels one step as the runner does; what the program was told, what it heard, and what is left."""
    folder = Path(folder)
    program = folder / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    heard = folder / "heard"
    heard.unlink(missing_ok=True)
    variables = {name: "x" if name in ("RUN", "VERB") else "" for name in env}
    process = start(folder, action, script, PERF_SCALE_PROGRAM=str(program), HEARD=str(heard), STUBBORN="yes" if stubborn else "no", **variables)
    until = time.monotonic() + 30
    while not heard.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    left = play(process)
    return (heard.read_text().splitlines() if heard.exists() else []), process.returncode, left


def check(tree, folder, stubborn=True):
    """What is wrong, as sentences; and how many steps were looked at."""
    wrong, count = [], 0
    for action, script, env in steps(tree):
        count += 1
        heard, code, left = cancel(folder, action, script, env)
        if heard[1:] != ["SIGINT"] or code != 130 or left:
            wrong.append(f"{action.name}: heard {heard[1:]}, ended with {code}, {len(left)} processes left")
    first = next(steps(tree), None)
    if first and stubborn:
        heard, code, left = cancel(folder, *first, stubborn=True)
        if heard[1:] != ["SIGINT", "SIGTERM"] or code != -signal.SIGKILL or left:
            wrong.append(f"a program that will not end: heard {heard[1:]}, ended with {code}, {len(left)} processes left")
    return wrong, count
