//! Certificates that a test makes.

use std::path::Path;
use std::process::Command;

/// Which extensions a certificate has.
const EXTENSIONS: &str = "
[req]
distinguished_name = name
prompt = no
[name]
CN = crewdesk test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
";

/// An authority in `ca.pem`, and a certificate of its making for `localhost` in `server.crt` with
/// `server.key`. False, with the reason printed, where they can not be made.
pub fn certificates(dir: &Path) -> bool {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: there is no openssl to make certificates with");
        return false;
    }
    std::fs::write(dir.join("made.cnf"), EXTENSIONS).unwrap();
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config made.cnf";
    for arguments in [
        format!("req -x509 {KEY} -extensions authority -days 2 -keyout ca.key -out ca.pem"),
        format!("req {KEY} -keyout server.key -out server.csr"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 2 \
         -extfile made.cnf -extensions server -out server.crt"
            .to_owned(),
    ] {
        let mut command = Command::new("openssl");
        let made = command
            .current_dir(dir)
            .args(arguments.split_whitespace())
            .output();
        let made = made.unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "openssl {arguments}: {said}");
    }
    true
}
