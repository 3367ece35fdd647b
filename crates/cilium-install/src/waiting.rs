//! Waits until every image is there: all are asked for at once, each with growing pauses.

use std::{
    fmt,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::FuturesUnordered};
use stage::Progress;

use crate::{
    answer::{Found, Seen},
    image::{Image, NotAnImage},
    registry::{Asking, client},
};

/// Why not every image is there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImagesError {
    /// The chart names something that is no image.
    #[error("failed to read the name of an image")]
    Name(#[from] NotAnImage),
    /// There is no client.
    #[error("failed to make a client that asks registries")]
    Client(#[source] reqwest::Error),
    /// No wait would help.
    #[error(
        "{} (hint: look at the name; a repository that does not exist is refused in the same words)",
        .0.join("; ")
    )]
    Refused(Vec<String>),
    /// They were not pushed.
    #[error(
        "not every image is there after {minutes} min: {} (hint: see whether its build failed)",
        missing.join("; ")
    )]
    NeverCame {
        /// How long they were waited for.
        minutes: u32,
        /// Those that are missing.
        missing: Vec<String>,
    },
    /// The registry did not say.
    #[error("a registry is in trouble after {minutes} min: {}", missing.join("; "))]
    Registry {
        /// How long they were waited for.
        minutes: u32,
        /// Those that are missing.
        missing: Vec<String>,
    },
}

/// Pause after the first look; each later one is twice as long.
const FIRST: Duration = Duration::from_secs(1);

/// Longest pause: an image takes ten minutes and more to build, and a registry counts who asks.
const LONGEST: Duration = Duration::from_secs(30);

/// Looks in a row after which a refusal is certain: what signs in a registry's readers has hiccups too.
const CERTAIN: u32 = 3;

/// One image, and what is known of it.
pub(crate) struct State<'i> {
    /// The image.
    pub(crate) image: &'i Image,
    /// How often it was looked for.
    pub(crate) looks: u32,
    seen: Option<Seen>,
    refused: u32,
}

/// Waits until each of `images` is there for `platform`, for `minutes` at most.
pub(crate) async fn wait_for<'i>(
    images: &'i [Image],
    platform: &str,
    minutes: u32,
) -> Result<Vec<State<'i>>, ImagesError> {
    let client = client().map_err(ImagesError::Client)?;
    let begun = Instant::now();
    let deadline = Duration::from_secs(60) * minutes;
    let progress = Progress::default();
    let mut states: Vec<State<'_>> = images.iter().map(State::new).collect();
    let mut looks: FuturesUnordered<_> = images
        .iter()
        .enumerate()
        .map(|(at, image)| look(at, Asking::new(&client, image), Duration::ZERO))
        .collect();
    while let Some((at, asking, seen)) = looks.next().await {
        let Some(state) = states.get_mut(at) else { continue };
        state.note(seen, platform);
        if state.refused >= CERTAIN {
            break;
        }
        if let Some(pause) = state.pause().filter(|pause| begun.elapsed() + *pause <= deadline) {
            looks.push(look(at, asking, pause));
        }
        progress.say(&Line(&states, begun.elapsed()).to_string());
    }
    all_there(states, minutes)
}

/// Asks after `pause`.
async fn look(at: usize, mut asking: Asking<'_>, pause: Duration) -> (usize, Asking<'_>, Seen) {
    tokio::time::sleep(pause).await;
    let seen = asking.ask().await;
    (at, asking, seen)
}

