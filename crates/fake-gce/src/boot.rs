//! Boots control planes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::shared::Shared;

#[derive(Debug)]
pub(crate) struct Booting;

impl Booting {
    pub(crate) fn start(_shared: Arc<Shared>, _folder: &Path, _program: PathBuf) -> Self {
        Self
    }

    pub(crate) async fn stop(self) {}
}
