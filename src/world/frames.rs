//! Frames of the stream under way, one by one: shown, and lost because somebody chose them.

use super::connection::{Connection, Stage};
use super::flow::Segment;
use super::spec::{SpecError, decimal};
use super::{World, link::Transport};
use crate::base::{Chunk, LinkId, Time};
use crate::repl::textbook::Frame;

/// Most frames that a refusal names.
const MOST_NAMED: usize = 6;

/// A frame under way whose place in the stream is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameView {
    /// First stream byte in it.
    pub start: i64,
    /// Last stream byte in it.
    pub end: i64,
    /// When it arrives, or would have.
    pub arrives_at: Time,
    /// It was lost.
    pub lost: bool,
}

impl World {
    /// The frames of the stream under way on a link, in the order of their arrival.
    pub fn frames(&self, link: LinkId) -> Vec<FrameView> {
        let path = (1 + self.clients.len()) as u32 + link.0;
        let connections = self.connections.iter().map(|(_, connection)| connection);
        connections.filter(|it| it.path == path).flat_map(frames_of).map(|(_, frame)| frame).collect()
    }

    /// Loses the frame under way that carries a byte of the stream, the first to arrive if there are several.
    #[inline(never)]
    pub(super) fn drop_frame(&mut self, path: usize, offset: i64) -> Result<(), SpecError> {
        if self.paths[path].link.settings.transport != Transport::Textbook {
            return Err(SpecError::new("link", "a link whose transport is textbook", "another transport"));
        }
        let mut others: Vec<String> = Vec::new();
        for key in self.connections.on_path(path as u32) {
            let Some(connection) = self.connections.get_mut(key) else { continue };
            let chosen = frames_of(connection).find(|(_, frame)| !frame.lost && frame.holds(offset));
            if let Some((at, _)) = chosen {
                connection.flows[1].segments[at].lost = true;
                return Ok(());
            }
            let living = frames_of(connection).filter(|(_, frame)| !frame.lost).take(MOST_NAMED);
            others.extend(living.map(|(_, frame)| frame.spell()));
        }
        let others = if others.is_empty() { "none is".into() } else { others.join(", ") };
        let expected = ["a byte of a frame under way: ", &*others].concat();
        Err(SpecError::new("offset", &expected, &decimal(offset.unsigned_abs())))
    }
}

impl FrameView {
    fn holds(&self, offset: i64) -> bool {
        (self.start..=self.end).contains(&offset)
    }

    /// `101 to 150`.
    fn spell(&self) -> String {
        [&*decimal(self.start.unsigned_abs()), " to ", &*decimal(self.end.unsigned_abs())].concat()
    }
}

/// The frames of a connection's stream, with their places among the segments.
fn frames_of(connection: &Connection) -> impl Iterator<Item = (usize, FrameView)> {
    let live = connection.stage == Stage::Stream;
    let segments = connection.flows[1].segments.iter().enumerate();
    segments.filter(move |_| live).filter_map(|(at, segment)| Some((at, frame_view(segment)?)))
}

fn frame_view(segment: &Segment) -> Option<FrameView> {
    let Chunk::Data(bytes) = &segment.chunk else { return None };
    let frame = segment.frame.then(|| Frame::decode(bytes))??;
    let (start, _) = frame.position?;
    let end = start + frame.payload.len() as i64 - 1;
    Some(FrameView { start, end, arrives_at: segment.arrives, lost: segment.lost })
}