fn all_there(states: Vec<State<'_>>, minutes: u32) -> Result<Vec<State<'_>>, ImagesError> {
    let of = |wanted: fn(&Seen) -> bool| {
        let states = states.iter().filter_map(|one| Some((one.image, one.seen.as_ref()?)));
        let states = states.filter(move |(_, seen)| wanted(seen));
        states.map(|(image, seen)| format!("`{image}` is {seen}")).collect::<Vec<_>>()
    };
    let refused = of(|seen| matches!(seen, Seen::Denied(_)));
    let missing = of(|seen| !matches!(seen, Seen::There(_)));
    if !refused.is_empty() {
        Err(ImagesError::Refused(refused))
    } else if missing.is_empty() {
        Ok(states)
    } else if missing.len() == of(|seen| matches!(seen, Seen::NotYet)).len() {
        Err(ImagesError::NeverCame { minutes, missing })
    } else {
        Err(ImagesError::Registry { minutes, missing })
    }
}

impl<'i> State<'i> {
    fn new(image: &'i Image) -> Self {
        Self { image, looks: 0, seen: None, refused: 0 }
    }

    /// What was found, once it is there.
    pub(crate) fn found(&self) -> Option<&Found> {
        match &self.seen {
            Some(Seen::There(found)) => Some(found),
            _ => None,
        }
    }

    /// Notes what one look saw.
    fn note(&mut self, seen: Seen, platform: &str) {
        let seen = match seen {
            Seen::There(found) if found.lacks(platform) => {
                let built = found.platforms.join(" and ");
                Seen::Denied(format!("built for {built}, and not for {platform}"))
            }
            seen => seen,
        };
        self.looks += 1;
        self.refused = if matches!(seen, Seen::Denied(_)) { self.refused + 1 } else { 0 };
        if self.seen.as_ref() != Some(&seen) {
            tracing::info!("{} is {seen}", self.image);
        }
        self.seen = Some(seen);
    }

    /// How long it is until the next look; nothing if none is needed.
    fn pause(&self) -> Option<Duration> {
        match &self.seen {
            Some(Seen::There(_)) => None,
            Some(Seen::Throttled(Some(after))) => Some(FIRST.max(*after)),
            _ => {
                Some(LONGEST.min(FIRST * 2_u32.saturating_pow(self.looks.saturating_sub(1).min(8))))
            }
        }
    }
}

/// How far the wait is, and since when. It changes every minute: a wait that says nothing looks like one
/// that hangs.
struct Line<'s>(&'s [State<'s>], Duration);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(states, waited) = self;
        let left = states.iter().filter(|one| one.found().is_none());
        let left: Vec<String> = left
            .map(|one| {
                let why = one.seen.as_ref().map_or("not looked for".into(), Seen::to_string);
                format!("{} ({why})", one.image.short())
            })
            .collect();
        let (there, all, minutes) =
            (states.len() - left.len(), states.len(), waited.as_secs() / 60);
        write!(f, "{there} of {all} images are there after {minutes} min")?;
        if left.is_empty() { Ok(()) } else { write!(f, ", waiting for {}", left.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(image: &Image, looks: impl IntoIterator<Item = Seen>) -> State<'_> {
        let mut state = State::new(image);
        looks.into_iter().for_each(|seen| state.note(seen, "linux/amd64"));
        state
    }

    fn there(platforms: &[&str]) -> Seen {
        let platforms = platforms.iter().map(|one| (*one).into()).collect();
        Seen::There(Found { digest: None, platforms })
    }

    #[test]
    fn pauses_grow_to_a_limit_and_a_registry_may_ask_for_more() {
        let image = "a/b:v1".parse().unwrap();
        let pause = |looks: usize| state(&image, vec![Seen::NotYet; looks]).pause();

        let pauses = [1, 2, 3, 20].map(pause);

        assert_eq!(pauses, [1, 2, 4, 30].map(|seconds| Some(Duration::from_secs(seconds))));
        let asked = Seen::Throttled(Some(Duration::from_secs(99)));
        assert_eq!(state(&image, [asked]).pause(), Some(Duration::from_secs(99)));
        assert_eq!(state(&image, [there(&[])]).pause(), None);
    }

    #[test]
    fn an_image_of_another_platform_is_refused_and_one_that_does_not_say_is_taken() {
        let image = "a/b:v1".parse().unwrap();

        assert!(state(&image, [there(&["linux/amd64", "linux/arm64"])]).found().is_some());
        assert!(state(&image, [there(&[])]).found().is_some());
        let refused = all_there(vec![state(&image, [there(&["linux/arm64"])])], 0).err().unwrap();
        let expected =
            "`docker.io/a/b:v1` is built for linux/arm64, and not for linux/amd64 (hint:";
        assert!(refused.to_string().starts_with(expected), "{refused}");
    }

    #[test]
    fn a_refusal_that_was_a_hiccup_is_forgotten() {
        let image = "a/b:v1".parse().unwrap();
        let denied = || Seen::Denied("x".into());

        assert_eq!(state(&image, [denied(), denied(), Seen::NotYet, denied()]).refused, 1);
        assert_eq!(state(&image, [denied(), denied(), denied()]).refused, CERTAIN);
    }

    #[test]
    fn what_is_waited_for_is_one_line() {
        let image = "quay.io/cilium/cilium-ci:abc".parse().unwrap();
        let states = [state(&image, [there(&[])]), state(&image, [Seen::NotYet])];

        let line = Line(&states, Duration::from_secs(185)).to_string();

        assert_eq!(
            line,
            "1 of 2 images are there after 3 min, waiting for cilium-ci:abc (not there yet)"
        );
    }
}
