//! E-mail over SMTP (RFC 5321). The steps are taken one by one, so that it is known whether the server can have taken the
//! message: before the end of the data it cannot; after it, only its answer tells.

use std::time::Duration;

use lettre::{
    Address, Message,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
        response::Response,
    },
};
use shinayaka_model::delivery::Delivery;

use super::{Outcome, message::Letter};
use crate::room::MailSettings;

type SmtpError = lettre::transport::smtp::Error;

/// How far a try got.
enum Step {
    /// The message cannot have been taken.
    Before,
    /// The server has the data and did not answer.
    After,
}

/// Sends one message within the time of the settings.
pub async fn send(settings: &MailSettings, delivery: &Delivery, letter: &Letter) -> Outcome {
    if settings.host.is_empty() || settings.from.is_empty() {
        return Outcome::Never("no mail server is configured (mail.host, mail.from)".into());
    }
    let from: Mailbox = match settings.from.parse() {
        Ok(from) => from,
        Err(error) => return Outcome::Never(format!("mail.from: {error}")),
    };
    let Ok(to) = delivery.address.parse::<Address>() else {
        return Outcome::Never(format!("{} is not an e-mail address", delivery.address));
    };
    let message = match compose(&from, &to, delivery, letter) {
        Ok(message) => message,
        Err(error) => return Outcome::Never(format!("the message cannot be written: {error}")),
    };
    let limit = Duration::from_secs(settings.timeout_seconds);
    let mut step = Step::Before;
    let work = talk(settings, &from, &to, &message, limit, &mut step);
    let result = tokio::time::timeout(limit, work).await;
    match result {
        Ok(Ok(response)) => Outcome::Taken(said(&response)),
        Ok(Err(error)) => judge(&error, &step),
        Err(_) => match step {
            Step::Before => Outcome::Later(format!("no answer within {} s", limit.as_secs())),
            Step::After => Outcome::Unknown(format!("no answer to the data within {} s", limit.as_secs())),
        },
    }
}

fn compose(
    from: &Mailbox,
    to: &Address,
    delivery: &Delivery,
    letter: &Letter,
) -> Result<Vec<u8>, lettre::error::Error> {
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(&letter.subject)
        .date(letter.date)
        .header(ContentType::TEXT_PLAIN)
        // RFC 3834: holiday answers are not answers.
        .raw_header(auto_submitted());
    if let Some(id) = &delivery.message_id {
        builder = builder.message_id(Some(id.clone()));
    }
    Ok(builder.body(letter.text.clone())?.formatted())
}

fn auto_submitted() -> lettre::message::header::HeaderValue {
    let name = lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted");
    lettre::message::header::HeaderValue::new(name, "auto-generated".into())
}

async fn talk(
    settings: &MailSettings,
    from: &Mailbox,
    to: &Address,
    message: &[u8],
    limit: Duration,
    step: &mut Step,
) -> Result<Response, SmtpError> {
    let hello = ClientId::default();
    let server = (settings.host.as_str(), settings.port);
    let tls = match settings.tls.as_str() {
        "none" => None,
        _ => Some(TlsParameters::new_rustls(settings.host.clone())?),
    };
    let wrapped = if settings.tls == "tls" { tls.clone() } else { None };
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(server, Some(limit), &hello, wrapped, None).await?;
    if settings.tls == "starttls"
        && let Some(tls) = tls
    {
        // Demanded, not only offered: without it nothing is sent.
        connection.starttls(tls, &hello).await?;
    }
    if !settings.user.is_empty() {
        let credentials = Credentials::new(settings.user.clone(), settings.password.clone());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    connection.command(Mail::new(Some(from.email.clone()), Vec::new())).await?;
    connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
    connection.command(Data).await?;
    *step = Step::After;
    let response = connection.message(message).await?;
    // The answer is in: what happens to the connection now changes nothing.
    let _ = connection.quit().await;
    Ok(response)
}

fn judge(error: &SmtpError, step: &Step) -> Outcome {
    let text = error.to_string();
    if error.is_permanent() {
        return Outcome::Never(text);
    }
    if error.is_transient() {
        return Outcome::Later(text);
    }
    match step {
        Step::Before => Outcome::Later(text),
        Step::After => Outcome::Unknown(text),
    }
}

fn said(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), lines.join(" "))
}
