//! Zip archives, which workbooks are.

/// A zip archive of these parts, as they are.
pub fn archive(parts: &[(&str, String)]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    let word = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let half = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
    for (name, text) in parts {
        let at = out.len();
        let mut shared = Vec::new();
        shared.extend([half(20), half(0), half(0)].concat());
        let mut sum = flate2::Crc::new();
        sum.update(text.as_bytes());
        shared.extend([[0; 4], sum.sum().to_le_bytes()].concat());
        shared.extend([word(text.len()), word(text.len())].concat());
        shared.extend([half(name.len()), half(0)].concat());
        out.extend(b"PK\x03\x04");
        out.extend(&shared);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
        list.extend(b"PK\x01\x02");
        list.extend(half(20));
        list.extend(&shared);
        list.extend([0; 10]);
        list.extend(word(at));
        list.extend(name.as_bytes());
    }
    let at = out.len();
    out.extend(&list);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([half(parts.len()), half(parts.len())].concat());
    out.extend([word(list.len()), word(at)].concat());
    out.extend(half(0));
    out
}
