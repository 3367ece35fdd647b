//! How many processes the kernel has killed for want of memory.

use std::fs;

/// How many processes the kernel has killed for want of memory since it started; none if it does not
/// say.
pub(crate) fn kills() -> Option<u64> {
    count(&fs::read_to_string("/proc/vmstat").ok()?)
}

fn count(vmstat: &str) -> Option<u64> {
    vmstat.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_count_is_read() {
        assert_eq!(count("pgfault 9\noom_kill 3\nnuma_hit 1\n"), Some(3));
        assert_eq!(count("pgfault 9\n"), None);
    }
}
