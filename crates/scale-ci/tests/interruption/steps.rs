//! The steps at which a run is stopped, in their order.

use run_record::Step;

/// The one test of the scenario.
pub(crate) const TEST: &str = "brief";

/// Every step of the scenario, with `plan` in front: the steps are known once that was taken.
pub(crate) const STEPS: [&str; 17] = [
    "plan",
    "create",
    "install",
    "monitor",
    "add-nodes",
    "validate",
    "wait",
    "run-brief",
    "fetch-brief",
    "judge-brief",
    "export-brief",
    "reset-brief",
    "snapshot",
    "sysdump",
    "delete",
    "conclude",
    "export-suite",
];

/// Steps that keep results or remove the cluster, whatever became of the others.
pub(crate) const OUTLIVING: [&str; 6] =
    ["export-brief", "snapshot", "sysdump", "delete", "conclude", "export-suite"];

/// Where a step stands.
pub(crate) fn position(step: &str) -> usize {
    STEPS.iter().position(|one| *one == step).unwrap()
}

/// Whether the test of the scenario has begun when `step` is taken.
pub(crate) fn has_results(step: &str) -> bool {
    position(step) >= position("run-brief")
}

/// The arguments that the process of `step` begins with.
pub(crate) fn arguments(step: &str) -> Vec<&str> {
    let (stage, verb) = match step {
        "plan" => ("plan", "plan"),
        "create" | "add-nodes" | "validate" | "delete" => ("infra-kwok", step),
        "install" | "wait" | "sysdump" => ("cilium-install", step),
        "reset-brief" => ("cilium-install", "reset"),
        "monitor" | "snapshot" => ("cl2-runner", step),
        "run-brief" => ("cl2-runner", "run"),
        "fetch-brief" => ("artifact-gcs", "fetch"),
        "judge-brief" => ("verdict", "judge"),
        "conclude" => ("verdict", "conclude"),
        "export-brief" => ("artifact-gcs", "export"),
        "export-suite" => return vec!["stage", "artifact-gcs", "export", "--suite"],
        other => panic!("no step is called `{other}`"),
    };
    vec!["stage", stage, verb]
}

/// Holds the list to what the program plans.
pub(crate) fn assert_are(planned: &[Step]) {
    let planned: Vec<&str> = planned.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(planned, STEPS[1..]);
}

/// The step that a process takes, if it is one of ours.
pub(crate) fn of_process(pid: i32) -> Option<&'static str> {
    let args = crate::processes::arguments(pid);
    let has = |word: &&str| args.iter().any(|arg| arg == word);
    // What `--suite` stands in is the export of the suite, which comes last.
    STEPS.into_iter().rfind(|step| arguments(step).iter().all(has))
}
