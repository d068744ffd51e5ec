//! Letters by the operator's mail server, over SMTP (RFC 5321) with TLS.

use std::time::Duration;

use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::config::{Mail, Security};

use super::queue::{NotTaken, Queued};

/// How long the server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says that no person wrote the letter, so that no absent person's program answers it (RFC 3834, 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Hands letters to a server.
pub(in crate::service) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: lettre::message::Mailbox,
    /// What stands behind the @ of each letter's own name.
    host: String,
}

/// Why no letter can be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The operator's own certificate authority does not parse.
    #[error("[mail] root：不是 PEM 格式的证书 / it is no certificate in PEM: {0}")]
    Root(lettre::transport::smtp::Error),
    /// TLS cannot be set up.
    #[error("[mail]：TLS 无法启用 / TLS cannot be set up: {0}")]
    Tls(lettre::transport::smtp::Error),
}

impl Mailer {
    /// # Errors
    /// [`MailError`].
    pub fn new(mail: &Mail, public_url: &str) -> Result<Self, MailError> {
        let host = public_url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next()).unwrap_or("localhost").to_owned();
        let tls = match mail.security {
            Security::Tls => Tls::Wrapper(parameters(mail)?),
            Security::StartTls => Tls::Required(parameters(mail)?),
            Security::None => Tls::None,
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(mail.server.clone());
        let builder = builder.port(mail.port).tls(tls).timeout(Some(PATIENCE)).hello_name(ClientId::Domain(host.clone()));
        let builder = match &mail.login {
            Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.to_string())),
            None => builder,
        };
        Ok(Self { transport: builder.build(), from: mail.from.clone(), host })
    }

    pub(super) async fn send(&self, queued: &Queued, subject: &str) -> Result<(), NotTaken> {
        let to = queued.to.parse().map_err(|_| NotTaken::Ever("the address does not parse".to_owned()))?;
        // Base64, since some servers still break lines of eight-bit text.
        let body = Body::new_with_encoding(queued.text.clone(), ContentTransferEncoding::Base64)
            .map_err(|_| NotTaken::Ever("the text cannot be encoded".to_owned()))?;
        let letter = lettre::Message::builder()
            .from(self.from.clone())
            .to(lettre::message::Mailbox::new(None, to))
            .subject(subject)
            .message_id(Some(format!("<{}@{}>", queued.id, self.host)))
            .header(AutoSubmitted)
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body))
            .map_err(|e| NotTaken::Ever(e.to_string()))?;
        match self.transport.send(letter).await {
            Ok(_) => Ok(()),
            // The server's own words may repeat the address.
            Err(error) if error.is_permanent() => Err(NotTaken::Ever(status(&error))),
            Err(error) => Err(NotTaken::ForNow(status(&error))),
        }
    }
}

fn parameters(mail: &Mail) -> Result<TlsParameters, MailError> {
    let builder = TlsParameters::builder(mail.server.clone());
    let builder = match &mail.root {
        // Whoever names an authority of their own means that one and no other.
        Some(pem) => {
            builder.certificate_store(CertificateStore::None).add_root_certificate(Certificate::from_pem(pem).map_err(MailError::Root)?)
        }
        None => builder,
    };
    builder.build_rustls().map_err(MailError::Tls)
}

fn status(error: &lettre::transport::smtp::Error) -> String {
    match (error.status(), std::error::Error::source(error)) {
        (Some(code), _) => format!("the server answered {code}"),
        (None, _) if error.is_timeout() => "the server did not answer in time".to_owned(),
        (None, Some(why)) => format!("no connection to the server: {why}"),
        (None, None) => "no connection to the server".to_owned(),
    }
}
