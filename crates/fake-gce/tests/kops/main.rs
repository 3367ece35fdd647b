//! The real kops, unmodified, against the cloud. Not run unless asked: kops takes minutes to build, and this
//! half a minute.
//!
//!     FAKE_GCE_KOPS=<kops> cargo test -p fake-gce -- --ignored
//!
//! With `UPDATE=1` it writes down the calls that kops makes: another pin of kops shows what it does otherwise.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod boot;
mod cloud;
mod life;
