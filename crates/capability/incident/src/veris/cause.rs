//! The one cause of an accident that VERIS tells by actions and actors.

use shinayaka_model::incident::{Cause, Malice};
use shinayaka_veris::{Action, Incident as Veris};

/// The cause, or `None` when no action is named at all.
pub fn of(veris: &Veris) -> Option<Cause> {
    let action = &veris.action;
    if action.malware.is_some() {
        return Some(Cause::Malware);
    }
    if let Some(hacking) = &action.hacking {
        return Some(hacked(veris, hacking));
    }
    if action.social.is_some() {
        return Some(if is_from_inside(veris) { Cause::Insider } else { Cause::Intrusion });
    }
    if let Some(misuse) = &action.misuse {
        return Some(misused(misuse));
    }
    if let Some(physical) = &action.physical {
        let theft = has(physical, "Theft") || physical.variety.is_empty();
        return Some(if theft { Cause::TheftLoss } else { Cause::Intrusion });
    }
    if let Some(error) = &action.error {
        return Some(mistaken(veris, error));
    }
    if let Some(environmental) = &action.environmental {
        return Some(natural(environmental));
    }
    action.unknown.as_ref().map(|_| Cause::Unknown)
}

/// What the record knows about intent beyond what the cause implies.
pub fn stated_malice(veris: &Veris, cause: Cause) -> Option<Malice> {
    let action = &veris.action;
    match cause {
        Cause::TheftLoss if action.physical.is_some() => Some(Malice::Yes),
        Cause::TheftLoss => Some(Malice::No),
        Cause::Misuse => match motive(veris) {
            Some("NA" | "Convenience") => Some(Malice::No),
            Some("Unknown" | "Other") | None => None,
            Some(_) => Some(Malice::Yes),
        },
        Cause::Supplier if action.error.is_some() => Some(Malice::No),
        _ => None,
    }
}

/// The words for what was done, in the order in which the cause is sought.
pub fn varieties(veris: &Veris) -> impl Iterator<Item = &str> {
    let action = &veris.action;
    let actions = [
        &action.malware,
        &action.hacking,
        &action.social,
        &action.misuse,
        &action.physical,
        &action.error,
        &action.environmental,
    ];
    actions.into_iter().flatten().flat_map(|action| action.variety.iter().map(String::as_str))
}

fn has(action: &Action, variety: &str) -> bool {
    action.variety.iter().any(|word| word == variety)
}

fn is_from_inside(veris: &Veris) -> bool {
    veris.actor.external.is_none() && veris.actor.internal.is_some()
}

fn motive(veris: &Veris) -> Option<&str> {
    let actor = &veris.actor;
    let actors = [&actor.internal, &actor.partner, &actor.external];
    actors.into_iter().flatten().flat_map(|actor| &actor.motive).next().map(String::as_str)
}

fn hacked(veris: &Veris, hacking: &Action) -> Cause {
    if has(hacking, "DoS") {
        Cause::DenialOfService
    } else if is_from_inside(veris) {
        Cause::Insider
    } else {
        Cause::Intrusion
    }
}

/// Rights or knowledge turned against the house are an insider's deed; breaking the rules of use is misuse.
fn misused(misuse: &Action) -> Cause {
    const AGAINST_THE_HOUSE: [&str; 4] =
        ["Privilege abuse", "Possession abuse", "Knowledge abuse", "Embezzlement"];
    let against = misuse.variety.iter().any(|word| AGAINST_THE_HOUSE.contains(&word.as_str()));
    if against { Cause::Insider } else { Cause::Misuse }
}

fn mistaken(veris: &Veris, error: &Action) -> Cause {
    let actor = &veris.actor;
    if actor.partner.is_some() && actor.internal.is_none() && actor.external.is_none() {
        return Cause::Supplier;
    }
    let first = error.variety.iter().find_map(|word| {
        Some(match word.as_str() {
            "Programming error" => Cause::SoftwareFault,
            "Malfunction" => Cause::HardwareFault,
            "Misconfiguration" | "Capacity shortage" => Cause::ConfigurationError,
            "Loss" => Cause::TheftLoss,
            _ => return None,
        })
    });
    first.unwrap_or(Cause::OperatingError)
}

fn natural(environmental: &Action) -> Cause {
    if has(environmental, "Power failure") {
        return Cause::Supplier;
    }
    const OF_THE_MACHINE: [&str; 3] = ["Deterioration", "EMI", "ESD"];
    let machine = environmental.variety.iter().any(|word| OF_THE_MACHINE.contains(&word.as_str()));
    if machine { Cause::HardwareFault } else { Cause::Nature }
}
