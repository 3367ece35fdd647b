//! A stand-in for ClusterLoader2: a shell script.

use stage::testing::FakeTools;

/// Finds the folder and files that ClusterLoader2 is given.
const FLAGS: &str = r#"
for arg; do case $arg in
    --report-dir=*) report=${arg#*=} ;;
    --testoverrides=*) overrides=${arg#*=} ;;
esac; done
log() { echo "I1123 21:55:13.123456   12345 a.go:1] $1" >&2; }
"#;

/// One measurement of its own.
pub(crate) const MEASURED: &str = r#"
echo '{"max": 7}' > "$report/SchedulingThroughput_load_2026-11-23T21:30:00Z.json"
"#;

/// Writes a `junit.xml` of `cases`.
pub(crate) fn junit(cases: &str) -> String {
    format!(
        "cat > \"$report/junit.xml\" <<'EOF'\n<testsuite name=\"ClusterLoaderV2\">{cases}</testsuite>\nEOF\n"
    )
}

/// A ClusterLoader2 that runs `script`.
pub(crate) fn cl2(script: &str) -> FakeTools {
    FakeTools::new().unwrap().program("clusterloader2", &format!("{FLAGS}{script}")).unwrap()
}
