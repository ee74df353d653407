//! Connections, plain or by TLS. Each handshake has a task of its own, so that one that never ends holds nobody up.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use ratchet_engine::message::{Message, System};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use super::ServeFault;

/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Most handshakes at once; further connections wait to be taken.
const HANDSHAKES_MAX: usize = 256;

/// Files of a certificate, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those between it and a root, in this order.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Reads both files.
    pub(super) fn read(&self) -> Result<Arc<ServerConfig>, Message> {
        let failed = |path: &PathBuf, error: &dyn std::fmt::Display| -> Message {
            let error = std::io::Error::other(error.to_string());
            ServeFault::Tls { path: path.display().to_string(), error: System(&error) }.into()
        };
        let (certificate, key) = (&self.certificate, &self.key);
        let chain =
            CertificateDer::pem_file_iter(certificate).map_err(|error| failed(certificate, &error))?;
        let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|error| failed(certificate, &error))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, &error))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(certificate, &error))?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(|error| failed(key, &error))?;
        Ok(Arc::new(config))
    }
}

/// Connections whose handshake is done.
pub(super) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
    accepting: tokio::task::JoinHandle<()>,
}

impl TlsListener {
    pub(super) fn new(
        mut listener: TcpListener,
        address: SocketAddr,
        config: Arc<ServerConfig>,
    ) -> TlsListener {
        let acceptor = tokio_rustls::TlsAcceptor::from(config);
        let (done, ready) = mpsc::channel(1);
        let turns = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        let accepting = tokio::spawn(async move {
            loop {
                let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
                let (stream, address) = Listener::accept(&mut listener).await;
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    // Who speaks no TLS is not answered; there is nothing to tell an operator of it.
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        done.send((stream, address)).await.ok();
                    }
                    drop(turn);
                });
            }
        });
        TlsListener { ready, address, accepting }
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TlsStream<TcpStream>, SocketAddr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // Nothing is taken any more: the server is being stopped.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: IpAddr,
    /// It speaks TLS with this server.
    pub(crate) is_tls: bool,
}

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Peer {
        Peer { address: stream.remote_addr().ip(), is_tls: false }
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Peer {
        Peer { address: stream.remote_addr().ip(), is_tls: true }
    }
}
