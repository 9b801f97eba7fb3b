//! Glob patterns as KEYS, SCAN and CONFIG GET know them: `*`, `?`, `[abc]`, `[^a-c]`, and a backslash that takes the next
//! character as it is.

/// Whether the whole `text` matches `pattern`. Time is at most the product of both lengths.
pub fn glob(pattern: &[u8], text: &[u8]) -> bool {
    matches(pattern, text, false)
}

/// As [`glob`], with ASCII case ignored.
pub fn glob_ignoring_case(pattern: &[u8], text: &[u8]) -> bool {
    matches(pattern, text, true)
}

/// Each `*` first matches nothing, then ever more. Only the last one has to be tried again: what stood before it matched
/// with the shortest text, which leaves the most to what follows.
fn matches(mut pattern: &[u8], mut text: &[u8], ignore_case: bool) -> bool {
    let mut last_star: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some((b'*', after)) = pattern.split_first() {
            pattern = after;
            last_star = Some((pattern, text));
            continue;
        }
        if let Some((&byte, text_after)) = text.split_first() {
            if let Some(pattern_after) = single(pattern, byte, ignore_case) {
                (pattern, text) = (pattern_after, text_after);
                continue;
            }
        } else if pattern.is_empty() {
            return true;
        }
        match last_star {
            Some((after_star, [_, longer @ ..])) => {
                (pattern, text) = (after_star, longer);
                last_star = Some((after_star, longer));
            }
            _ => return false,
        }
    }
}

/// Matches one byte against the first element of a pattern that does not begin with `*`; returns the pattern behind it.
fn single(pattern: &[u8], byte: u8, ignore_case: bool) -> Option<&[u8]> {
    match pattern {
        [] => None,
        [b'?', after @ ..] => Some(after),
        [b'[', class @ ..] => {
            let (matched, after) = in_class(class, byte, ignore_case);
            matched.then_some(after)
        }
        [b'\\', literal, after @ ..] | [literal, after @ ..] => {
            (fold(*literal, ignore_case) == fold(byte, ignore_case)).then_some(after)
        }
    }
}

/// Whether `byte` is in the class that begins behind its `[`, and the pattern behind its `]`. A class that is not closed
/// reaches to the end.
fn in_class(mut class: &[u8], byte: u8, ignore_case: bool) -> (bool, &[u8]) {
    let wanted = !matches!(class, [b'^', ..]);
    if !wanted {
        class = &class[1..];
    }
    let byte = fold(byte, ignore_case);
    let mut found = false;
    loop {
        class = match class {
            [] => return (found == wanted, class),
            [b'\\', literal, after @ ..] => {
                found |= fold(*literal, ignore_case) == byte;
                after
            }
            [b']', after @ ..] => return (found == wanted, after),
            [from, b'-', to, after @ ..] => {
                let (from, to) = (fold(*from, ignore_case), fold(*to, ignore_case));
                found |= (from.min(to)..=from.max(to)).contains(&byte);
                after
            }
            [literal, after @ ..] => {
                found |= fold(*literal, ignore_case) == byte;
                after
            }
        };
    }
}

fn fold(byte: u8, ignore_case: bool) -> u8 {
    if ignore_case { byte.to_ascii_lowercase() } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_redis() {
        let good = [
            ("*", ""),
            ("", ""),
            ("a", "a"),
            ("h?llo", "hello"),
            ("h*llo", "heeeello"),
            ("h[ae]llo", "hallo"),
            ("h[^e]llo", "hallo"),
            ("h[a-b]llo", "hbllo"),
            ("h[b-a]llo", "hallo"),
            ("a\\*b", "a*b"),
            ("\\", "\\"),
            ("a\\", "a\\"),
            ("[\\]]", "]"),
            ("[a", "a"),
            ("[^a", "b"),
            ("[-z]", "z"),
            ("[-z]", "-"),
            ("***", "x"),
            ("*a*b", "aabab"),
            ("repl-*", "repl-timeout"),
            ("[a-]", "a"),
            ("a*[b]*c", "axbyc"),
            ("[^]", "x"),
        ];
        for (pattern, text) in good {
            assert!(glob(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        let bad = [
            ("", "a"),
            ("a", ""),
            ("?", ""),
            ("h?llo", "hllo"),
            ("h[^e]llo", "hello"),
            ("a\\*b", "axb"),
            ("[]", "]"),
            ("a*b", "abc"),
            ("A", "a"),
            ("[a-c]", "B"),
            ("[", ""),
            ("[y-]", "z"),
            ("hz\\", "hz"),
        ];
        for (pattern, text) in bad {
            assert!(!glob(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        assert!(glob_ignoring_case(b"MAX*y", b"maxmemory"));
        assert!(glob_ignoring_case(b"[A-C]", b"b"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(50) + "b";
        assert!(!glob(pattern.as_bytes(), &[b'a'; 5000]));
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::prelude::*;

        /// The meaning of a pattern, slowly.
        fn slow(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern.split_first(), text.split_first()) {
                (None, _) => text.is_empty(),
                (Some((b'*', after)), rest) => {
                    slow(after, text) || rest.is_some_and(|(_, text_after)| slow(pattern, text_after))
                }
                (Some(_), None) => false,
                (Some(_), Some((&byte, text_after))) => {
                    single(pattern, byte, false).is_some_and(|after| slow(after, text_after))
                }
            }
        }

        proptest! {
            #[test]
            fn trying_the_last_star_is_enough(pattern in "[ab*?\\[\\]^\\\\-]{0,10}", text in "[ab\\]-]{0,10}") {
                prop_assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), slow(pattern.as_bytes(), text.as_bytes()));
            }
        }
    }
}
