//! The North American Industry Classification (NAICS 2012 to 2022) to the sectors of Japan. The longest beginning of
//! the code that the table knows decides; everything else is an enterprise.

use shinayaka_model::incident::Sector;

const BEGINNINGS: &[(&str, Sector)] = &[
    ("2211", Sector::ElectricPower),
    ("2212", Sector::Gas),
    ("2213", Sector::Water),
    ("211", Sector::Petroleum),
    ("324", Sector::Petroleum),
    ("4247", Sector::Petroleum),
    ("486", Sector::Petroleum),
    ("4862", Sector::Gas),
    ("325", Sector::Chemical),
    ("481", Sector::Aviation),
    ("482", Sector::Railway),
    ("4851", Sector::Railway),
    ("483", Sector::Logistics),
    ("484", Sector::Logistics),
    ("488", Sector::Logistics),
    ("4881", Sector::Airport),
    ("4883", Sector::Port),
    ("491", Sector::Logistics),
    ("492", Sector::Logistics),
    ("493", Sector::Logistics),
    ("515", Sector::InformationCommunication),
    ("516", Sector::InformationCommunication),
    ("517", Sector::InformationCommunication),
    ("518", Sector::InformationCommunication),
    ("52", Sector::Finance),
    ("52221", Sector::Credit),
    ("52232", Sector::Credit),
    ("621", Sector::Medical),
    ("622", Sector::Medical),
    ("623", Sector::Medical),
    ("814", Sector::Individual),
    ("92", Sector::Government),
];

pub fn of(industry: Option<&str>) -> Sector {
    let industry = industry.unwrap_or_default();
    let known = BEGINNINGS.iter().filter(|(beginning, _)| industry.starts_with(beginning));
    known.max_by_key(|(beginning, _)| beginning.len()).map_or(Sector::Enterprise, |(_, sector)| *sector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_decides() {
        for (industry, sector) in [
            ("522110", Sector::Finance),
            ("522210", Sector::Credit),
            ("52", Sector::Finance),
            ("488119", Sector::Airport),
            ("488310", Sector::Port),
            ("488510", Sector::Logistics),
            ("221310", Sector::Water),
            ("622110", Sector::Medical),
            ("923130", Sector::Government),
            ("000", Sector::Enterprise),
            ("", Sector::Enterprise),
        ] {
            assert_eq!(of(Some(industry)), sector, "{industry}");
        }
    }
}
