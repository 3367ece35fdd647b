//! Numbers of seven bits a byte, lowest first.

/// Bytes of the largest number that is read, which has 32 bits.
const LONGEST: usize = 5;

/// The number at the start of `bytes`, and what follows it.
pub(crate) fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(LONGEST).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_at_the_first_byte_without_the_high_bit() {
        assert_eq!(varint(&[0xC8, 0x01, 9]), Some((200, &[9][..])));
        assert_eq!(varint(&[0xC8]), None);
        assert_eq!(varint(&[0xFF; 9]), None);
    }
}
