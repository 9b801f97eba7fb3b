//! The request scanner of every connection: clients, replicas and the stream of a master.
//!
//! Small commands that lie in one piece whole, which is nearly all of them, take a short way through (`quick`). Everything
//! else, and everything that is wrong, goes through resumable stages, so that fragmented input costs time linear in its
//! bytes and any split of a stream gives the same requests.

use super::feed::{Feed, header};
use super::{ProtocolError, split_line};
use crate::base::{Bytes, parse_i64};

/// Largest argument of a client that has to log in first, in bytes.
pub const UNAUTHENTICATED_BULK_MAX: u64 = 16_384;
/// Most arguments of such a client.
const UNAUTHENTICATED_ARGS_MAX: i64 = 10;
/// Largest argument unless [`Scanner::set_bulk_max`] says otherwise: `proto-max-bulk-len`, in bytes.
const BULK_MAX: u64 = 512 << 20;
/// Most arguments that are believed before they arrive.
const ARGS_RESERVED_MAX: usize = 64;
/// Most arguments on the short way.
const ARGS_QUICK_MAX: usize = 1024;

/// One item of a request stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Command and arguments. Empty for an empty line, `*0` and negative counts.
    pub args: Vec<Bytes>,
    /// Every byte that the item took: the sum over all items is the length of the stream.
    pub consumed: u64,
    /// It was a line, not an array.
    pub inline: bool,
}

/// A resumable scanner of requests.
#[derive(Clone, Debug)]
pub struct Scanner {
    feed: Feed,
    stage: Stage,
    /// Arguments of the item so far.
    args: Vec<Bytes>,
    /// Arguments of the item to come, the one in progress included.
    missing: usize,
    bulk_max: u64,
    failed: Option<ProtocolError>,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Line,
    Count,
    Length,
    Body(usize),
    /// The end of an argument: bytes to skip. Redis does not look at them.
    End(usize),
}

impl Default for Scanner {
    fn default() -> Scanner {
        Scanner::new()
    }
}

impl Scanner {
    /// A scanner at the beginning of a stream.
    pub fn new() -> Scanner {
        let feed = Feed::default();
        Scanner { feed, stage: Stage::Start, args: Vec::new(), missing: 0, bulk_max: BULK_MAX, failed: None }
    }

    /// Sets the largest argument in bytes; `u64::MAX` for the stream of a master, which Redis does not limit.
    pub fn set_bulk_max(&mut self, bytes: u64) {
        self.bulk_max = bytes;
    }

    /// Adds bytes of the stream.
    pub fn push(&mut self, bytes: Bytes) {
        self.feed.push(bytes);
    }

    /// Bytes pushed and not yet consumed by requests returned.
    pub fn pending(&self) -> u64 {
        self.feed.unread() + self.feed.taken()
    }

