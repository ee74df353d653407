//! HTTPS from certificate files.

use std::sync::Arc;

use ratchet_server::{Config, Server, TlsFiles};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

fn config(directory: &std::path::Path, tls: TlsFiles) -> Config {
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    Config { listen, tls: Some(tls), ..Config::new(directory.join("data")) }
}

/// With a certificate the server speaks TLS and nothing else, and its cookies are for HTTPS alone; a connection that says nothing
/// holds nobody up.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_it_speaks_https() {
    let directory = tempfile::tempdir().unwrap();
    let files = TlsFiles {
        certificate: directory.path().join("certificate.pem"),
        key: directory.path().join("key.pem"),
    };
    let refused = Server::open(&config(directory.path(), files.clone())).await.unwrap_err();
    assert_eq!(refused.code, "serve.tls");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let server = Server::open(&config(directory.path(), files)).await.unwrap();
    let (address, link) = (server.address(), server.setup_link().unwrap().to_owned());
    assert_eq!(server.scheme(), "https");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(server.run(async { stopped.await.unwrap() }));

    let _silent = TcpStream::connect(address).await.unwrap();
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    // Either an alert of TLS or an end; in no case an answer.
    plain.read_to_end(&mut said).await.ok();
    assert!(!said.starts_with(b"HTTP/"), "{said:?}");

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let token = link.split_once("token=").unwrap().1;
    let body = format!(
        r#"{{"token":"{token}","login":"owner@example.com","password":"correct horse battery","name":"O"}}"#
    );
    let request = format!(
        "POST /api/v1/setup HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nidempotency-key: k\r\nx-ratchet: 1\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let cookie = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie: ")).unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    assert!(answer.contains("strict-transport-security: "), "{answer}");
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}
