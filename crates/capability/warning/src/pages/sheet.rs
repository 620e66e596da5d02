//! The print pack: one A4 sheet for each recipient without an electronic contact, with the link as a QR code and a box
//! for a signature.

use axum::response::{Html, IntoResponse, Response};
use minijinja::{Value, context};
use shinayaka_kernel::{Error, Kernel, ObjectId, Principal, Result, http::Viewer};
use shinayaka_model::{
    delivery::Delivery,
    warning::{DeliveryChannel, DeliveryState, Exposure, Warning},
};

use super::{answer::message, draw};
use crate::{
    board::{changes, view::View},
    room::Room,
    send::message::link,
    words::Words,
};

/// Sheets of one pack.
const SHEETS: usize = 500;

/// The sheets of a warning.
///
/// # Errors
/// [`Error::NotFound`] for whoever is not of the house, [`Error::Conflict`] for a draft.
pub async fn pack(room: &Room, kernel: &Kernel, viewer: &Viewer, id: ObjectId) -> Result<Response> {
    if View::of(&viewer.0)? != View::House {
        return Err(Error::NotFound);
    }
    let warning = viewer.reader(kernel).get::<Warning>(id).await?;
    if !warning.record.state.was_issued() {
        return Err(Error::Conflict("a draft is not printed".into()));
    }
    let facts = room.facts()?;
    let words = Words::of("ja");
    let node = Principal::node();
    let deliveries = changes::deliveries(kernel.reader(&node), id, None, usize::MAX).await?;
    let action = warning.record.action_for(Exposure::Affected);
    let printed = |delivery: &&shinayaka_kernel::object::Stored<Delivery>| {
        delivery.record.channel == DeliveryChannel::Print && delivery.record.state != DeliveryState::Withdrawn
    };
    let mut sheets: Vec<Value> = Vec::new();
    for delivery in deliveries.iter().filter(printed).take(SHEETS) {
        let link = link(facts, delivery.id, delivery.record.queued_at);
        sheets.push(context! {
            organisation => delivery.record.organisation.clone(),
            qr => Value::from_safe_string(qr(&link)?),
            link => link,
            ..message(words, &warning, action)
        });
    }
    let values = context! { title => words.text("warning.sheet.title"), sheets => sheets };
    Ok(Html(draw(facts, words, "sheet.html", values)?).into_response())
}

/// A QR code (ISO/IEC 18004) as SVG.
fn qr(text: &str) -> Result<String> {
    let code = qrcode::QrCode::new(text).map_err(|error| Error::invalid("link", error.to_string()))?;
    let svg = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(160, 160).build();
    // Without the XML declaration, which has no place inside HTML.
    Ok(svg.find("<svg").map_or_else(String::new, |start| svg[start..].to_owned()))
}
