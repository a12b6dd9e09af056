//! Reaching a host: whether it may be called, finding its address, TCP and TLS.
//!
//! What a model or a form names is hostile: an address is checked after the name was looked up,
//! and it is that very address that is called.

use super::Trouble;
use super::settings::Http;
use crate::value::words::io_error;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Addresses tried of one name.
const ADDRESSES: usize = 8;

/// A line that is read and written.
pub(super) trait Line: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// Whom one may call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom<'a> {
    /// Whom the settings allow: the name comes from a model.
    Allowed(&'a Http),
    /// Anybody: the name comes from the settings.
    Anybody,
}

/// Calls a host.
pub(super) async fn call(
    host: &str,
    port: u16,
    whom: Whom<'_>,
    patience: Duration,
) -> Result<TcpStream, Trouble> {
    if let Whom::Allowed(http) = whom
        && !listed(http, host)
    {
        return Err(Trouble::Never(format!(
            "{host} may not be called: add it to hosts under [http] in the desk's settings of \
             connectors, see docs/SETTINGS.md"
        )));
    }
    let place = format!("{host}:{port}");
    let silent = || Trouble::Again(format!("{place} does not answer"));
    let found = timeout(patience, lookup_host((bare(host), port)))
        .await
        .map_err(|_| silent())?
        .map_err(|_| Trouble::Again(format!("there is no host {host}; check the name")))?;
    let open = |address: &SocketAddr| match whom {
        Whom::Anybody => true,
        Whom::Allowed(_) => !inside(address.ip()),
    };
    let all: Vec<SocketAddr> = found.take(ADDRESSES).collect();
    let mut trouble = match all.is_empty() {
        true => Trouble::Again(format!("{host} has no address")),
        false => Trouble::Never(format!(
            "{host} may not be called: its address belongs to this machine's own surroundings"
        )),
    };
    for address in all.into_iter().filter(open) {
        match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => trouble = Trouble::Again(format!("{place}: {}", io_error(&error))),
            Err(_) => trouble = silent(),
        }
    }
    Err(trouble)
}

/// Speaks TLS on a line, and proves who is at its other end.
pub(super) async fn secure(
    line: TcpStream,
    host: &str,
    patience: Duration,
) -> Result<TlsStream<TcpStream>, Trouble> {
    let name = ServerName::try_from(bare(host).to_owned())
        .map_err(|_| Trouble::Never(format!("{host} is no name that a certificate could bear")))?;
    let config = tokio::task::spawn_blocking(config).await;
    let config = config
        .ok()
        .flatten()
        .ok_or_else(|| Trouble::Again("TLS can not be spoken on this machine".to_owned()))?;
    match timeout(patience, TlsConnector::from(config).connect(name, line)).await {
        Ok(Ok(secured)) => Ok(secured),
        Ok(Err(error)) => Err(Trouble::Again(format!("{host}: {}", untrusted(&error)))),
        Err(_) => Err(Trouble::Again(format!("{host} does not answer"))),
    }
}

/// Trusts whom this machine trusts.
fn config() -> Option<Arc<ClientConfig>> {
    static CONFIG: OnceLock<Option<Arc<ClientConfig>>> = OnceLock::new();
    let make = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Some(Arc::new(config))
    };
    CONFIG.get_or_init(make).clone()
}

fn untrusted(error: &io::Error) -> String {
    use rustls::Error as Tls;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    let told = match inner {
        // A bad signature: an authority of this name is trusted, but it is another one.
        Some(Tls::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => "nobody whom this machine trusts vouches for its certificate",
        Some(Tls::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "its certificate bears another name",
        Some(Tls::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "its certificate has run out",
        Some(Tls::InvalidMessage(_)) => "it does not speak TLS there",
        Some(other) => return format!("TLS fails ({other})"),
        None => return io_error(error),
    };
    told.to_owned()
}

/// An IPv6 address without the brackets of a URL.
fn bare(host: &str) -> &str {
    let inside = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    inside.unwrap_or(host)
}

/// Whether the settings let this host be called: by its name, or as `*.example.org`.
fn listed(http: &Http, host: &str) -> bool {
    let Some(hosts) = &http.hosts else {
        return true;
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    hosts.iter().any(|allowed| {
        let allowed = allowed.trim().to_ascii_lowercase();
        match allowed.strip_prefix('*') {
            Some("") => true,
            Some(ending) => ending.starts_with('.') && host.ends_with(ending),
            None => bare(&allowed) == bare(&host),
        }
    })
}

/// Addresses that no model has a reason to call: links, where clouds tell machines their secrets,
/// and what is no single machine at all.
fn inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => inside_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => inside_v4(v4),
            None => {
                v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unicast_link_local()
                    // Where Amazon tells machines their secrets.
                    || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
            }
        },
    }
}

fn inside_v4(v4: Ipv4Addr) -> bool {
    // Where Alibaba, Oracle and Azure do.
    const TELLING: [[u8; 4]; 3] = [[100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16]];
    v4.is_unspecified()
        || v4.is_multicast()
        || v4.is_broadcast()
        || v4.is_link_local()
        || v4.octets()[0] == 0
        || TELLING.contains(&v4.octets())
}

/// The IPv4 address in one of IPv6: mapped, compatible, or translated (RFC 6052).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    if v6.is_loopback() || v6.is_unspecified() {
        return None;
    }
    let [a, b, .., g, h] = v6.segments();
    let last = || {
        let [[w, x], [y, z]] = [g.to_be_bytes(), h.to_be_bytes()];
        Ipv4Addr::new(w, x, y, z)
    };
    let translated = (a, b) == (0x64, 0xff9b) && v6.segments()[2..6] == [0; 4];
    let compatible = v6.segments()[..6] == [0; 6];
    let mapped = v6.to_ipv4_mapped();
    mapped.or_else(|| (translated || compatible).then(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_machines_their_secrets_is_not_called() {
        for address in [
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
        ] {
            assert!(inside(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "93.184.216.34",
            "::1",
            "2001:db8::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!inside(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_list_of_hosts_lets_only_these_be_called() {
        let list = |hosts: &[&str]| Http {
            hosts: Some(hosts.iter().map(|&h| h.to_owned()).collect()),
        };
        assert!(listed(&Http::default(), "any.example"));
        let some = list(&["API.example.org", "*.internal.example", "[::1]"]);
        for good in [
            "api.example.org",
            "api.example.org.",
            "Api.Example.Org",
            "a.internal.example",
            "[::1]",
        ] {
            assert!(listed(&some, good), "{good}");
        }
        for bad in [
            "example.org",
            "xapi.example.org",
            "internal.example",
            "evilinternal.example",
            "api.example.org.evil.example",
        ] {
            assert!(!listed(&some, bad), "{bad}");
        }
        assert!(!listed(&list(&[]), "api.example.org"));
        assert!(listed(&list(&["*"]), "api.example.org"));
    }
}
