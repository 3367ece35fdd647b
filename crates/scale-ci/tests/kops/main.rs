//! Whole runs on clusters that the real kops made, in a cloud of our own. What is left when one is cut
//! short is in the tests of infra-kops.
//! Needs `scale-ci tools kops`, eight minutes once; it is got if it is not there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a long lane says what each step took")]

mod cloud;
mod life;
