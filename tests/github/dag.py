"""The DAG of `plan.json`, of the YAML and of docs/pipeline.md is one: each is changed together with the others or not at all."""
import json
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

# A scenario with every step that there is.
SCENARIO = """format: 1
name: every-step
about: {what: a, why: b, how-to-read: c}
cluster: {nodes: 1, kubernetes: 1.35.5}
cilium: {version: 1.20.2}
suite: [{test: t, config: cl2/density/config.yaml, before: [install-cilium], after: [restart-agents]}]
"""
TEST = "t"
BOXES = ("plan", "wait-images", "create", "suite", "teardown", "conclude")
BEGUN = {  # condition of a step that is taken once another one was begun
    "steps.run.outcome != 'skipped'": "run-t",
    "needs.create.outputs.monitor != '' && needs.create.outputs.monitor != 'skipped'": "monitor",
    "needs.create.outputs.install != '' && needs.create.outputs.install != 'skipped'": "install",
}


def planned(tree, program, provider):
    """The steps of plan.json: id, stage, verb, when."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(tree, "scenarios/every-step.yaml")
        scenario.write_text(SCENARIO)
        more = ["--project=p-12345", "--state-store=gs://state-store/kops"] if provider == "kops" else []
        done = subprocess.run([program, "stage", "plan", "plan", f"--infra={provider}", "--bucket=file:///tmp/nothing", *more,
                               f"--run-dir={folder}/run", "--", str(scenario)], capture_output=True, text=True)
        scenario.unlink()
        assert done.returncode == 0, done.stderr
        steps = json.loads(Path(folder, "run/plan.json").read_text())["steps"]
    return [(step["id"], step["stage"], step["verb"], step.get("when", "success")) for step in steps]


def written(tree, provider):
    """The steps of the workflows, in the order in which jobs and steps come."""
    other = {"kops": "kwok", "kwok": "kops"}[provider]
    workflows = Path(tree, ".github/workflows")
    pipeline = yaml.safe_load((workflows / "pipeline.yml").read_text())["jobs"]
    test = yaml.safe_load((workflows / "test.yml").read_text())["jobs"]["test"]
    found = []
    for job, of_test in ((pipeline["wait-images"], False), (pipeline["create"], False), (test, True), (pipeline["teardown"], False), (pipeline["conclude"], False)):
        for step in job["steps"]:
            match = re.fullmatch(r"\$/actions/([\w-]+)", step.get("uses", ""))
            verb = (step.get("with") or {}).get("verb")
            condition = re.sub(r"^\$\{\{ *| *\}\}$", "", str(step.get("if", "")))
            # `connect` is how a job gets at the cluster, no step of the run.
            if not match or not verb or verb == "connect" or f"inputs.infra == '{other}'" in condition:
                continue
            id = step["id"].removesuffix(f"-{provider}") + (f"-{TEST}" if of_test else "")
            found.append((id, match[1], verb, when(condition)))
    return found


def when(condition):
    """The word of the plan for the condition of a step."""
    rest = re.sub(r"inputs\.infra == '\w+'|contains\(fromJSON\(steps\.take\.outputs\.steps \|\| '\[\]'\), (?:'[\w-]+'|format\('[\w-]+\{0\}', inputs\.test\))\)", "", condition)
    parts = [part.strip() for part in rest.split("&&") if part.strip()]
    rest = " && ".join(parts)
    for text in BEGUN:
        rest = rest.replace(text, "BEGUN")
    words = {"": "success", "always() && BEGUN": "begun", "!cancelled() && BEGUN": "settled", "always()": "always"}
    return words.get(rest, f"another word: {rest}")


def on_page(tree):
    """The steps of docs/pipeline.md: id, stage and verb."""
    rows = re.findall(r"^\| `([\w<>-]+)` \| `([\w-]+) ([\w-]+)", Path(tree, "docs/pipeline.md").read_text(), re.M)
    return [(id.replace("<test>", TEST), stage, verb) for id, stage, verb in rows]


def order(tree):
    """Each box of the pipeline waits for all the boxes before it."""
    jobs = yaml.safe_load(Path(tree, ".github/workflows/pipeline.yml").read_text())["jobs"]
    for number, job in enumerate(BOXES):
        waits = {jobs[job].get("needs")} if isinstance(jobs[job].get("needs"), str) else set(jobs[job].get("needs") or [])
        if waits != set(BOXES[:number]):
            yield f"the job `{job}` waits for {sorted(waits)}, not for {sorted(BOXES[:number])}"


def check(tree, program):
    """What differs, as sentences."""
    wrong = list(order(tree))
    for provider in ("kwok", "kops"):
        plan, yaml_steps = planned(tree, program, provider), written(tree, provider)
        # The deletion in a job of its own needs no word from the others: it is always taken.
        plan = [(id, stage, verb, "always" if verb == "delete" else how) for id, stage, verb, how in plan]
        for one, two in zip(plan + [None] * 99, yaml_steps + [None] * 99):
            if one != two:
                wrong.append(f"{provider}: the plan has {one}, the workflows have {two}")
                break
        # Of the two, this one has every step.
        if provider == "kops" and [(id, stage.replace("-kops", "-kwok"), verb) for id, stage, verb, _ in plan] != on_page(tree):
            wrong.append("docs/pipeline.md has other steps than the plan")
    return wrong
