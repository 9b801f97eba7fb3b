//! Which invariant has to find which mutant (`base::Mutant`): the promise that `psync swarm --mutants` keeps, and the table
//! in `docs/mutants.md`.

use super::checker::Check;
use crate::base::Mutant;

/// The invariant that has to find a mutant. Others may find it as well, and sooner.
pub const fn caught_by(mutant: Mutant) -> Check {
    match mutant {
        Mutant::SnapshotDropsKey
        | Mutant::SnapshotDropsDatabase
        | Mutant::SnapshotDropsDeadline
        | Mutant::PsyncIgnoresName
        | Mutant::CachedDatabaseForgotten
        | Mutant::ReplicaTakesWrites
        | Mutant::SelectLeftOut
        | Mutant::PromotionKeepsDatabase
        | Mutant::PropagatesTwice
        | Mutant::ExpiryNotTold
        | Mutant::RelativeDeadline
        | Mutant::ReplicaExpires
        | Mutant::ReplicaSkipsCommand
        | Mutant::TransactionHalfApplied
        | Mutant::LoadForgetsDatabase => Check::SameData,
        Mutant::PsyncIgnoresFork
        | Mutant::PsyncContinuesTooOld
        | Mutant::PromotionKeepsName
        | Mutant::ForkOneByteLate
        | Mutant::CachedOffsetTooHigh
        | Mutant::FrameAppliedTwice
        | Mutant::FrameAppliedWithGap
        | Mutant::TransferMissesStream
        | Mutant::SharedSnapshotOffset
        | Mutant::FullResyncOffset
        | Mutant::ForwardRewrites => Check::Prefix,
        Mutant::PromotionStartsAtZero => Check::Forward,
        Mutant::BacklogTrimsEarly | Mutant::BacklogClaimsMore | Mutant::BacklogKeepsAll => Check::Backlog,
        Mutant::OutputLimitIgnored => Check::Backlog,
        Mutant::GoodIgnoresLag | Mutant::RefusedWriteSpreads | Mutant::GateLetsThrough => Check::Refused,
        Mutant::WaitCountsEverybody | Mutant::AckCountsReceived => Check::Counted,
        Mutant::ResendSkipsByte | Mutant::RenameNotTold => Check::Converged,
    }
}

/// The table of `docs/mutants.md`.
pub fn table() -> String {
    let rows = Mutant::ALL.iter().map(|mutant| {
        let cells = ["| ", mutant.name(), " | ", mutant.what(), " | ", caught_by(*mutant).name(), " |\n"];
        cells.concat()
    });
    let head = ["| mutant | what is wrong | found by |\n| --- | --- | --- |\n".into()];
    head.into_iter().chain(rows).collect()
}
