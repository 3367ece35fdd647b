//! Says what there is of the cluster, and how to use it.

use std::time::Duration;

use run_record::{KopsPlan, Plan, State};
use stage::Stage;

use crate::{
    create::look,
    found,
    gce::Google,
    record::{Described, DescribedResource},
};

/// Time for everything that is asked of Google here.
const LIMIT: Duration = Duration::from_secs(120);

/// Says what there is of the cluster: what Google shows where it can be asked, else what the ledger
/// has.
pub(crate) async fn describe(stage: &Stage, plan: &Plan, kops: &KopsPlan) -> Described {
    let zone = found::zone(stage).unwrap_or_default();
    let root = stage.run_dir.root().display();
    let how = vec![
        format!("infra-kops connect --run-dir {root}"),
        format!("export KUBECONFIG={}", stage.run_dir.kubeconfig().display()),
        format!("infra-kops delete --run-dir {root}"),
    ];
    let looked = async {
        let google = Google::sign_in(&kops.project, LIMIT).await?;
        look(&google, plan, kops).await
    };
    let described = |state, resources| Described {
        cluster: plan.cluster.clone(),
        project: kops.project.clone(),
        zone,
        state,
        how,
        resources,
    };
    match looked.await {
        Ok(there) => {
            let names = there.labels();
            let state = match names.len() {
                0 => "nothing of it is there".into(),
                some => format!("{some} resources are there"),
            };
            let there = names.into_iter().map(|name| DescribedResource { name, state: "there" });
            described(state, there.collect())
        }
        Err(error) => {
            let ledger = stage.run_dir.ledger().ok();
            let of_ledger = ledger.into_iter().flat_map(|ledger| ledger.resources);
            let resources = of_ledger.map(|resource| DescribedResource {
                name: resource.name,
                state: match resource.state {
                    State::Planned => "planned",
                    State::Made => "made",
                    State::Gone => "gone",
                },
            });
            let why = stage::chain(&error).join(": ");
            described(format!("as the ledger has it, since {why}"), resources.collect())
        }
    }
}
