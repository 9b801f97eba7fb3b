//! What COMMAND DOCS and HELP answer: `documents.txt`, which `cargo xtask documents` asks of a running `redis-server` and
//! describes. A reply is kept there as the tokens of RESP3, one a line.

use crate::base::parse_i64;
use crate::resp::Replies;

/// The tokens of an entry; nothing if there is no such one.
fn entry(name: &str) -> impl Iterator<Item = &'static str> + use<'_> {
    let lines = include_str!("documents.txt").lines();
    let is_it = move |line: &&str| line.strip_prefix("= ").is_some_and(|own| own == name);
    lines.skip_while(move |line| !is_it(line)).skip(1).take_while(|line| !line.starts_with("= "))
}

/// What a command is documented with, or a subcommand by its full name; false if there is nothing.
pub(in crate::node) fn document(replies: &mut Replies, name: &str) -> bool {
    match name.split_once('|') {
        None => replay(replies, &mut entry(name)),
        Some((container, _)) => {
            let mut tokens = entry(container);
            tokens.any(|token| token.strip_prefix('$') == Some(name)) && replay(replies, &mut tokens)
        }
    }
}

/// Answers with one value of what the tokens are; false if there is none.
fn replay(replies: &mut Replies, tokens: &mut dyn Iterator<Item = &'static str>) -> bool {
    let mut left = 1;
    while left > 0 {
        let Some((kind, rest)) = tokens.next().and_then(|token| token.split_at_checked(1)) else { return false };
        let number = || parse_i64(rest.as_bytes()).unwrap_or(0);
        let len = || usize::try_from(number()).unwrap_or(0);
        left -= 1;
        match kind {
            "%" => {
                replies.map(len());
                left += 2 * len();
            }
            "*" => {
                replies.array(len());
                left += len();
            }
            "~" => {
                replies.set(len());
                left += len();
            }
            ":" => replies.integer(number()),
            "+" => replies.simple(rest),
            _ => replies.bulk_str(rest.as_bytes()),
        }
    }
    true
}

/// HELP of a container.
pub(in crate::node) fn help(replies: &mut Replies, container: &str) {
    replay(replies, &mut entry(&[container, " help"].concat()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_answered_in_both_protocols() {
        let mut replies = Replies::new();
        assert!(document(&mut replies, "config|get"));
        let text = String::from_utf8_lossy(replies.since(crate::resp::Mark::START)).into_owned();
        assert!(
            text.starts_with("*12\r\n$7\r\nsummary\r\n$42\r\nGet the values of configuration parameters\r\n"),
            "{text}"
        );
        replies.speak_resp3(true);
        assert!(document(&mut replies, "get"));
        assert!(!document(&mut replies, "nothing"));
    }
}
