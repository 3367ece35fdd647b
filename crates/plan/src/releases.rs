//! The releases of Cilium, as GitHub lists them.

use std::time::Duration;

use jiff::Timestamp;
use octocrab::{Octocrab, Page};
use run_record::Outcome;
use semver::Version;
use serde::Deserialize;
use stage::Repository;

use crate::due_args::DueArgs;

/// The first minor version that is tested (CFP-27196).
const FIRST: (u64, u64) = (1, 12);

/// Releases that are asked for at once: the most that GitHub gives.
const RELEASES: usize = 100;

/// Most pages that are read: GitHub lists no more than 10,000 releases.
const PAGES: usize = 100;

/// Longest time for one answer; GitHub gives up on its own after ten seconds.
const DEADLINE: Duration = Duration::from_secs(30);

/// A release that can be tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// Its version.
    pub(crate) version: Version,
    /// When it was published.
    pub(crate) published: Timestamp,
}

/// Why GitHub did not tell its releases.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the releases of `{repository}` from GitHub{}", hint(source))]
pub struct ReleasesError {
    /// The repository.
    repository: Repository,
    /// What GitHub or the network said.
    source: Box<octocrab::Error>,
}

impl ReleasesError {
    /// How a step with it ended.
    pub(crate) fn outcome(&self) -> Outcome {
        match status(&self.source) {
            Some(401 | 404) => Outcome::Misuse,
            _ => Outcome::Failed,
        }
    }
}

fn status(error: &octocrab::Error) -> Option<u16> {
    let octocrab::Error::GitHub { source, .. } = error else { return None };
    Some(source.status_code.as_u16())
}

fn hint(error: &octocrab::Error) -> &'static str {
    match status(error) {
        Some(401) => " (hint: `GITHUB_TOKEN` is no token that is still good)",
        Some(403 | 429) => {
            " (hint: again in an hour; with a token in `GITHUB_TOKEN` it answers more often)"
        }
        Some(404) => " (hint: `--repository cilium/cilium`)",
        _ => "",
    }
}

/// A release as GitHub tells it.
#[derive(Deserialize)]
struct Listed {
    tag_name: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    published_at: Option<Timestamp>,
}

/// The releases that can be tested, oldest first.
pub(crate) async fn releases(args: &DueArgs) -> Result<Vec<Release>, ReleasesError> {
    let failed = |source| {
        let source = Box::new(source);
        ReleasesError { repository: args.repository.clone(), source }
    };
    let github = client(args).map_err(failed)?;
    let route = format!("/repos/{}/releases?per_page={RELEASES}", args.repository);
    let mut found = Vec::new();
    let mut next: Option<Page<Listed>> =
        Some(github.get(route, None::<&()>).await.map_err(failed)?);
    for _ in 0..PAGES {
        let Some(page) = next else { break };
        let testable = page.items.into_iter().filter_map(|listed| testable(&listed, args));
        found.extend(testable);
        next = github.get_page(&page.next).await.map_err(failed)?;
    }
    found.sort_by(|a, b| (a.published, &a.version).cmp(&(b.published, &b.version)));
    found.dedup_by(|a, b| a.version == b.version);
    Ok(found)
}

fn client(args: &DueArgs) -> Result<Octocrab, octocrab::Error> {
    stage::use_ring();
    let builder = Octocrab::builder()
        .base_uri(&args.api)?
        .set_connect_timeout(Some(DEADLINE))
        .set_read_timeout(Some(DEADLINE));
    // An action sets the variable even where it has no token.
    match args.token.clone().filter(|token| !token.is_empty()) {
        Some(token) => builder.personal_token(token).build(),
        None => builder.build(),
    }
}

/// The release, if it is one that can be tested.
fn testable(listed: &Listed, args: &DueArgs) -> Option<Release> {
    let tag = &listed.tag_name;
    let version = Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()?;
    let early = listed.prerelease || !version.pre.is_empty();
    let asked = (version.major, version.minor) >= FIRST && (args.pre_releases || !early);
    let published = listed.published_at?;
    (asked && !listed.draft && version.build.is_empty()).then_some(Release { version, published })
}
