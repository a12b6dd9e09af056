//! TLS to a server: who it is is proved where the URL wants it.

use super::super::url::{ServerUrl, Tls};
use super::Lost;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
    StreamOwned,
};
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

/// Shakes hands.
pub(super) fn begin(
    mut tcp: TcpStream,
    url: &ServerUrl,
    until: Option<Instant>,
) -> Result<StreamOwned<ClientConnection, TcpStream>, Lost> {
    let name = ServerName::try_from(url.host.clone())
        .map_err(|_| other("the host has no name that a certificate could bear"))?;
    let config = config(url).map_err(Lost::Broken)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(other)?;
    while connection.is_handshaking() {
        match connection.complete_io(&mut tcp) {
            Ok(_) => {}
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if until.is_some_and(|until| Instant::now() > until) {
                    return Err(Lost::Broken(ErrorKind::TimedOut.into()));
                }
            }
            Err(e) => return Err(Lost::Broken(e)),
        }
    }
    Ok(StreamOwned::new(connection, tcp))
}

fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Lost {
    Lost::Broken(io::Error::other(error))
}

fn config(url: &ServerUrl) -> io::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = builder.dangerous();
    let verifier: Arc<dyn ServerCertVerifier> = match url.tls {
        Tls::VerifyFull => {
            let roots = Arc::new(roots(url)?);
            WebPkiServerVerifier::builder_with_provider(roots, provider)
                .build()
                .map_err(io::Error::other)?
        }
        Tls::Disable | Tls::Prefer | Tls::Require => Arc::new(Anybody(provider)),
    };
    Ok(builder
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// The certificates that are trusted: those of a file, else the system's.
fn roots(url: &ServerUrl) -> io::Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let certificates = match &url.roots {
        Some(path) => {
            let failed = |e| io::Error::other(format!("{}: {e}", path.display()));
            CertificateDer::pem_file_iter(path)
                .and_then(|all| all.collect::<Result<Vec<_>, _>>())
                .map_err(failed)?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    store.add_parsable_certificates(certificates);
    match store.is_empty() {
        true => Err(io::Error::other(
            "there are no certificates to trust; name a file with sslrootcert=PATH",
        )),
        false => Ok(store),
    }
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
