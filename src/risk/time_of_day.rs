//! A minute of the day as text, such as `17:05`.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) fn serialize<S: Serializer>(minute: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&shown(*minute))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).ok_or_else(|| D::Error::custom("a time of day is written such as \"17:05\""))
}

/// The minute, counted from midnight; none where the text is no time of day.
pub(super) fn read(text: &str) -> Option<u16> {
    let part = |text: &str, most: u16| -> Option<u16> {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_plain && *number <= most)
    };
    let (hours, minutes) = text.split_once(':')?;
    Some(part(hours, 23)? * 60 + part(minutes, 59)?)
}

/// A minute of the day as text.
pub(super) fn shown(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
