//! How long a key lives, as it is typed: `12h`, `90d`, `8w`.

use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

/// A whole number of minutes, hours, days or weeks; ten years at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(Duration);

const LONGEST: Duration = Duration::days(3660);

impl Lifetime {
    /// When a key that is made now ends.
    pub fn end(self, now: OffsetDateTime) -> OffsetDateTime {
        now + self.0
    }
}

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no lifetime: a number with m, h, d or w behind it, such as 90d");
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
        let number: i64 = number.parse().ok().filter(|number| (1..=9_999_999).contains(number)).ok_or_else(wrong)?;
        let duration = match unit {
            "m" => Duration::minutes(number),
            "h" => Duration::hours(number),
            "d" => Duration::days(number),
            "w" => Duration::weeks(number),
            _ => return Err(wrong()),
        };
        if duration > LONGEST {
            return Err(format!("`{text}` is longer than ten years: leave --expires out for a key without an end"));
        }
        Ok(Self(duration))
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.whole_minutes();
        match minutes {
            _ if minutes % 1440 == 0 => write!(f, "{}d", minutes / 1440),
            _ if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            _ => write!(f, "{minutes}m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lifetime;

    #[test]
    fn a_lifetime_is_a_number_and_a_unit() {
        let check = |text: &str, expected: Result<&str, &str>| match (text.parse::<Lifetime>(), expected) {
            (Ok(lifetime), Ok(shown)) => assert_eq!(lifetime.to_string(), shown),
            (Err(message), Err(part)) => assert!(message.contains(part), "{text}: {message}"),
            (got, _) => panic!("{text}: {got:?}"),
        };
        check("90d", Ok("90d"));
        check("8w", Ok("56d"));
        check("48h", Ok("2d"));
        check("15m", Ok("15m"));
        check("520w", Ok("3640d"));
        check("9999d", Err("longer than ten years"));
        for bad in ["", "d", "0d", "-1d", "90", "90 d", "1y", "é"] {
            check(bad, Err("no lifetime"));
        }
    }
}
