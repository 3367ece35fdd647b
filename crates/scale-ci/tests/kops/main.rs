//! infra-kops with the real kops, against a cloud of our own: what is left when either is cut short.
//! Needs `scale-ci tools kops`, eight minutes once; it is got if it is not there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cloud;
mod cut;
mod lanes;
mod life;
mod table;
