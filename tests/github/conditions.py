"""Layer 2: the truth table of every job's `if`, by GitHub's own evaluator, held to what each job is for."""
import json
import subprocess
from pathlib import Path

# In which situations a job is taken; without an entry: if all that it needs succeeded and nobody cancelled.
TAKEN = {
    # Whatever became of the cluster and the tests, once something may have been made.
    ("pipeline.yml", "teardown"): lambda all, cancelled, event: all["plan"] == "success" and all["create"] != "skipped",
    # Whatever became of the run.
    ("pipeline.yml", "conclude"): lambda all, cancelled, event: all["plan"] == "success",
    ("reap.yml", "tell"): lambda all, cancelled, event: all["reap"] not in ("success", "cancelled"),
    # The teardown is inside.
    ("scale-test.yml", "pipeline"): lambda all, cancelled, event: all["arguments"] == "success",
    ("scale-test.yml", "due"): lambda all, cancelled, event: not cancelled and event == "schedule",
    # After main, whatever became of it, and never after a cancellation; the teardown is inside here too.
    ("scale-test.yml", "releases"): lambda all, cancelled, event: all["due"] == "success" and all.get("pipeline") != "cancelled",
    # A commit must not stay pending.
    ("scale-test.yml", "report"): lambda all, cancelled, event: all["arguments"] == "success",
    ("smoke.yml", "report"): lambda all, cancelled, event: event == "pull_request" and all["smoke"] != "cancelled",
    ("branch.yml", "make"): lambda all, cancelled, event: not cancelled and event == "workflow_dispatch",
    ("branch.yml", "backport"): lambda all, cancelled, event: not cancelled and event == "push",
}


def check(tree, tools):
    """All jobs whose table is another, as sentences; and how many situations were looked at."""
    files = sorted(Path(tree, ".github/workflows").glob("*.yml"))
    done = subprocess.run(["node", f"{tools['node']}/dist/ifs.mjs", *map(str, files)], capture_output=True, text=True)
    if done.returncode:
        return [f"the conditions cannot be evaluated: {done.stderr.strip().splitlines()[-1] if done.stderr else ''}"], 0
    wrong, seen, jobs = [], 0, set()
    for line in done.stdout.splitlines():
        row = json.loads(line)
        key = (row["file"], row["job"])
        jobs.add(key)
        seen += 1
        expected = TAKEN.get(key, lambda all, cancelled, event: not cancelled and all_succeeded(all))
        if expected(row["needs"], row["cancelled"], row["event"]) != row["taken"]:
            word = "is" if row["taken"] else "is not"
            wrong.append(f"{row['file']}: `{row['job']}` {word} taken on {row['event']} when {row['needs']}{' and cancelled' if row['cancelled'] else ''}")
    wrong += [f"{file}: there is no job `{job}`" for file, job in TAKEN if (file, job) not in jobs]
    return wrong, seen


def all_succeeded(all):
    return set(all.values()) <= {"success"}
