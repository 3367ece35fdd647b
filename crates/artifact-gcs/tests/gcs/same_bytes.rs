//! A bucket of Google's and a folder hold the same bytes.

use fault_proxy::{Kind, Plan};

use crate::{
    cloud::Cloud,
    hand_made::{EXPORT, ODD},
};

#[test]
fn an_export_to_google_and_one_to_a_folder_are_the_same_tree() {
    let cloud = Cloud::new(Plan::default());
    let run = cloud.large_run(1000);

    let said = cloud.export(&run);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(cloud.tree() == cloud.expected(&run));
    assert!(cloud.tree().keys().any(|name| name.ends_with(ODD)));
    assert_eq!(cloud.asked(Kind::Begin, "profile.pprof").len(), 1);
}

#[test]
fn a_folder_of_a_bucket_is_a_bucket() {
    let cloud = Cloud::new(Plan::default());
    let run = cloud.run(1000);

    let args = [&EXPORT[..], &["--bucket", "gs://results/of a team/2026"]].concat();
    let said = cloud.place.stage(&run, &args);

    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("gs://results/of a team/2026/logs/"), "{}", said.out);
    let expected = cloud.expected(&run);
    let names: Vec<String> = expected.keys().map(|name| format!("of a team/2026/{name}")).collect();
    assert_eq!(cloud.tree().into_keys().collect::<Vec<_>>(), names);
}

#[test]
fn what_is_there_is_asked_for_once_and_each_object_is_sent_once() {
    let cloud = Cloud::new(Plan::default());
    let run = cloud.run(1000);

    assert_eq!(cloud.export(&run).code, 0);

    let objects = cloud.objects().len();
    let counts = [Kind::List, Kind::Read, Kind::Look, Kind::Upload, Kind::Begin]
        .map(|kind| cloud.asked(kind, "").len());
    // One listing, one look for the manifest of a finished build, one upload an object.
    assert_eq!(counts, [1, 1, 0, objects, 0]);
}
