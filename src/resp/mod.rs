//! Floor 1: the wire. Requests are scanned with exact byte counts ([`Scanner`]), replies and commands are written
//! ([`Replies`], [`encode_command`]), replies are scanned ([`ReplyScanner`]) and shown as redis-cli shows them
//! (`render`). RESP2 and inline commands, as Redis 7.0 reads and writes them.
//!
//! Knows neither what a command means nor what an offset is for: it only says how many bytes each item took.

mod error;
mod feed;
mod render;
mod replies;
mod reply_scanner;
mod scanner;
mod split;

pub use error::ProtocolError;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use render::quoted;
pub use render::{quote, render};
pub(crate) use replies::write_header;
pub use replies::{Mark, Replies, command_len, encode_command};
pub use reply_scanner::{Reply, ReplyScanner};
pub use scanner::{Request, Scanner, UNAUTHENTICATED_BULK_MAX};
pub use split::split_line;
