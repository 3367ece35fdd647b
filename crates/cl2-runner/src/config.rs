//! Where the ClusterLoader2 config of a test lies.

use std::path::{Path, PathBuf};

use run_record::RunDir;
use scenario::Test;
use stage::{Toolbox, ToolboxError};

/// Files of ClusterLoader2 that are used as they are.
const SOURCE: &str = "clusterloader2-tests";

/// Folder of ClusterLoader2's own configs.
const TESTING: &str = "testing";

/// Why a config cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// ClusterLoader2's own configs cannot be had.
    #[error("failed to get ClusterLoader2's own configs")]
    Source(#[source] Box<ToolboxError>),
    /// ClusterLoader2 has no such config.
    #[error("ClusterLoader2 comes with no config `{config}` (hint: see `{folder}`)")]
    NoSuch {
        /// What was asked for.
        config: String,
        /// Where its configs lie.
        folder: PathBuf,
    },
    /// The run directory does not hold the config.
    #[error("`{0}` is not there (hint: `plan` copies it; plan the run again)")]
    NotCopied(PathBuf),
}

impl ConfigError {
    /// Whether again will not help.
    pub(crate) fn is_misuse(&self) -> bool {
        matches!(self, Self::NoSuch { .. } | Self::NotCopied(_))
    }
}

/// A config and the folder whose files it may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// The config.
    pub(crate) file: PathBuf,
    /// The folder that holds it and all it uses.
    pub(crate) folder: PathBuf,
}

/// The folder of ClusterLoader2's own files.
pub(crate) async fn source(toolbox: &Toolbox) -> Result<PathBuf, ToolboxError> {
    toolbox.source(SOURCE, None).await
}

/// Finds the config of `test`: the copy that `plan` made, or ClusterLoader2's own.
pub(crate) async fn find(
    run_dir: &RunDir,
    toolbox: &Toolbox,
    test: &Test,
) -> Result<Config, ConfigError> {
    let Some(upstream) = test.config.upstream() else {
        return copied(&run_dir.config(&test.test), &test.config.0);
    };
    let source = source(toolbox).await;
    let folder = source.map_err(|error| ConfigError::Source(Box::new(error)))?.join(TESTING);
    let file = folder.join(upstream);
    if file.is_file() {
        Ok(Config { file, folder })
    } else {
        Err(ConfigError::NoSuch { config: upstream.into(), folder })
    }
}

/// `plan` copied the folder that holds the config, so only its last name counts.
fn copied(folder: &Path, config: &str) -> Result<Config, ConfigError> {
    let file = folder.join(Path::new(config).file_name().unwrap_or_default());
    if file.is_file() {
        Ok(Config { file, folder: folder.into() })
    } else {
        Err(ConfigError::NotCopied(file))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_config_is_found_by_its_last_name() {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("config.yaml"), "name: a\n").unwrap();

        let config = copied(folder.path(), "cl2/density/config.yaml").unwrap();

        assert_eq!(config.file, folder.path().join("config.yaml"));
    }

    #[test]
    fn a_config_that_was_not_copied_is_misuse() {
        let folder = TempDir::new().unwrap();

        let error = copied(folder.path(), "cl2/density/config.yaml").unwrap_err();

        assert!(error.is_misuse());
        assert!(error.to_string().contains("config.yaml"));
    }
}
