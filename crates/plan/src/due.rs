//! The plot of `plan due`: the releases that no run has a verdict on yet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use run_record::read_json;
use stage::Stage;

use crate::{
    bucket,
    due_args::DueArgs,
    due_record::{Due, Standing},
    error::Error,
    listed_build::{ListedBuild, Listing, Question, Unlisted},
    overrides,
    releases::releases,
    scenario_text,
    wanted_builds::{State, Suite, WantedBuilds},
};

/// Finds the releases that are due. What a bucket holds is told by `list`, as the JSON of
/// `artifact-gcs list`.
pub(crate) async fn due<L>(args: &DueArgs, stage: &Stage, list: &L) -> Result<Due, Error>
where
    L: AsyncFn(Question) -> Result<String, Unlisted>,
{
    let now = Timestamp::now();
    let text = scenario_text::read(&args.scenario)?;
    let bucket = bucket::template(args.bucket.as_deref())
        .map_err(|source| Error::Read { path: "bucket".into(), source })?;
    let suite = Suite {
        path: &args.scenario,
        text: &text,
        overrides: &args.overrides,
        provider: args.infra,
        bucket: &bucket,
        usual_nodes: scenario_text::usual_nodes(&args.scenario, &text),
        variables: overrides::of_variables()?,
    };
    let mut found = releases(args).await.map_err(Error::Releases)?;
    found.retain(|release| release.published >= before(now, args.days.saturating_mul(24)));
    let wanted = found.iter().map(|release| WantedBuilds::of(&suite, &release.version));
    let wanted: Vec<WantedBuilds> = wanted.collect::<Result<_, _>>()?;
    // No build is older than what it tests.
    let since = found.first().map_or(0, |release| release.published.as_second().max(0));
    let builds = builds(args, &wanted, since.unsigned_abs(), list).await?;
    let mut left = args.limit;
    let mut standings = Vec::new();
    for (release, wanted) in found.iter().zip(&wanted) {
        let there = builds.get(&wanted.bucket).map_or(&[][..], Vec::as_slice);
        let (mut state, mut why) = wanted.state(there, args.attempts);
        if state == State::Due && release.published > before(now, args.min_age) {
            (state, why) = (State::Young, format!("younger than {} hours", args.min_age));
        } else if state == State::Due && left == 0 {
            state = State::Later;
        } else if state == State::Due {
            left -= 1;
        }
        let (version, published) = (release.version.to_string(), release.published);
        standings.push(Standing { version, published, state, why });
    }
    let due = standings.iter().filter(|release| release.state == State::Due);
    let due: Vec<String> = due.map(|release| release.version.clone()).collect();
    let output = serde_json::to_string(&due).unwrap_or_default();
    stage.workflow.output("due", &output).map_err(Error::output)?;
    let given_up = standings.iter().filter(|release| release.state == State::GivenUp);
    let notices = given_up.filter_map(|release| {
        let text = format!("{} is given up: {}", release.version, release.why);
        stage.workflow.notice("due", &text)
    });
    Ok(Due { due, notices: notices.collect(), releases: standings })
}

/// The moment `hours` before `now`.
fn before(now: Timestamp, hours: u32) -> Timestamp {
    let span = SignedDuration::from_hours(hours.into());
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// The builds in each bucket.
async fn builds<L>(
    args: &DueArgs,
    wanted: &[WantedBuilds],
    since: u64,
    list: &L,
) -> Result<BTreeMap<String, Vec<ListedBuild>>, Error>
where
    L: AsyncFn(Question) -> Result<String, Unlisted>,
{
    let mut jobs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for wanted in wanted {
        jobs.entry(wanted.bucket.clone()).or_default().extend(wanted.jobs().cloned());
    }
    let mut found = BTreeMap::new();
    for (bucket, jobs) in jobs {
        let listing: Listing = match &args.builds {
            Some(file) => read_json(file).map_err(Error::ReadBuilds)?,
            None => {
                let jobs = jobs.into_iter().collect();
                let text = list(Question { bucket: bucket.clone(), jobs, since }).await;
                serde_json::from_str(&text.map_err(Error::Unlisted)?)
                    .map_err(|source| Error::Listing { bucket: bucket.clone(), source })?
            }
        };
        found.insert(bucket, listing.builds);
    }
    Ok(found)
}
