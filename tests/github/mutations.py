"""Plants faults in the workflows, one at a time, and sees which layer goes red. Writes docs/workflow-mutations.md (UPDATE=1), or compares."""
import os
import re
import shutil
from pathlib import Path

import cases
import conditions
import dag
import linting
import scripts
import signals

CALLER = "docs/caller/.github/workflows/scale-test.yml"
PIPELINE, TEST, SMOKE, SCALE, REAP = (f".github/workflows/{name}.yml" for name in ("pipeline", "test", "smoke", "scale-test", "reap"))
CL2, KOPS, GCS, GIVE, SETUP = (f"actions/{name}/action.yml" for name in ("cl2-runner", "infra-kops", "artifact-gcs", "run-give", "setup"))
TEARDOWN = "always() && needs.plan.result == 'success' && needs.create.result != 'skipped'"

# Fault, file, what is replaced (the first time it stands there), by what; and the case of act that must see it, if one does.
FAULTS = [
    ("teardown without `always()`", PIPELINE, TEARDOWN, TEARDOWN.removeprefix("always() && "), cases.a_create_that_fails_is_torn_down),
    ("teardown only after a create that succeeded", PIPELINE, "needs.create.result != 'skipped'", "needs.create.result == 'success'", cases.a_create_that_fails_is_torn_down),
    ("the pipeline is called without `always()`", SCALE, "if: ${{ always() && needs.arguments.result == 'success' && needs.arguments.outputs.passed-over != 'true' }}\n    permissions:\n      contents", "permissions:\n      contents", None),
    ("conclude without `always()`", PIPELINE, "if: ${{ always() && needs.plan.result == 'success' }}", "if: ${{ needs.plan.result == 'success' }}", None),
    ("teardown does not wait for the suite", PIPELINE, "needs: [plan, wait-images, create, suite]", "needs: [plan, wait-images, create]", None),
    ("a cluster is made before its images are there", PIPELINE, "    name: Create\n    needs: [plan, wait-images]", "    name: Create\n    needs: plan", None),
    ("images are not waited for", PIPELINE, "          verb: wait-images", "          verb: wait", None),
    ("a wait for images that fails is a wait that is done", PIPELINE, "    name: Create\n", "    name: Create\n    if: ${{ !cancelled() && needs.plan.result == 'success' }}\n", None),
    ("an action that is not pinned", SETUP, "cdf6c1fa76f9f475f3d7449005a359c84ca0f306 # v5.0.3", "v5", None),
    ("a pin that does not say its version", PIPELINE, "08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "08c6903cd8c0fde910a37f88322edcfb5dd907a8", None),
    ("an expression in `run` of a workflow", PIPELINE, '"${INFRA}" == kwok', '"${{ inputs.infra }}" == kwok', None),
    ("an expression in `run` of an action", CL2, '"${VERB}"', "${{ inputs.verb }}", None),
    ("a wrong name of an output", PIPELINE, "needs.plan.outputs.tests", "needs.plan.outputs.test", None),
    ("an input that the action does not have", PIPELINE, "          verb: monitor", "          verbs: monitor", None),
    ("a job that is needed and not there", PIPELINE, "needs: [plan, wait-images, create]", "needs: [plan, wait-images, created]", None),
    ("a job that signs in without `id-token`", TEST, "    permissions:\n      id-token: write # sign in to the cloud\n", "    permissions: {}\n", None),
    ("no `permissions` at the top", PIPELINE, "\npermissions: {}\n", "\n", None),
    ("all permissions", SMOKE, "\npermissions: {}\n", "\npermissions: write-all\n", None),
    ("a job without `timeout-minutes`", PIPELINE, "    timeout-minutes: 90\n", "", None),
    ("`./` in place of `$/`", TEST, "$/actions/cl2-runner", "./actions/cl2-runner", None),
    ("no `exec` in an action", CL2, "run: exec ", "run: env ", None),
    ("a pipe behind the stage", GCS, '"${VERB}"', '"${VERB}" | cat', None),
    ("the reset is missing", TEST, "      - id: reset\n", "      - id: later\n", None),
    ("judged before the baseline is there", TEST, "          verb: fetch", "          verb: list", None),
    ("the export does not outlive a failure", TEST, "if: ${{ always() && steps.run.outcome != 'skipped' }}", "if: ${{ steps.run.outcome != 'skipped' }}", None),
    ("the deletion does not outlive a cancellation", KOPS, "!cancelled() || inputs.verb == 'delete'", "!cancelled()", None),
    ("a test that outlives a cancellation", CL2, "if: ${{ !cancelled() }}", "if: always()", None),
    ("what a job wrote is lost when it fails", GIVE, "    - if: always()\n      shell", "    - shell", None),
    ("a secret in an action", CL2, "${{ inputs.cl2-overrides }}", "${{ secrets.PERF_SCALE_PROJECT }}", None),
    ("a secret in an output", PIPELINE, "${{ steps.conclude.outputs.verdict }}", "${{ secrets.PERF_SCALE_PROJECT }}", None),
    ("all secrets handed down", PIPELINE, "    secrets:\n      PERF_SCALE_WORKLOAD_IDENTITY_PROVIDER: ${{ secrets.PERF_SCALE_WORKLOAD_IDENTITY_PROVIDER }}\n"
     "      PERF_SCALE_SERVICE_ACCOUNT: ${{ secrets.PERF_SCALE_SERVICE_ACCOUNT }}\n", "    secrets: inherit\n", None),
    ("an output of a step that is not there", GCS, "steps.stage.outputs.build-id", "steps.stages.outputs.build-id", None),
    ("no `shell` in an action", CL2, "      shell: bash\n", "", None),
    ("`timeout-minutes` in an action", CL2, "      shell: bash\n", "      shell: bash\n      timeout-minutes: 5\n", None),
    ("`concurrency` in a called workflow", TEST, "\npermissions: {}\n", "\npermissions: {}\n\nconcurrency:\n  group: test-${{ github.ref }}\n  cancel-in-progress: false\n", None),
    ("started by a stranger with our rights", SMOKE, "  pull_request:\n", "  pull_request_target:\n", None),
    ("a checkout that leaves its token", PIPELINE, "          persist-credentials: false\n", "", None),
    ("two tests at once on one cluster", PIPELINE, "max-parallel: 1", "max-parallel: 2", None),
    ("other defaults by hand than when called", SCALE, "        default: ubuntu-24.04\n", "        default: ubuntu-22.04\n", None),
    ("a verb that the program does not have", KOPS, "create, connect", "make, connect", None),
    ("a checksum that is not looked at", "actions/stage.sh", "sha256sum --check --quiet - <<<", "true <<<", None),
    ("two jobs that wrote one file", "actions/hand-over.sh", '[[ -z "${differ}" ]] ||', "true ||", None),
    ("a comment that is taken as it is", "actions/arguments.sh", '[[ -z "$2" || "$2" =~ ^$3$ ]] && return', "return", None),
    ("a key that leads out of its folder", "actions/stage.sh", '[[ "$1" =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] ||', "true ||", None),
    ("another step on the page than in the plan", "docs/pipeline.md", "| `monitor` | `cl2-runner monitor`", "| `monitor` | `cl2-runner watch`", None),
    ("an image that runs as root", "Dockerfile", "USER 10001:10001\n", "", None),
    ("an image whose base is not pinned", "Dockerfile", "@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716", "", None),
    ("an image whose packages are not pinned", "Dockerfile", "jq=1.6-*", "jq", None),
    ("a commit that stays pending", SCALE, "if: ${{ always() && needs.arguments.result == 'success' && needs.arguments.outputs.status", "if: ${{ needs.arguments.result == 'success' && needs.arguments.outputs.status", None),
    ("a status on a commit of another repository", "actions/arguments.sh", ' && "${GITHUB_SERVER_URL:-}/${GITHUB_REPOSITORY:-}" == "${cilium}"', "", None),
    ("two releases at once", SCALE, "max-parallel: 1", "max-parallel: 2", None),
    ("releases beside the run of main", SCALE, "needs: [due, pipeline]", "needs: due", None),
    ("releases after a cancellation", SCALE, " && needs.pipeline.result != 'cancelled'", "", None),
    ("releases that are looked for on every event", SCALE, "github.event_name == 'schedule' && (inputs.bucket", "(inputs.bucket", None),
    ("schedules that do not wait for each other", SCALE, "(github.event_name == 'schedule' && 'weekly') || ", "", None),
    ("a release candidate that is tested", "actions/arguments.sh", '[[ "${version}" == *-* ]] || ', "", None),
    ("a caller of more than 30 lines", CALLER, "permissions: {}\n", "\npermissions: {}\n", None),
    ("the reaper tells nobody", REAP, "always() && needs.reap.result != 'success'", "needs.reap.result != 'success'", None),
]
COLUMNS = ("actionlint", "JSON schema", "language service", "zizmor", "shellcheck", "hadolint", "own rules", "conditions", "DAG", "scripts", "signals", "act")


def red(tree, tools, scratch, file, case):
    """The layers that go red for the tree as it is now."""
    Path(scratch).mkdir(parents=True)
    found = {linter for linter, _ in linting.lint(tree, tools, scratch)}
    if file.startswith(".github") and conditions.check(tree, tools)[0]:
        found.add("conditions")
    if file.startswith((".github", "docs")) and attempt(lambda: dag.check(tree, tools["program"])):
        found.add("DAG")
    if file.startswith("actions") and attempt(lambda: scripts.check(tree, Path(scratch, "scripts"), tools["program"])):
        found.add("scripts")
    if file.endswith("action.yml") and attempt(lambda: signals.check(tree, scratch, stubborn=False)[0]):
        found.add("signals")
    if case and cases.take(case, Path(scratch, "act"), tools | {"root": tree}):
        found.add("act")
    return found


def attempt(layer):
    """A layer that cannot even look is red."""
    try:
        return layer()
    except Exception as error:  # noqa: BLE001
        return [str(error)]


def check(root, tools, scratch):
    wrong, rows = [], []
    for number, (fault, file, old, new, case) in enumerate(FAULTS):
        tree = Path(scratch, f"tree-{number}")
        for name in (".github", "actions", "docs", "scenarios"):
            shutil.copytree(root / name, tree / name)
        shutil.copy(root / "Dockerfile", tree / "Dockerfile")
        text = (tree / file).read_text()
        if old not in text:
            wrong.append(f"{fault}: `{old}` does not stand in {file} any more")
            continue
        (tree / file).write_text(text.replace(old, new, 1))
        found = red(tree, tools, Path(scratch, f"scratch-{number}"), file, case)
        print(f"   {fault}: {', '.join(column for column in COLUMNS if column in found) or 'NOTHING'}", flush=True)
        if not found:
            wrong.append(f"{fault}: no layer sees it")
        if case and "act" not in found:
            wrong.append(f"{fault}: act does not see it")
        rows.append(f"| {fault} | " + " | ".join("red" if column in found else "-" if looked(column, file, case) else "" for column in COLUMNS) + " |")
        shutil.rmtree(tree)
    page = root / "docs/workflow-mutations.md"
    table = f"| fault | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}\n" + "\n".join(rows) + "\n"
    if os.environ.get("UPDATE") == "1":
        page.write_text(re.sub(r"\| fault \|.*\n(\|.*\n)*", lambda _: table, page.read_text()))
    elif table not in page.read_text():
        wrong.append("docs/workflow-mutations.md has another table (UPDATE=1 writes it)")
    return wrong


def looked(column, file, case):
    """Whether a layer was asked at all."""
    return {"conditions": file.startswith(".github"), "DAG": file.startswith((".github", "docs")), "scripts": file.startswith("actions"),
            "signals": file.endswith("action.yml"), "act": bool(case)}.get(column, True)
