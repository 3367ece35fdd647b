//! What a stage says: to people on stderr, redacted.

use std::{fmt, io::IsTerminal};

use redaction::redact;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

/// Sends everything the program says to stderr.
pub fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("PERF_SCALE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,kube=warn,kube_client=off,hyper=warn,tower=warn"));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A second call, as in tests, keeps the first one's settings.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would say so on stderr, and panic there: a reader who went away is no fault.
        .log_internal_errors(false)
        .event_format(Line { colour })
        .try_init();
    // What a fault of our own says may quote what others wrote.
    std::panic::set_hook(Box::new(|fault| tracing::error!("{fault}")));
}

/// `23:59:59 created 100 nodes`, with the level in front where it matters.
struct Line {
    colour: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = *event.metadata().level();
        let (colour, word) = match level {
            Level::ERROR => ("\x1b[31m", "ERROR "),
            Level::WARN => ("\x1b[33m", "WARN "),
            Level::INFO => ("", ""),
            _ => ("\x1b[2m", "debug "),
        };
        let mut text = String::new();
        context.field_format().format_fields(Writer::new(&mut text), event)?;
        let time = jiff::Timestamp::now().strftime("%H:%M:%S");
        let text = redact(&text);
        if self.colour && !colour.is_empty() {
            writeln!(writer, "{time} {colour}{word}\x1b[0m{text}")
        } else {
            writeln!(writer, "{time} {word}{text}")
        }
    }
}
