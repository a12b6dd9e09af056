//! TLS to a server: who it is is proved where the URL wants it.

use super::super::url::{ServerUrl, Tls};
use super::Lost;
use crate::value::words::io_error;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore,
    SignatureScheme, StreamOwned,
};
use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Shakes hands.
pub(super) fn begin(
    mut tcp: TcpStream,
    url: &ServerUrl,
    until: Option<Instant>,
) -> Result<StreamOwned<ClientConnection, TcpStream>, Lost> {
    let name = ServerName::try_from(url.host.clone()).map_err(|_| {
        Lost::Unsafe("the host has no name that a certificate could bear; name it otherwise".into())
    })?;
    let config = config(url)?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|e| refused(&e, url))?;
    while connection.is_handshaking() {
        match connection.complete_io(&mut tcp) {
            Ok(_) => {}
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if until.is_some_and(|until| Instant::now() > until) {
                    return Err(Lost::Broken(ErrorKind::TimedOut.into()));
                }
            }
            Err(e) => return Err(broken(e, url)),
        }
    }
    Ok(StreamOwned::new(connection, tcp))
}

/// Reads what has come over a way that does not wait, whatever there is to be sent.
pub(super) fn read_now(
    connection: &mut ClientConnection,
    tcp: &mut TcpStream,
    to: &mut [u8],
) -> io::Result<usize> {
    if connection.wants_read() {
        match connection.read_tls(tcp) {
            Err(e) if e.kind() != ErrorKind::WouldBlock => return Err(e),
            _ => connection.process_new_packets().map_err(io::Error::other)?,
        };
    }
    connection.reader().read(to)
}

/// An end of the handshake: the server went away, or is not to be trusted.
fn broken(error: io::Error, url: &ServerUrl) -> Lost {
    match error.get_ref().and_then(|e| e.downcast_ref()) {
        Some(refusal) => refused(refusal, url),
        None => Lost::Broken(error),
    }
}

/// Why a server is not trusted, and what to do.
fn refused(error: &rustls::Error, url: &ServerUrl) -> Lost {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, UnknownIssuer,
    };
    let host = &url.host;
    let trusted = match &url.roots {
        Some(path) => format!("the authorities in {}", path.display()),
        None => "an authority that this machine trusts".to_owned(),
    };
    Lost::Unsafe(match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            NotValidForName | NotValidForNameContext { .. } => format!(
                "the certificate of the server does not bear the name {host}{}; name the host as \
                 the certificate does, or have its owner make one for {host}",
                names(reason)
            ),
            // An authority of the same name may have another key.
            UnknownIssuer | BadSignature => format!(
                "the certificate of the server is not signed by {trusted}; name the file of the \
                 authority that signed it with sslrootcert=PATH"
            ),
            Expired | ExpiredContext { .. } => {
                "the certificate of the server has expired; have its owner make a new one".into()
            }
            NotValidYet | NotValidYetContext { .. } => "the certificate of the server is not \
                 valid yet; check the clock of this machine"
                .into(),
            reason => format!(
                "the certificate of the server is refused ({reason}); have its owner make another"
            ),
        },
        error => format!("TLS fails ({error}); check sslmode and what the server offers"),
    })
}

/// The names that a certificate bears.
fn names(reason: &CertificateError) -> String {
    let CertificateError::NotValidForNameContext { presented, .. } = reason else {
        return String::new();
    };
    // `DnsName("db.example")`, as the library writes them.
    let bare = |name: &String| match name.split('"').nth(1) {
        Some(name) => name.to_owned(),
        None => name.clone(),
    };
    let names: Vec<String> = presented.iter().take(5).map(bare).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(", but {}", names.join(", ")),
    }
}

fn config(url: &ServerUrl) -> Result<ClientConfig, Lost> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| refused(&e, url))?;
    let builder = builder.dangerous();
    let verifier: Arc<dyn ServerCertVerifier> = match url.tls {
        Tls::VerifyFull => {
            let roots = Arc::new(roots(url)?);
            WebPkiServerVerifier::builder_with_provider(roots, provider)
                .build()
                .map_err(|e| Lost::Unsafe(format!("no certificate can be checked: {e}")))?
        }
        Tls::Disable | Tls::Prefer | Tls::Require => Arc::new(Anybody(provider)),
    };
    Ok(builder
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// The certificates that are trusted: those of a file, else the system's.
fn roots(url: &ServerUrl) -> Result<RootCertStore, Lost> {
    let mut store = RootCertStore::empty();
    let certificates = match &url.roots {
        Some(path) => {
            let unread = |e| Lost::Unsafe(unread(path, e));
            CertificateDer::pem_file_iter(path)
                .and_then(|all| all.collect::<Result<Vec<_>, _>>())
                .map_err(unread)?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    store.add_parsable_certificates(certificates);
    match (store.is_empty(), &url.roots) {
        (false, _) => Ok(store),
        (true, Some(path)) => Err(Lost::Unsafe(format!(
            "sslrootcert: {} holds no certificate; name the file of an authority in PEM",
            path.display()
        ))),
        (true, None) => Err(Lost::Unsafe(
            "this machine trusts no authority; name a file of certificates with sslrootcert=PATH"
                .into(),
        )),
    }
}

/// Why a file of certificates can not be used.
fn unread(path: &Path, error: pem::Error) -> String {
    let reason = match error {
        pem::Error::Io(error) => io_error(&error),
        error => format!("{error}"),
    };
    format!(
        "sslrootcert: {} can not be read ({reason}); name the file of an authority in PEM",
        path.display()
    )
}

/// Takes anybody's certificate, but only who has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
