//! Whom to telephone: the silent and those who asked for it, with their numbers.

use serde::Serialize;
use shinayaka_kernel::{
    Error, ObjectId, Result,
    access::{FilterValue, Kernel},
    http::Viewer,
};
use shinayaka_model::{
    contact::{Channel, Contact},
    warning::Choice,
};

use super::all;
use crate::{
    board::view::{RecipientView, View, recipient},
    room::Room,
};

/// A line of the call list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Call {
    #[serde(flatten)]
    pub recipient: RecipientView,
    /// They asked to be called; such lines come first.
    pub asked: bool,
    pub telephones: Vec<Telephone>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Telephone {
    pub name: String,
    pub number: String,
}

/// # Errors
/// [`Error::NotFound`] for somebody who sees no board.
pub async fn call_list(
    room: &Room,
    kernel: &Kernel,
    viewer: &Viewer,
    warning: ObjectId,
) -> Result<Vec<Call>> {
    let view = View::of(&viewer.0)?;
    let board = room.boards.fresh(kernel, warning).await?;
    let mut calls: Vec<Call> = {
        let board = board.read().map_err(|_| Error::Unavailable("the board broke".into()))?;
        let rows = board.rows.iter().filter(|row| view.lets_in(row));
        rows.filter(|row| matches!(row.choice(), None | Some(Choice::Call)))
            .map(|row| Call {
                asked: row.choice() == Some(Choice::Call),
                recipient: recipient(row),
                telephones: Vec::new(),
            })
            .collect()
    };
    let telephones = vec![("channel", FilterValue::Text(Channel::Telephone.to_string()))];
    for contact in all::<Contact>(viewer.reader(kernel), telephones).await? {
        let code = &contact.record.organisation;
        if let Some(call) = calls.iter_mut().find(|call| call.recipient.organisation == *code) {
            let record = contact.record;
            call.telephones.push(Telephone { name: record.name, number: record.address });
        }
    }
    calls.sort_by(|a, b| (!a.asked, &a.recipient.organisation).cmp(&(!b.asked, &b.recipient.organisation)));
    Ok(calls)
}
