//! Working days of a jurisdiction, computed from rules: fixed days, nth weekdays, Easter, equinoxes, substitutes.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::error::{Error, Result};

const FILES: &[(&str, &str)] = &[
    ("at", include_str!("../calendars/at.toml")),
    ("be", include_str!("../calendars/be.toml")),
    ("ch", include_str!("../calendars/ch.toml")),
    ("de", include_str!("../calendars/de.toml")),
    ("es", include_str!("../calendars/es.toml")),
    ("fr", include_str!("../calendars/fr.toml")),
    ("gb-eng", include_str!("../calendars/gb-eng.toml")),
    ("ie", include_str!("../calendars/ie.toml")),
    ("it", include_str!("../calendars/it.toml")),
    ("jp", include_str!("../calendars/jp.toml")),
    ("lu", include_str!("../calendars/lu.toml")),
    ("nl", include_str!("../calendars/nl.toml")),
    ("pl", include_str!("../calendars/pl.toml")),
    ("target", include_str!("../calendars/target.toml")),
    ("us-federal", include_str!("../calendars/us-federal.toml")),
];

/// The days off of one jurisdiction over the years its rules are good for.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub id: String,
    pub name: String,
    /// Where the rules come from.
    pub source: String,
    /// First and last year that can be computed.
    pub years: (i16, i16),
    off: Vec<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    source: String,
    years: (i16, i16),
    #[serde(default)]
    substitute: Substitute,
    /// A day between two holidays is one too (Japan).
    #[serde(default)]
    bridge: bool,
    holiday: Vec<Rule>,
    /// Days on which offices are closed without a holiday; they take no part in substitution.
    #[serde(default)]
    closure: Vec<MonthDay>,
}

#[derive(Deserialize, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Substitute {
    #[default]
    None,
    /// A holiday on a Sunday moves to the next day that is no holiday (Japan since 2007).
    AfterSunday,
    /// Saturday moves to Friday, Sunday to Monday (United States).
    NearestWeekday,
    /// A holiday on a weekend moves to the next weekday that is no holiday (United Kingdom).
    NextWeekday,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct MonthDay {
    month: i8,
    day: i8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(rename = "name")]
    _name: String,
    month: Option<i8>,
    day: Option<i8>,
    weekday: Option<DayOfWeek>,
    /// 1 is the first, -1 the last of the month.
    nth: Option<i8>,
    /// Days after Easter Sunday (Western).
    easter: Option<i64>,
    equinox: Option<Equinox>,
    from: Option<i16>,
    until: Option<i16>,
    #[serde(default)]
    only: Vec<i16>,
    #[serde(default)]
    except: Vec<i16>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum DayOfWeek {
    Monday,
    Thursday,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Equinox {
    Vernal,
    Autumnal,
}

impl Rule {
    fn applies(&self, year: i16) -> bool {
        self.from.is_none_or(|from| year >= from)
            && self.until.is_none_or(|until| year <= until)
            && (self.only.is_empty() || self.only.contains(&year))
            && !self.except.contains(&year)
    }

    fn date(&self, year: i16) -> Option<Date> {
        if let Some(days) = self.easter {
            return easter(year).checked_add(jiff::Span::new().days(days)).ok();
        }
        if let Some(equinox) = self.equinox {
            return equinox_day(equinox, year);
        }
        let month = self.month?;
        match (self.weekday, self.nth, self.day) {
            (Some(weekday), Some(nth), None) => {
                let weekday = match weekday {
                    DayOfWeek::Monday => Weekday::Monday,
                    DayOfWeek::Thursday => Weekday::Thursday,
                };
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
            }
            (None, None, Some(day)) => Date::new(year, month, day).ok(),
            _ => None,
        }
    }
}

/// Easter Sunday by the Gregorian computus (the anonymous algorithm published in Nature, 1876).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (golden, century, of_century) = (y % 19, y / 100, y % 100);
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let shift = (golden + 11 * moon + 22 * sunday) / 451;
    let days = moon + sunday - 7 * shift + 114;
    Date::new(year, (days / 31) as i8, (days % 31 + 1) as i8)
        .expect("the computus yields a day of March or April")
}

/// The day of the equinox in Japan, by the interpolation that almanacs print for 1980 to 2099.
fn equinox_day(equinox: Equinox, year: i16) -> Option<Date> {
    let (month, base) = match equinox {
        Equinox::Vernal => (3, 20.8431),
        Equinox::Autumnal => (9, 23.2488),
    };
    let since = f64::from(year) - 1980.0;
    let day = (base + 0.242194 * since).floor() - (since / 4.0).floor();
    Date::new(year, month, day as i8).ok()
}

fn weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn shift(date: Date, days: i64) -> Option<Date> {
    date.checked_add(jiff::Span::new().days(days)).ok()
}

impl Calendar {
    /// All calendars of this build, in the order of their ids.
    ///
    /// # Errors
    /// `Parse` when a calendar file of this crate is not of its form.
    pub fn all() -> Result<Vec<Self>> {
        FILES.iter().map(|(id, text)| Self::read(id, text)).collect()
    }

    fn read(id: &str, text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)
            .map_err(|error| Error::parse(format!("calendars/{id}.toml"), error.to_string()))?;
        let mut off = BTreeSet::new();
        // One year more on each side: a substitute may cross the turn of the year.
        for year in file.years.0 - 1..=file.years.1 + 1 {
            off.extend(days_of(&file, year));
        }
        Ok(Self {
            id: id.into(),
            name: file.name,
            source: file.source,
            years: file.years,
            off: off.into_iter().collect(),
        })
    }

    /// Whether offices are closed: a weekend, a holiday, or a closure.
    #[must_use]
    pub fn is_off(&self, date: Date) -> bool {
        weekend(date) || self.off.binary_search(&date).is_ok()
    }

    /// Holidays and closures of a year, weekends left out.
    pub fn days_off(&self, year: i16) -> impl Iterator<Item = Date> + '_ {
        self.off.iter().copied().filter(move |date| date.year() == year && !weekend(*date))
    }
}

