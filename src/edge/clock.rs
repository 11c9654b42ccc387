//! The clock. Decisions get its answer as an argument.

use time::OffsetDateTime;

/// Now, to the second.
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now)
}
