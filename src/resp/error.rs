//! What can be wrong with the bytes of a peer.

use core::fmt;

/// Bytes that are not the protocol. `Display` gives Redis's text without the leading `-ERR `.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// An inline request, or a line of a reply, of more than 64 KiB.
    TooBigInline,
    /// The line with the number of arguments does not end.
    TooBigCount,
    /// The line with the length of an argument does not end.
    TooBigLength,
    /// The number of arguments is no number, or too large.
    InvalidCount,
    /// An argument does not begin with `$`, but with this byte.
    ExpectedBulk(u8),
    /// The length of an argument is no number, negative or too large.
    InvalidLength,
    /// A client that has to log in first sends more than a few arguments.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    UnauthenticatedCount,
    /// A client that has to log in first sends a long argument.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    UnauthenticatedLength,
    /// Quotes in an inline request do not match.
    UnbalancedQuotes,
    /// A reply begins with a byte that names no type of RESP2.
    UnknownReplyType(u8),
    /// A number in a reply is none.
    InvalidReplyNumber,
    /// Arrays in a reply are nested too deeply.
    ReplyTooDeep,
}

impl ProtocolError {
    /// The text byte for byte as Redis sends it after `-ERR `: an offending byte is not changed, except that a line break
    /// becomes a space.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut out = b"Protocol error: ".to_vec();
        let (before, offender, after) = self.parts();
        out.extend_from_slice(before.as_bytes());
        out.extend(offender.map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
        out.extend_from_slice(after.as_bytes());
        out
    }

    fn parts(self) -> (&'static str, Option<u8>, &'static str) {
        match self {
            ProtocolError::TooBigInline => ("too big inline request", None, ""),
            ProtocolError::TooBigCount => ("too big mbulk count string", None, ""),
            ProtocolError::TooBigLength => ("too big bulk count string", None, ""),
            ProtocolError::InvalidCount => ("invalid multibulk length", None, ""),
            ProtocolError::ExpectedBulk(byte) => ("expected '$', got '", Some(byte), "'"),
            ProtocolError::InvalidLength => ("invalid bulk length", None, ""),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            ProtocolError::UnauthenticatedCount => ("unauthenticated multibulk length", None, ""),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            ProtocolError::UnauthenticatedLength => ("unauthenticated bulk length", None, ""),
            ProtocolError::UnbalancedQuotes => ("unbalanced quotes in request", None, ""),
            ProtocolError::UnknownReplyType(byte) => ("got '", Some(byte), "' as reply type byte"),
            ProtocolError::InvalidReplyNumber => ("invalid number in reply", None, ""),
            ProtocolError::ReplyTooDeep => ("reply nested too deeply", None, ""),
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl core::error::Error for ProtocolError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_redis() {
        let text = ProtocolError::ExpectedBulk(b'a').to_string();
        assert_eq!(text, "Protocol error: expected '$', got 'a'");
        assert_eq!(ProtocolError::ExpectedBulk(b'\r').to_bytes(), b"Protocol error: expected '$', got ' '");
        assert_eq!(ProtocolError::ExpectedBulk(0xff).to_bytes(), b"Protocol error: expected '$', got '\xff'");
        assert_eq!(ProtocolError::InvalidCount.to_string(), "Protocol error: invalid multibulk length");
    }
}
