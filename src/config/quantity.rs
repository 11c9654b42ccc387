//! Amounts of CPU, memory and storage, in Kubernetes' own spelling.

use std::fmt;
use std::str::FromStr;

use super::parsed::parsed;

/// An amount as it was written, with its value in thousandths for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    text: String,
    thousandths: u128,
}

parsed!(Quantity, "quantity", "512Mi");

/// Suffix and its worth in thousandths.
const SUFFIXES: &[(&str, u128)] = &[
    ("m", 1),
    ("", 1000),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("Ki", 1000 << 10),
    ("Mi", 1000 << 20),
    ("Gi", 1000 << 30),
    ("Ti", 1000 << 40),
];

impl Quantity {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value times a thousand: `250m` of a CPU is 250, `1` is 1000.
    pub fn thousandths(&self) -> u128 {
        self.thousandths
    }
}

impl PartialOrd for Quantity {
    /// By value: `1` and `1000m` are neither less nor more than one another.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match self.thousandths.cmp(&other.thousandths) {
            std::cmp::Ordering::Equal if self.text != other.text => None,
            order => Some(order),
        }
    }
}

impl FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "`{text}` is no amount: a number with m, k, M, G, T, Ki, Mi, Gi or Ti behind it, such as 250m or 512Mi"
            )
        };
        let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (number, suffix) = text.split_at(digits);
        let worth = SUFFIXES.iter().find(|(name, _)| *name == suffix).ok_or_else(refused)?.1;
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        if part.len() > 3 || whole.len() > 12 {
            return Err(refused());
        }
        let whole: u128 = whole.parse().map_err(|_| refused())?;
        let fraction: u128 = part.parse().map_err(|_| refused())?;
        let scale = 10_u128.pow(u32::try_from(part.len()).map_err(|_| refused())?);
        let thousandths = whole * worth + fraction * worth / scale;
        Ok(Quantity { text: text.to_owned(), thousandths })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn amounts_compare_by_value() {
        let amount = |text: &str| text.parse::<Quantity>().unwrap();
        assert!(amount("250m") < amount("1"));
        assert!(amount("512Mi") < amount("2Gi"));
        assert_eq!(amount("0.5").thousandths(), 500);
        assert_eq!(amount("1Ki").thousandths(), amount("1024").thousandths());
    }

    #[test]
    fn what_kubernetes_would_refuse_is_refused() {
        for text in ["", "m", "1 Gi", "1gi", "-1", "1.2.3", "lots"] {
            assert!(text.parse::<Quantity>().is_err(), "{text} is taken");
        }
    }
}
