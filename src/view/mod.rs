//! Floor 7: plain data for eyes. Numbers packed in one array, sentences, rows, the offset ruler, belief and truth. Asks the
//! world and the verdict; decides nothing and knows no DOM.

pub mod answer;
pub mod inspect;
pub mod rows;
pub mod ruler;
pub mod text;
pub mod words;
