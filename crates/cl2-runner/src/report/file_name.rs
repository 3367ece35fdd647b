//! What the name of a report's file says: `<summary>_<config>_<time>.<extension>`.

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;

/// What the name of a report's file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    /// What was summed up, such as `PodStartupLatency_CreatePhase`.
    pub(crate) summary: String,
    /// Name of the config.
    pub(crate) config: String,
    /// When it was.
    pub(crate) time: Timestamp,
}

/// The time at the end of a name. Its offset is that of the machine: `Z` or `+02:00`.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?s)^(.+)_(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))\.[A-Za-z0-9]+$",
    )
    .ok()
});

/// What a file that `dumpTestConfig` of ClusterLoader2 writes is called.
const GENERATED: &str = "generatedConfig_";

/// Name of the config that ClusterLoader2 wrote down in the file called `name`, if it is such a file.
pub(crate) fn config_name(name: &str) -> Option<&str> {
    name.strip_prefix(GENERATED)?.strip_suffix(".yaml")
}

impl FileName {
    /// Splits `name`. Both summaries and configs may hold `_`: the names in `configs` tell where the
    /// one ends and the other begins. Without a fitting one, a config holds no `_`.
    pub(crate) fn parse(name: &str, configs: &[String]) -> Option<Self> {
        let parts = NAME.as_ref()?.captures(name)?;
        let (rest, time) = (&parts[1], &parts[2]);
        let known = configs
            .iter()
            .filter_map(|config| {
                Some((rest.strip_suffix(config.as_str())?.strip_suffix('_')?, config))
            })
            .min_by_key(|(summary, _)| summary.len());
        let (summary, config) = match known {
            Some((summary, config)) => (summary, config.as_str()),
            None => rest.rsplit_once('_')?,
        };
        Some(Self { summary: summary.into(), config: config.into(), time: time.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str, configs: &[&str]) -> Option<(String, String)> {
        let configs: Vec<String> = configs.iter().map(|config| (*config).into()).collect();
        FileName::parse(name, &configs).map(|name| (name.summary, name.config))
    }

    #[test]
    fn a_summary_may_hold_underscores_and_spaces() {
        let name = "PodStartupLatency_CreatePhase_load_2026-11-23T21:59:12Z.json";
        let spaced = "GenericPrometheusQuery Init Events_LB-IPAM test_2026-11-23T21:59:12Z.json";

        assert_eq!(
            parts(name, &["load"]),
            Some(("PodStartupLatency_CreatePhase".into(), "load".into()))
        );
        assert_eq!(
            parts(spaced, &["LB-IPAM test"]),
            Some(("GenericPrometheusQuery Init Events".into(), "LB-IPAM test".into()))
        );
    }

    #[test]
    fn a_config_may_hold_underscores_if_it_is_known() {
        let name = "SchedulingThroughput_my_load_2026-11-23T21:59:12Z.json";

        assert_eq!(
            parts(name, &["load", "my_load"]),
            Some(("SchedulingThroughput".into(), "my_load".into()))
        );
        assert_eq!(parts(name, &[]), Some(("SchedulingThroughput_my".into(), "load".into())));
    }

    #[test]
    fn a_time_with_an_offset_is_the_same_moment() {
        let offset = FileName::parse("A_b_2026-11-23T23:59:12+02:00.json", &[]).unwrap();
        let utc = FileName::parse("A_b_2026-11-23T21:59:12Z.json", &[]).unwrap();

        assert_eq!(offset, utc);
    }

    #[test]
    fn a_name_without_a_time_is_of_no_summary() {
        assert_eq!(parts("cl2-metadata.json", &[]), None);
        assert_eq!(parts("A_load_yesterday.json", &["load"]), None);
    }

    #[test]
    fn the_name_of_a_generated_config_is_the_name_of_the_config() {
        assert_eq!(config_name("generatedConfig_LB-IPAM test.yaml"), Some("LB-IPAM test"));
        assert_eq!(config_name("junit.xml"), None);
    }
}