    /// The next request; `None` if it needs more bytes. After an error there is nothing but this error.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Request>, ProtocolError> {
        if self.stage == Stage::Start
            && self.failed.is_none()
            && let Some(request) = self.quick()
        {
            return Ok(Some(request));
        }
        self.resume()
    }

    /// A request that lies in the current piece whole and in canonical form.
    fn quick(&mut self) -> Option<Request> {
        let window = self.feed.window();
        let (count, mut at) = header(window, b'*')?;
        if !(1..=ARGS_QUICK_MAX).contains(&count) || self.refuses_count(count as i64) {
            return None;
        }
        let mut args = Vec::with_capacity(count.min(ARGS_RESERVED_MAX));
        for _ in 0..count {
            let (len, header_len) = header(window.get(at..)?, b'$')?;
            let body = at + header_len;
            if window.get(body + len..)?.get(..2)? != b"\r\n" || len as u64 > self.bulk_max {
                return None;
            }
            args.push(self.feed.share(body, body + len));
            at = body + len + 2;
        }
        self.feed.advance(at);
        Some(Request { args, consumed: self.feed.end_item(), inline: false })
    }

    /// Goes on where the bytes ended last time.
    fn resume(&mut self) -> Result<Option<Request>, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.stages();
        self.failed = result.as_ref().err().copied();
        result
    }

    fn stages(&mut self) -> Result<Option<Request>, ProtocolError> {
        loop {
            match self.stage {
                Stage::Start => match self.feed.peek() {
                    None => return Ok(None),
                    Some(b'*') => self.stage = Stage::Count,
                    Some(_) => self.stage = Stage::Line,
                },
                Stage::Line => {
                    let line = self.feed.line(b'\n', false).map_err(|_| ProtocolError::TooBigInline)?;
                    let Some(line) = line else { return Ok(None) };
                    let line = line.strip_suffix(b"\r").unwrap_or(&line);
                    let args = split_line(line).ok_or(ProtocolError::UnbalancedQuotes)?;
                    self.args = args.into_iter().map(Bytes::from).collect();
                    return Ok(Some(self.finish(true)));
                }
                Stage::Count => {
                    let Some(count) = self.count()? else { return Ok(None) };
                    if count == 0 {
                        return Ok(Some(self.finish(false)));
                    }
                    self.missing = count;
                    self.args = Vec::with_capacity(count.min(ARGS_RESERVED_MAX));
                    self.stage = Stage::Length;
                }
                Stage::Length => {
                    let Some(len) = self.length()? else { return Ok(None) };
                    self.stage = Stage::Body(len);
                }
                Stage::Body(len) => {
                    let Some(body) = self.feed.bytes(len) else { return Ok(None) };
                    self.args.push(body);
                    self.stage = Stage::End(2);
                }
                Stage::End(skip) => {
                    let left = skip - self.feed.skip(skip);
                    if left > 0 {
                        self.stage = Stage::End(left);
                        return Ok(None);
                    }
                    self.missing -= 1;
                    if self.missing == 0 {
                        return Ok(Some(self.finish(false)));
                    }
                    self.stage = Stage::Length;
                }
            }
        }
    }

    /// The number of arguments, 0 for a negative one.
    fn count(&mut self) -> Result<Option<usize>, ProtocolError> {
        let line = self.feed.line(b'\r', true).map_err(|_| ProtocolError::TooBigCount)?;
        let Some(line) = line else { return Ok(None) };
        match parse_i64(&line[1..]) {
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            Some(count) if self.refuses_count(count) => Err(ProtocolError::UnauthenticatedCount),
            Some(count) if count <= i64::from(i32::MAX) => Ok(Some(count.max(0) as usize)),
            _ => Err(ProtocolError::InvalidCount),
        }
    }

    /// The length of an argument.
    fn length(&mut self) -> Result<Option<usize>, ProtocolError> {
        // The beginning of a line that was kept aside belongs to this length, whatever comes behind it looks like.
        let quick = if self.feed.is_inside_line() { None } else { header(self.feed.window(), b'$') };
        let len = match quick {
            Some((len, header_len)) => {
                self.feed.advance(header_len);
                len as u64
            }
            None => {
                let line = self.feed.line(b'\r', true).map_err(|_| ProtocolError::TooBigLength)?;
                let Some(line) = line else { return Ok(None) };
                match line.split_first() {
                    Some((b'$', digits)) => parse_i64(digits).and_then(|len| u64::try_from(len).ok()),
                    Some((&other, _)) => return Err(ProtocolError::ExpectedBulk(other)),
                    None => return Err(ProtocolError::ExpectedBulk(b'\r')),
                }
                .ok_or(ProtocolError::InvalidLength)?
            }
        };
        // Also refuses what the address space of wasm cannot hold.
        match usize::try_from(len) {
            Ok(fits) if len <= self.bulk_max && fits <= isize::MAX as usize => Ok(Some(fits)),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            _ if self.is_unauthenticated() => Err(ProtocolError::UnauthenticatedLength),
            _ => Err(ProtocolError::InvalidLength),
        }
    }

    /// Whether the limit is that of a client that has to log in first. No other limit is as small.
    fn is_unauthenticated(&self) -> bool {
        cfg!(all(feature = "server", not(target_arch = "wasm32"))) && self.bulk_max == UNAUTHENTICATED_BULK_MAX
    }

    fn refuses_count(&self, count: i64) -> bool {
        self.is_unauthenticated() && count > UNAUTHENTICATED_ARGS_MAX
    }

    fn finish(&mut self, inline: bool) -> Request {
        self.stage = Stage::Start;
        Request { args: core::mem::take(&mut self.args), consumed: self.feed.end_item(), inline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::encode_command;

    fn scan(pieces: &[&[u8]]) -> (Vec<Request>, Option<ProtocolError>) {
        let mut scanner = Scanner::new();
        let mut requests = Vec::new();
        for piece in pieces {
            scanner.push((*piece).into());
            loop {
                match scanner.next() {
                    Ok(Some(request)) => requests.push(request),
                    Ok(None) => break,
                    Err(error) => return (requests, Some(error)),
                }
            }
        }
        (requests, None)
    }

    fn error_of(bytes: &[u8]) -> Option<ProtocolError> {
        scan(&[bytes]).1
    }

    #[test]
    fn arrays_lines_and_empty_items_count_their_bytes() {
        let stream = b"*1\r\n$4\r\nPING\r\n\r\n\n*0\r\n*-5\r\nSET a \"b c\"\r\nx\n";
        let (requests, error) = scan(&[stream]);
        assert_eq!(error, None);
        let consumed: Vec<u64> = requests.iter().map(|r| r.consumed).collect();
        assert_eq!(consumed, [14, 2, 1, 4, 5, 13, 2]);
        assert_eq!(consumed.iter().sum::<u64>(), stream.len() as u64);
        assert_eq!(requests[0].args, ["PING".into()]);
        assert!(requests[1].args.is_empty() && requests[1].inline);
        assert!(requests[3].args.is_empty() && !requests[3].inline);
        assert_eq!(requests[5].args, ["SET".into(), "a".into(), "b c".into()]);
    }

    #[test]
    fn a_length_that_begins_in_an_earlier_piece_is_one_with_it() {
        let pieces: [&[u8]; 2] = [b"*2\r\n$1\r\nkT\r\n", b"$1\r\nv\r\n"];
        let error = Some(ProtocolError::ExpectedBulk(b'\n'));
        assert_eq!(scan(&pieces), (Vec::new(), error));
        assert_eq!(scan(&[&pieces.concat()]), (Vec::new(), error));
    }

    #[test]
    fn ends_of_lines_and_arguments_are_not_looked_at() {
        let (requests, error) = scan(&[b"*1\rx$4\rxPING??*2\r\n$0\r\n\r\n$1\r\na\r\n"]);
        assert_eq!(error, None);
        assert_eq!(requests[0].args, ["PING".into()]);
        assert_eq!(requests[0].consumed, 14);
        assert_eq!(requests[1].args, [Bytes::new(), "a".into()]);
    }

    #[test]
    fn errors_are_those_of_redis() {
        use ProtocolError as E;
        for bad in ["*abc\r\n", "*01\r\n", "*+1\r\n", "* 1\r\n", "*\r\n", "*2147483648\r\n", "*1xx$4\r\nPING\r\n"] {
            assert_eq!(error_of(bad.as_bytes()), Some(E::InvalidCount), "{bad}");
        }
        for bad in ["$-1", "$536870913", "$abc", "$04", "$", "$4x", "$99999999999999999999"] {
            assert_eq!(error_of(format!("*1\r\n{bad}\r\n").as_bytes()), Some(E::InvalidLength), "{bad}");
        }
        assert_eq!(error_of(b"*1\r\nabc\r\n"), Some(E::ExpectedBulk(b'a')));
        assert_eq!(error_of(b"*1\r\n\r\n"), Some(E::ExpectedBulk(b'\r')));
        assert_eq!(error_of(b"PING \"abc\r\n"), Some(E::UnbalancedQuotes));
        assert_eq!(error_of(b"*2147483647\r\n"), None);
        let long = vec![b'1'; 70_000];
        assert_eq!(error_of(&long), Some(E::TooBigInline));
        assert_eq!(error_of(&[b"*", &long[..]].concat()), Some(E::TooBigCount));
        assert_eq!(error_of(&[b"*1\r\n$", &long[..]].concat()), Some(E::TooBigLength));
    }

    #[test]
    fn an_error_is_final_and_requests_before_it_count() {
        let mut scanner = Scanner::new();
        scanner.push("PING\r\n*x\r\nPING\r\n".into());
        assert!(scanner.next().is_ok_and(|r| r.is_some()));
        assert_eq!(scanner.next(), Err(ProtocolError::InvalidCount));
        scanner.push("PING\r\n".into());
        assert_eq!(scanner.next(), Err(ProtocolError::InvalidCount));
    }

    #[test]
    fn arguments_share_the_allocation_of_their_pieces() {
        let value = vec![b'v'; 100_000];
        let whole = Bytes::from(encode_command(&[b"SET", b"k", &value]));
        let mut scanner = Scanner::new();
        for start in (0..whole.len()).step_by(1460) {
            assert_eq!(scanner.next(), Ok(None));
            scanner.push(whole.slice(start..(start + 1460).min(whole.len())));
            assert!(scanner.pending() >= start as u64);
        }
        let request = scanner.next().unwrap().unwrap();
        assert!(request.args.iter().all(|arg| arg.shares_with(&whole)));
        assert_eq!((request.consumed, scanner.pending()), (whole.len() as u64, 0));
        assert_eq!(request.args[2], value.into());
    }

    #[test]
    fn the_limit_of_an_argument_can_be_lifted() {
        let mut scanner = Scanner::new();
        scanner.set_bulk_max(2);
        scanner.push("*1\r\n$3\r\nabc\r\n".into());
        assert_eq!(scanner.next(), Err(ProtocolError::InvalidLength));
        let mut scanner = Scanner::new();
        scanner.set_bulk_max(u64::MAX);
        scanner.push("*1\r\n$536870913\r\nabc\r\n".into());
        assert_eq!(scanner.next(), Ok(None));
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::collection::vec;
        use proptest::prelude::*;

        fn item() -> impl Strategy<Value = Vec<u8>> {
            let arg = prop_oneof![vec(any::<u8>(), 0..20), vec(any::<u8>(), 900..1100)];
            prop_oneof![
                6 => vec(arg, 1..5).prop_map(|args| {
                    encode_command(&args.iter().map(Vec::as_slice).collect::<Vec<_>>())
                }),
                1 => "[a-z ]{0,12}\r?\n".prop_map(String::into_bytes),
                1 => Just(b"*0\r\n".to_vec()),
                1 => Just(b"*1\rz$1\rzaZZ".to_vec()),
                1 => Just(b"*1\r\n$x\r\n".to_vec()),
            ]
        }

        fn pieces<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
        }

        proptest! {
            #[test]
            fn any_split_gives_the_same(items in vec(item(), 0..8), cuts in vec(any::<prop::sample::Index>(), 0..12)) {
                let stream = items.concat();
                let (whole, whole_error) = scan(&[&stream]);
                let (split, split_error) = scan(&pieces(&stream, &cuts));
                prop_assert_eq!(whole_error, split_error);
                prop_assert_eq!(whole.clone(), split);
                let singles: Vec<&[u8]> = stream.chunks(1).collect();
                let (single, single_error) = scan(&singles);
                prop_assert_eq!(whole_error, single_error);
                prop_assert_eq!(whole, single);
            }

            #[test]
            fn encoded_commands_come_back(args in vec(vec(any::<u8>(), 0..300), 1..10)) {
                let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
                let bytes = encode_command(&args);
                let (requests, error) = scan(&[&bytes]);
                prop_assert_eq!(error, None);
                prop_assert_eq!(requests.len(), 1);
                prop_assert!(requests[0].args.iter().map(Bytes::as_slice).eq(args));
                prop_assert_eq!(requests[0].consumed, bytes.len() as u64);
            }

            #[test]
            fn random_bytes_never_panic(bytes in vec(prop_oneof![Just(b'*'), Just(b'$'), Just(b'\r'), Just(b'\n'),
                b'0'..=b'9', any::<u8>()], 0..200), cut in 0usize..200) {
                let cut = cut.min(bytes.len());
                let (whole, error) = scan(&[&bytes]);
                let (split, split_error) = scan(&[&bytes[..cut], &bytes[cut..]]);
                prop_assert_eq!(error, split_error);
                prop_assert_eq!(whole, split);
            }
        }
    }
}
