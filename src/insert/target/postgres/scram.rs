//! The proof of a password without saying it: SCRAM-SHA-256, RFC 5802 and RFC 7677.

use crate::insert::Password;
use crate::value::base64;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

type Hash = [u8; 32];

/// The most rounds that a server may ask for: more would only keep us busy.
const MOST_ROUNDS: u32 = 10_000_000;

/// A proof under way.
pub(super) struct Scram {
    nonce: String,
    /// What the server must prove in its turn.
    expected: Option<Hash>,
}

impl Scram {
    pub(super) fn new() -> Result<Scram, String> {
        let mut random = [0; 18];
        getrandom::fill(&mut random).map_err(|e| format!("no random numbers: {e}"))?;
        Ok(Scram {
            nonce: base64::encode(&random),
            expected: None,
        })
    }

    fn bare(&self) -> String {
        format!("n=,r={}", self.nonce)
    }

    /// What is said first.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.bare())
    }

    /// The proof, in answer to what the server said first.
    pub(super) fn answer(&mut self, said: &[u8], password: &Password) -> Result<String, String> {
        let nonsense = || "the server's challenge can not be understood".to_owned();
        let said = std::str::from_utf8(said).map_err(|_| nonsense())?;
        let part = |name: &str| {
            said.split(',')
                .find_map(|part| part.strip_prefix(name))
                .ok_or_else(nonsense)
        };
        let (nonce, salt) = (part("r=")?, part("s=")?);
        let rounds: u32 = part("i=")?.parse().map_err(|_| nonsense())?;
        if !nonce.starts_with(&self.nonce) || !(1..=MOST_ROUNDS).contains(&rounds) {
            return Err(nonsense());
        }
        let salt = base64::decode(salt).ok_or_else(nonsense)?;
        let salted = Zeroizing::new(salted(password.expose().as_bytes(), &salt, rounds));
        let client_key = hmac(&salted[..], &[b"Client Key"]);
        let stored_key: Hash = Sha256::digest(client_key).into();
        let without_proof = format!("c=biws,r={nonce}");
        let message = format!("{},{said},{without_proof}", self.bare());
        let signature = hmac(&stored_key, &[message.as_bytes()]);
        let server_key = hmac(&salted[..], &[b"Server Key"]);
        self.expected = Some(hmac(&server_key, &[message.as_bytes()]));
        let proof: Vec<u8> = client_key
            .iter()
            .zip(signature)
            .map(|(key, sign)| key ^ sign)
            .collect();
        Ok(format!("{without_proof},p={}", base64::encode(&proof)))
    }

    /// Whether the server knows the password too.
    pub(super) fn check(&self, said: &[u8]) -> Result<(), String> {
        let said = said
            .strip_prefix(b"v=")
            .and_then(|v| std::str::from_utf8(v).ok());
        let proof = said.and_then(base64::decode);
        match (proof, self.expected) {
            (Some(proof), Some(expected)) if proof == expected => Ok(()),
            _ => Err("the server does not know the password: it is not the right server".into()),
        }
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Hash {
    let mut block = Zeroizing::new([0u8; 64]);
    if key.len() > block.len() {
        let hash: Hash = Sha256::digest(key).into();
        block[..hash.len()].copy_from_slice(&hash);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let mut inner = Sha256::new();
    inner.update(padded(0x36));
    parts.iter().for_each(|part| inner.update(part));
    let mut outer = Sha256::new();
    outer.update(padded(0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// PBKDF2 with one block.
fn salted(password: &[u8], salt: &[u8], rounds: u32) -> Hash {
    let mut last = hmac(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = last;
    for _ in 1..rounds {
        last = hmac(password, &[&last]);
        sum.iter_mut()
            .zip(last)
            .for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, section 3.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let mut scram = Scram {
            nonce: "rOprNGfwEbeRWgbNEkqO".into(),
            expected: None,
        };
        // The standard's example names a user; PostgreSQL takes it from the start instead.
        let said = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let answer = scram
            .answer(said.as_bytes(), &Password::new("pencil"))
            .unwrap();
        assert!(
            answer.starts_with("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=")
        );
        assert!(scram.check(b"v=AAAA").is_err());
        for bad in [
            "",
            "r=other,s=AAAA,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=0",
        ] {
            assert!(
                scram
                    .answer(bad.as_bytes(), &Password::new("pencil"))
                    .is_err()
            );
        }
    }

    /// RFC 4231, test cases 2 and 6.
    #[test]
    fn the_keyed_hash_is_the_known_one() {
        let hex = |hash: Hash| -> String { hash.iter().map(|b| format!("{b:02x}")).collect() };
        assert_eq!(
            hex(hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(hmac(
                &[0xaa; 131],
                &[b"Test Using Larger Than Block-Size Key - Hash Key First"]
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
