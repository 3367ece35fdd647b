//! Addresses: ranges, and which are free.

use std::{collections::BTreeSet, net::Ipv4Addr};

use serde_json::{Map, Value};

use crate::{key::Key, world::World};

/// First of the addresses that Google would route: a range that is kept for documentation and
/// benchmarks, so that nothing real is ever meant.
const EXTERNAL: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// First and last address of a range.
pub(super) fn range(cidr: &str) -> Option<(u32, u32)> {
    let (first, length) = cidr.split_once('/')?;
    let first: Ipv4Addr = first.parse().ok()?;
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let room = u32::MAX.checked_shr(length).unwrap_or(0);
    Some((first.to_bits() & !room, first.to_bits() | room))
}

/// A subnet of the same network that has addresses of this one.
pub(super) fn conflicts(world: &World, body: &Map<String, Value>) -> Option<Key> {
    let network = body.get("network")?.as_str()?;
    let (first, last) = range(body.get("ipCidrRange")?.as_str()?)?;
    let network = Key::linked(network)?.1;
    let other = world.all("subnetworks").find(|(_, other)| {
        let same = Key::linked(other.text("network")).is_some_and(|(_, key)| key == network);
        let overlaps =
            range(other.text("ipCidrRange")).is_some_and(|(from, to)| first <= to && from <= last);
        same && overlaps
    });
    other.map(|(key, _)| key.clone())
}

/// An address of the world that nobody has.
pub(super) fn free_external(taken: &BTreeSet<String>) -> String {
    free(EXTERNAL.to_bits(), u32::MAX, taken)
}

/// An address of a subnet that nobody has; the first two and the last two are Google's.
pub(super) fn free_in(world: &World, subnetwork: &str, taken: &BTreeSet<String>) -> String {
    let subnet = Key::linked(subnetwork).and_then(|(_, key)| world.get(&key));
    let found = subnet.and_then(|subnet| range(subnet.text("ipCidrRange")));
    let (first, last) = found.unwrap_or((Ipv4Addr::new(10, 0, 0, 0).to_bits(), u32::MAX));
    free(first + 2, last.saturating_sub(2), taken)
}

fn free(first: u32, last: u32, taken: &BTreeSet<String>) -> String {
    let mut all = (first..last).map(|bits| Ipv4Addr::from_bits(bits).to_string());
    all.find(|address| !taken.contains(address)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_and_what_is_none_is_not() {
        assert_eq!(range("10.0.16.0/20"), Some((0x0a00_1000, 0x0a00_1fff)));
        assert_eq!(range("10.0.0.1/32"), Some((0x0a00_0001, 0x0a00_0001)));
        assert_eq!(range("10.0.0.0/33"), None);
        assert_eq!(range("10.0.0.0"), None);
    }

    #[test]
    fn no_address_is_given_twice() {
        let mut taken = BTreeSet::new();
        for _ in 0..300 {
            assert!(taken.insert(free_external(&taken)));
        }
    }
}
