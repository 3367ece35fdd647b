//! Files of kops that are on no cloud: the channel, and the sums of programs.

use crate::{
    answer::{Answer, Answered},
    call::Call,
};

/// What kops reads about images and versions; much shorter than the real one.
const CHANNEL: &str = include_str!("channel.yaml");

/// Any sum does: nothing here is ever fetched by a machine.
const SUM: &str = "00000000000000000000000000000000000000000000000000000000fa4e9ce0";

/// Answers a request for a file.
pub(crate) fn serve(call: &Call) -> Answered {
    let path = call.target.split('?').next().unwrap_or_default();
    match call.host.as_str() {
        "raw.githubusercontent.com" if path.starts_with("/kubernetes/kops/master/channels/") => {
            Ok(Answer::text(200, CHANNEL))
        }
        _ if path.ends_with(".sha256") => Ok(Answer::text(200, format!("{SUM}\n"))),
        _ => Err(Answer::text(404, "not found\n")),
    }
}
