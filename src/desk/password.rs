//! Passwords of users, kept as argon2id hashes.
//!
//! Hashing takes tens of milliseconds on purpose: never inside a write transaction.

use super::DeskError;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest password in characters.
pub const SHORTEST: usize = 8;
/// Longest password in bytes.
pub const LONGEST: usize = 1024;

/// 7 MiB, five passes, one lane: of the equally strong choices of OWASP's password storage cheat
/// sheet the one that leaves a served desk the smallest. A hash says how it was made, so that
/// those of another choice are still recognised.
fn hasher() -> Argon2<'static> {
    with(7 * 1024, 5)
}

fn with(kibibytes: u32, passes: u32) -> Argon2<'static> {
    let params = Params::new(kibibytes, passes, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Refuses a password that is too short, or too long to be hashed.
pub fn check(password: &str) -> Result<(), DeskError> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(DeskError::Invalid(format!(
            "a password has at least {SHORTEST} characters and at most {LONGEST} bytes"
        )));
    }
    Ok(())
}

/// The hash to keep, as a PHC string with its own random salt.
pub fn hash(password: &str) -> Result<String, DeskError> {
    check(password)?;
    let hash: PasswordHash = hasher()
        .hash_password(password.as_bytes())
        .map_err(|_| DeskError::Storage("the password could not be hashed".to_owned()))?;
    Ok(hash.to_string())
}

/// True when the password is the one that was hashed.
pub fn verify(password: &str, hash: &str) -> bool {
    password.len() <= LONGEST
        && PasswordHash::new(hash)
            .is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_by_its_hash_only() {
        let kept = hash("battery staple").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{kept}");
        assert!(!kept.contains("battery"));
        assert!(verify("battery staple", &kept));
        assert!(!verify("battery stapler", &kept));
        assert!(!verify("battery staple", "no hash"));
        assert_ne!(kept, hash("battery staple").unwrap(), "salted");
    }

    #[test]
    fn a_hash_of_another_choice_is_recognised() {
        let former: PasswordHash = with(19 * 1024, 2).hash_password(b"battery staple").unwrap();
        let former = former.to_string();
        assert!(former.contains("m=19456,t=2,p=1"), "{former}");
        assert!(verify("battery staple", &former));
        assert!(!verify("battery stapler", &former));
    }

    #[test]
    fn lengths_are_bounded() {
        assert!(hash("seven77").is_err());
        assert!(hash(&"x".repeat(LONGEST + 1)).is_err());
        assert!(hash("pässwört").is_ok());
    }
}
