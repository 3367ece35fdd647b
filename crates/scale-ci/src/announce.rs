//! Says what a signal does, as soon as it comes: who pressed Ctrl-C wants to know what is waited for.

use std::convert::Infallible;

use stage::Cancel;

use crate::display::Display;

/// Says what each of the first two signals does; never ends.
pub(crate) async fn announce(cancel: &Cancel) -> Infallible {
    cancel.asked().await;
    Display::say(
        "stopping: what there is is kept and exported, then the cluster is deleted \
         (once more: at once, without Prometheus' database and the cluster's state)",
    );
    cancel.hurried().await;
    Display::say(
        "hurrying: only what was measured is exported, then the cluster is deleted \
         (once more: an export that hangs is ended)",
    );
    std::future::pending().await
}