fn days_of(file: &File, year: i16) -> BTreeSet<Date> {
    let named: BTreeSet<Date> =
        file.holiday.iter().filter(|rule| rule.applies(year)).filter_map(|rule| rule.date(year)).collect();
    let mut off = named.clone();
    for date in &named {
        let moved = match file.substitute {
            Substitute::AfterSunday if date.weekday() == Weekday::Sunday => {
                (1..8).filter_map(|days| shift(*date, days)).find(|day| !named.contains(day))
            }
            Substitute::NearestWeekday if date.weekday() == Weekday::Saturday => shift(*date, -1),
            Substitute::NearestWeekday if date.weekday() == Weekday::Sunday => shift(*date, 1),
            Substitute::NextWeekday if weekend(*date) => {
                (1..8).filter_map(|days| shift(*date, days)).find(|day| !weekend(*day) && !off.contains(day))
            }
            _ => None,
        };
        off.extend(moved);
    }
    if file.bridge {
        let after =
            |date: &Date| shift(*date, 2).filter(|later| named.contains(later)).and_then(|_| shift(*date, 1));
        // A Sunday is no bridge, and what already is off stays what it is.
        off.extend(named.iter().filter_map(after).filter(|day| day.weekday() != Weekday::Sunday));
    }
    off.extend(file.closure.iter().filter_map(|day| Date::new(year, day.month, day.day).ok()));
    off
}

/// Several calendars and single days off together: what a deadline is moved over.
#[derive(Debug, Clone, Default)]
pub struct WorkingDays<'a> {
    pub calendars: Vec<&'a Calendar>,
    pub extra: &'a [Date],
}

impl WorkingDays<'_> {
    /// Whether any of the calendars is closed.
    #[must_use]
    pub fn is_off(&self, date: Date) -> bool {
        weekend(date)
            || self.extra.contains(&date)
            || self.calendars.iter().any(|calendar| calendar.is_off(date))
    }

    /// The first working day after a date; none when the rules do not reach that far.
    #[must_use]
    pub fn next(&self, date: Date) -> Option<Date> {
        (1..40)
            .filter_map(|days| shift(date, days))
            .find(|day| !self.is_off(*day))
            .filter(|day| self.covers(*day))
    }

    /// Whether the rules of all calendars are good for this day.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.calendars.iter().all(|calendar| (calendar.years.0..=calendar.years.1).contains(&date.year()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn calendar(id: &str) -> Calendar {
        Calendar::all().unwrap().into_iter().find(|calendar| calendar.id == id).unwrap()
    }

    fn days(id: &str, year: i16) -> Vec<String> {
        calendar(id).days_off(year).map(|day| day.strftime("%m-%d").to_string()).collect()
    }

    #[test]
    fn easter_sundays() {
        for (year, month, day) in [
            (2000, 4, 23),
            (2008, 3, 23),
            (2019, 4, 21),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2038, 4, 25),
        ] {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn japan_2026_has_a_substitute_and_a_bridge() {
        // As the Cabinet Office publishes it: Greenery day substitute on 6 May, people's holiday on 22 September.
        let expected = [
            "01-01", "01-02", "01-12", "02-11", "02-23", "03-20", "04-29", "05-04", "05-05", "05-06",
            "07-20", "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23", "12-29", "12-30",
            "12-31",
        ];
        assert_eq!(days("jp", 2026), expected);
    }

    #[test]
    fn japan_in_special_years() {
        assert!(calendar("jp").is_off(date(2019, 4, 30)) && calendar("jp").is_off(date(2019, 5, 2)));
        assert!(calendar("jp").is_off(date(2021, 7, 23)) && !calendar("jp").is_off(date(2021, 7, 19)));
        assert!(calendar("jp").is_off(date(2021, 8, 9)), "mountain day on Sunday the 8th moved by a day");
        assert!(!calendar("jp").is_off(date(2025, 12, 23)), "no birthday of the former emperor");
        assert!(calendar("jp").is_off(date(2024, 3, 20)) && calendar("jp").is_off(date(2027, 3, 22)));
        assert!(calendar("jp").is_off(date(2032, 9, 21)), "a day between two holidays");
    }

    #[test]
    fn united_states_2026_and_the_turn_of_the_year() {
        let expected = [
            "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25",
        ];
        assert_eq!(days("us-federal", 2026), expected);
        assert!(calendar("us-federal").is_off(date(2021, 12, 31)), "New Year 2022 is a Saturday");
    }

    #[test]
    fn england_moves_christmas_and_crowns() {
        assert!(
            calendar("gb-eng").is_off(date(2022, 12, 27)),
            "Christmas 2022 is a Sunday, the 26th is Boxing Day"
        );
        assert!(
            calendar("gb-eng").is_off(date(2021, 12, 27)) && calendar("gb-eng").is_off(date(2021, 12, 28))
        );
        assert!(calendar("gb-eng").is_off(date(2022, 6, 2)) && !calendar("gb-eng").is_off(date(2022, 5, 30)));
        assert_eq!(
            days("gb-eng", 2026),
            ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"]
        );
    }

    #[test]
    fn the_banks_of_europe() {
        assert_eq!(days("target", 2026), ["01-01", "04-03", "04-06", "05-01", "12-25"]);
        assert_eq!(days("de", 2026), ["01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "12-25"]);
        assert_eq!(days("ch", 2025), ["01-01", "05-29", "08-01", "12-25"]);
    }
}
