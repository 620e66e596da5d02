//! Places in Japan by their official codes.

use shinayaka_kernel::{Error, Result};

/// Refuses what is no prefecture.
///
/// # Errors
/// [`Error::Invalid`] for anything but `01` to `47` (JIS X 0401).
pub fn check_prefecture(field: &str, code: &str) -> Result<()> {
    let digits = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_digit());
    if digits && ("01"..="47").contains(&code) {
        return Ok(());
    }
    Err(Error::invalid(field, "must be from 01 to 47 (JIS X 0401)"))
}

/// Refuses what is no municipality, or one of another prefecture.
///
/// # Errors
/// [`Error::Invalid`] for anything but five digits (JIS X 0402) that begin with the prefecture.
pub fn check_municipality(field: &str, code: &str, prefecture: Option<&str>) -> Result<()> {
    if code.len() != 5 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid(field, "must be five digits (JIS X 0402), as 13101"));
    }
    check_prefecture(field, &code[..2])?;
    match prefecture {
        Some(prefecture) if prefecture != &code[..2] => {
            Err(Error::invalid(field, format!("is in prefecture {}, not in {prefecture}", &code[..2])))
        }
        Some(_) => Ok(()),
        None => Err(Error::invalid(field, "needs its prefecture beside it")),
    }
}

/// A municipality written with the check digit of the codes of local public bodies (six digits), without it. Anything
/// else stays as it is.
///
/// # Errors
/// [`Error::Invalid`] when the sixth digit is wrong.
pub fn without_check_digit(field: &str, code: &str) -> Result<String> {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(code.to_owned());
    }
    let digits: Vec<u32> = code.bytes().map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = digits[..5].iter().zip([6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
    // Modulus 11 with weights 6 to 2; a sum below 11 is taken from 11 as it is, which is the same.
    let expected = (11 - sum % 11) % 10;
    if digits[5] != expected {
        return Err(Error::invalid(field, format!("has a wrong check digit: it should end in {expected}")));
    }
    Ok(code[..5].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_official_list_are_taken() {
        for (six, five) in
            [("131016", "13101"), ("011002", "01100"), ("271004", "27100"), ("472018", "47201")]
        {
            assert_eq!(without_check_digit("municipality", six).unwrap(), five);
            check_municipality("municipality", five, Some(&five[..2])).unwrap();
        }
        assert_eq!(without_check_digit("municipality", "13101").unwrap(), "13101");
        assert!(without_check_digit("municipality", "131017").is_err());
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for wrong in ["00", "48", "1", "+1", "１３", "013"] {
            assert!(check_prefecture("prefecture", wrong).is_err(), "{wrong}");
        }
        assert!(check_municipality("municipality", "13101", None).is_err());
        assert!(check_municipality("municipality", "13101", Some("14")).is_err());
        assert!(check_municipality("municipality", "48101", Some("48")).is_err());
        assert!(check_municipality("municipality", "1310", Some("13")).is_err());
    }
}
