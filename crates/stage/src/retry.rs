//! Attempts with growing pauses.

use std::{future::Future, time::Duration};

/// How often and how patiently something is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in all.
    pub attempts: u32,
    /// Pause after the first attempt; each later one is twice as long.
    pub pause: Duration,
    /// Longest pause.
    pub longest: Duration,
}

/// Tries `work` until it succeeds, `again` says that it is no use, or the attempts are used up.
///
/// # Errors
/// The error of the last attempt.
pub async fn retry<T, E, F>(
    plan: Retry,
    again: impl Fn(&E) -> bool,
    mut work: impl FnMut(u32) -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: std::fmt::Display,
{
    let mut pause = plan.pause;
    let mut attempt = 1;
    loop {
        match work(attempt).await {
            Err(error) if attempt < plan.attempts && again(&error) => {
                tracing::warn!("attempt {attempt} of {}: {error}", plan.attempts);
                tokio::time::sleep(jittered(pause)).await;
                pause = (pause * 2).min(plan.longest);
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// Between a half and the whole of `pause`, so that two who failed together do not return together.
fn jittered(pause: Duration) -> Duration {
    let nanos = jiff::Timestamp::now().subsec_nanosecond().unsigned_abs();
    let share = f64::from(nanos % 1000) / 2000.0;
    pause.mul_f64(0.5 + share)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Retry =
        Retry { attempts: 3, pause: Duration::from_millis(1), longest: Duration::from_millis(2) };

    #[tokio::test]
    async fn it_tries_until_it_succeeds() {
        let result: Result<u32, String> =
            retry(QUICK, |_| true, async |n| if n < 3 { Err("no".into()) } else { Ok(n) }).await;

        assert_eq!(result, Ok(3));
    }

    #[tokio::test]
    async fn it_stops_where_again_is_no_use_and_where_the_attempts_end() {
        let hopeless: Result<(), String> =
            retry(QUICK, |_| false, async |n| Err(n.to_string())).await;
        let unlucky: Result<(), String> =
            retry(QUICK, |_| true, async |n| Err(n.to_string())).await;

        assert_eq!(hopeless, Err("1".into()));
        assert_eq!(unlucky, Err("3".into()));
    }
}
