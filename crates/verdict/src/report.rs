//! `verdict report`: what GitHub is told of a run: a status of the commit, one comment of the pull request.

use std::{fmt, time::Duration};

use octocrab::{Octocrab, Page};
use run_record::{Outcome, RunDir};
use serde::Serialize;
use serde_json::{Value, json};
use stage::Repository;

use crate::{error::Error, verb::ReportArgs};

/// Longest description of a status that GitHub takes.
const DESCRIPTION: usize = 140;

/// Longest comment that GitHub takes is 65,536 characters; the rest is for what stands around it.
const COMMENT: usize = 65_000;

/// Comments that are asked for at once: the most that GitHub gives.
const COMMENTS: usize = 100;

/// Longest that GitHub may keep one request waiting; it answers or gives up within ten seconds.
const ANSWER: Duration = Duration::from_secs(30);

/// What GitHub was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reported {
    /// State of the status that was set, and its description.
    pub status: Option<(String, String)>,
    /// Whether the comment was written anew; none if there is no comment.
    pub new_comment: Option<bool>,
}

/// Tells GitHub what `args` ask for.
pub(crate) async fn report(args: &ReportArgs, run_dir: &RunDir) -> Result<Reported, Error> {
    let github = client(args)?;
    let mut reported = Reported::default();
    let conclusion = match args.pending {
        true => None,
        false => Some(run_dir.conclusion()),
    };
    if let Some(sha) = &args.sha {
        let (state, description) = match &conclusion {
            None => ("pending", "running".to_owned()),
            Some(Ok(found)) => {
                let text = format!("{}: {}", found.outcome, found.because.join("; "));
                (state(found.outcome), text)
            }
            // A run that was not concluded is no pass, whatever kept it from that.
            Some(Err(_)) => ("error", "the run was not concluded".to_owned()),
        };
        let description = cut(&stage::redact(&description), DESCRIPTION);
        let status = json!({
            "state": state,
            "context": args.context,
            "description": description,
            "target_url": args.run_url,
        });
        post(&github, &format!("/repos/{}/statuses/{sha}", args.repository), &status).await?;
        reported.status = Some((state.into(), description));
    }
    if let (Some(number), Some(_)) = (args.pull_request, &conclusion) {
        let page = std::fs::read_to_string(run_dir.conclusion_page());
        let page = page.unwrap_or_else(|_| "The run was not concluded.".into());
        reported.new_comment = Some(comment(&github, args, number, &page).await?);
    }
    Ok(reported)
}

fn client(args: &ReportArgs) -> Result<Octocrab, Error> {
    stage::use_ring();
    let github = |source| Error::github("reach GitHub", source);
    Octocrab::builder()
        .base_uri(&args.api)
        .map_err(github)?
        .personal_token(args.token.clone())
        .set_connect_timeout(Some(ANSWER))
        .set_read_timeout(Some(ANSWER))
        .build()
        .map_err(github)
}

/// How GitHub calls an outcome. What says nothing about Cilium is an error, not a failure.
fn state(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "success",
        Outcome::Regressed | Outcome::Inconclusive => "failure",
        _ => "error",
    }
}

/// Writes the one comment of `args.context`, over the one of an earlier run if there is one.
async fn comment(
    github: &Octocrab,
    args: &ReportArgs,
    number: u64,
    page: &str,
) -> Result<bool, Error> {
    // Nobody sees it, and it tells our comment from others.
    let mark = format!("<!-- perf-scale-ci: {} -->", args.context.replace("--", "-"));
    let link = args.run_url.as_ref();
    let link = link.map(|url| format!("\n\n[The run]({url})")).unwrap_or_default();
    let text = format!("{mark}\n{}{link}", cut(&stage::redact(page), COMMENT));
    let body = json!({ "body": text });
    match earlier(github, &args.repository, number, &mark).await? {
        Some(id) => {
            let route = format!("/repos/{}/issues/comments/{id}", args.repository);
            let sent: Result<Value, _> = github.patch(route, Some(&body)).await;
            sent.map_err(|source| Error::github("update the comment", source))?;
            Ok(false)
        }
        None => {
            let route = format!("/repos/{}/issues/{number}/comments", args.repository);
            post(github, &route, &body).await?;
            Ok(true)
        }
    }
}

/// The comment that begins with `mark` and is a machine's: a person may quote ours.
async fn earlier(
    github: &Octocrab,
    repository: &Repository,
    number: u64,
    mark: &str,
) -> Result<Option<u64>, Error> {
    let route = format!("/repos/{repository}/issues/{number}/comments?per_page={COMMENTS}");
    let read = |source| Error::github("read the comments", source);
    let mut next: Option<Page<Value>> = Some(github.get(route, None::<&()>).await.map_err(read)?);
    while let Some(page) = next {
        let ours = page.items.iter().find(|comment| {
            comment["body"].as_str().is_some_and(|body| body.starts_with(mark))
                && comment["user"]["type"] == "Bot"
        });
        if let Some(id) = ours.and_then(|comment| comment["id"].as_u64()) {
            return Ok(Some(id));
        }
        next = github.get_page(&page.next).await.map_err(read)?;
    }
    Ok(None)
}

async fn post(github: &Octocrab, route: &str, body: &Value) -> Result<(), Error> {
    let sent: Result<Value, _> = github.post(route, Some(body)).await;
    sent.map(|_| ()).map_err(|source| Error::github("write to GitHub", source))
}

/// The first `most` characters of `text`, with a sign that it goes on.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((state, description)) = &self.status {
            writeln!(f, "status  {state}: {description}")?;
        }
        match self.new_comment {
            Some(true) => writeln!(f, "comment written"),
            Some(false) => writeln!(f, "comment updated"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }

    #[test]
    fn only_a_pass_is_a_success() {
        assert_eq!(state(Outcome::Done), "success");
        assert_eq!(state(Outcome::Regressed), "failure");
        assert_eq!(state(Outcome::Infrastructure), "error");
        assert_eq!(state(Outcome::Cancelled), "error");
    }
}
