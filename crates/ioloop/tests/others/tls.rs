//! rustls, through futures-rustls: TLS over the traits of `futures-io`.

use std::io;
use std::sync::Arc;

use futures::future::{join, try_join};
use futures::io::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use futures_rustls::rustls::{
    self, AlertDescription, CertificateError, ClientConfig, RootCertStore, ServerConfig,
};
use futures_rustls::{TlsAcceptor, TlsConnector};
use ioloop::{block_on, spawn};

use crate::connected::connected;
use crate::http::pattern;

/// Both sides of TLS: a server whose name is `localhost`, and a client that trusts it.
fn both() -> (TlsConnector, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .unwrap();
    (Arc::new(client).into(), Arc::new(server).into())
}

fn name(name: &'static str) -> ServerName<'static> {
    name.try_into().unwrap()
}

/// What rustls has to say in an error.
fn reason(error: &io::Error) -> &rustls::Error {
    error.get_ref().unwrap().downcast_ref().unwrap()
}

/// 1 MB in each direction at the same time, and an end that both have agreed on.
#[test]
fn a_megabyte_goes_both_ways_at_once() {
    block_on(async {
        let (connector, acceptor) = both();
        let (near, far) = connected().await;
        let ends = try_join(
            connector.connect(name("localhost"), near),
            acceptor.accept(far),
        );
        let (near, far) = ends.await.unwrap();
        let ours = pattern(1_000_000);
        let theirs: Vec<u8> = ours.iter().rev().copied().collect();

        let sends = theirs.clone();
        let far = spawn(async move {
            let (mut reads, mut writes) = far.split();
            let mut got = Vec::new();
            let writes = async {
                writes.write_all(&sends).await?;
                writes.close().await
            };
            try_join(reads.read_to_end(&mut got), writes).await.unwrap();
            got
        });
        let (mut reads, mut writes) = near.split();
        let mut got = Vec::new();
        let writes = async {
            writes.write_all(&ours).await?;
            writes.close().await
        };
        try_join(reads.read_to_end(&mut got), writes).await.unwrap();
        assert!(got == theirs, "{} bytes came, or others", got.len());
        assert!(far.await.unwrap() == ours, "the other end got others");
    });
}

/// A certificate for another name: the client refuses, and tells the server why.
#[test]
fn a_name_that_is_not_the_certificates_is_refused() {
    block_on(async {
        let (connector, acceptor) = both();
        let (near, far) = connected().await;
        let client = connector.connect(name("elsewhere.example"), near);
        let (client, server) = join(client, acceptor.accept(far)).await;
        let refused = client.err().unwrap();
        assert!(
            matches!(
                reason(&refused),
                rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. })
            ),
            "{refused:?}"
        );
        let told = server.err().unwrap();
        assert_eq!(
            *reason(&told),
            rustls::Error::AlertReceived(AlertDescription::BadCertificate)
        );
    });
}

/// A connection that is cut is no end: who cuts it could have cut off the rest of what was said.
#[test]
fn an_end_that_is_not_announced_is_an_error() {
    block_on(async {
        let (connector, acceptor) = both();
        let (near, far) = connected().await;
        let ends = try_join(
            connector.connect(name("localhost"), near),
            acceptor.accept(far),
        );
        let (mut near, mut far) = ends.await.unwrap();
        far.write_all(b"all but the").await.unwrap();
        far.flush().await.unwrap();
        let (raw, _) = far.into_inner();
        drop(raw);
        let mut got = Vec::new();
        let error = near.read_to_end(&mut got).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(got, b"all but the");
    });
}
