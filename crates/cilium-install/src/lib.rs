//! Waits for the images of one exact Cilium, installs it, waits for it, resets it between tests, and dumps its state.

mod answer;
mod asked;
mod chart;
mod cluster;
mod conntrack;
mod crds;
mod effective;
mod error;
mod excerpt;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod helm;
mod image;
mod images;
mod index;
mod install;
mod installed;
mod known;
mod matching;
mod part;
mod ready;
mod record;
mod registry;
mod reset;
mod run;
mod sysdump;
mod token;
mod unknown;
mod values;
mod verb;
mod view;
mod wait;
mod wait_images;
mod waiting;
mod yaml;

pub use chart::ChartError;
pub use crds::CrdError;
pub use effective::{Difference, Differences};
pub use error::Error;
pub use helm::HelmError;
pub use image::NotAnImage;
pub use index::{Entry, Index};
pub use known::KnownError;
pub use record::{
    ImageRecord, ImagesRecord, InstallRecord, NotChecked, ReadyRecord, Record, ResetOf, ResetRecord,
};
pub use run::main;
pub use unknown::{Unknown, UnknownValue};
pub use verb::Verb;
pub use waiting::ImagesError;
pub use yaml::YamlError;
