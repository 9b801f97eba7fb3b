//! Floor 7: plain data for eyes. Numbers packed in one array, sentences, rows, the offset ruler, belief and truth. Asks the
//! world and the verdict; decides nothing and knows no DOM.
//!
//! `viewer` is the whole of it for a page; the others say what they own themselves.

pub mod answer;
pub mod checks;
pub mod decode;
pub mod export;
pub mod frame;
pub mod hindsight;
pub mod inspect;
pub mod json;
pub mod links;
pub mod messages;
pub mod page;
pub mod rows;
pub mod ruler;
pub mod text;
pub mod viewer;
pub mod words;
