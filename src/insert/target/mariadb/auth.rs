//! Proofs of a password that do not say it.

use sha1::{Digest, Sha1};
use sha2::Sha256;

/// The proof of MariaDB and of MySQL before 8.
pub(super) const NATIVE: &str = "mysql_native_password";
/// The proof of MySQL from 8 on.
pub(super) const SHA2: &str = "caching_sha2_password";
/// No proof at all: the password itself.
pub(super) const CLEAR: &str = "mysql_clear_password";

/// Whether we can give this kind of proof.
pub(super) fn is_known(plugin: &str) -> bool {
    matches!(plugin, NATIVE | SHA2)
}

/// The proof for a challenge; none if the kind of it is not known.
pub(super) fn proof(plugin: &str, password: &str, challenge: &[u8]) -> Option<Vec<u8>> {
    if password.is_empty() {
        return is_known(plugin).then(Vec::new);
    }
    match plugin {
        NATIVE => {
            let once = Sha1::digest(password);
            let twice = Sha1::digest(once);
            let mask = Sha1::new()
                .chain_update(challenge)
                .chain_update(twice)
                .finalize();
            Some(once.iter().zip(mask).map(|(a, b)| a ^ b).collect())
        }
        SHA2 => {
            let once = Sha256::digest(password);
            let twice = Sha256::digest(once);
            let mask = Sha256::new()
                .chain_update(twice)
                .chain_update(challenge)
                .finalize();
            Some(once.iter().zip(mask).map(|(a, b)| a ^ b).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server keeps is the hash of the hash: with it, it gets the hash out of the proof.
    #[test]
    fn the_server_can_check_the_proof_without_the_password() {
        let challenge = b"abcdefghij0123456789";
        let proof = proof(NATIVE, "hush", challenge).unwrap();
        let kept = Sha1::digest(Sha1::digest("hush"));
        let mask = Sha1::new()
            .chain_update(challenge)
            .chain_update(kept)
            .finalize();
        let once: Vec<u8> = proof.iter().zip(mask).map(|(a, b)| a ^ b).collect();
        assert_eq!(Sha1::digest(once), kept);
        assert_eq!(super::proof(SHA2, "", challenge), Some(Vec::new()));
        assert_eq!(super::proof("dialog", "x", challenge), None);
    }
}
