//! Deliberate faults of the engine: mutants. Each is one line at the place that it spoils, and `run::checker` has to find
//! it; `psync swarm --mutants` proves that it does.
//!
//! Without the feature `mutants` no mutant lives, the compiler knows it, and nothing of this is left. With it, a process may
//! choose one before it plays its first world, and keeps it: worlds stay as deterministic as ever. Which invariant has to
//! find a mutant is `run::mutants`.

#[cfg(feature = "mutants")]
static CHOSEN: std::sync::OnceLock<Mutant> = std::sync::OnceLock::new();

macro_rules! mutants {
    ($($name:ident: $what:literal,)*) => {
        /// A deliberate fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutant {
            $(#[doc = $what] $name,)*
        }

        impl Mutant {
            /// All of them, from the lowest floor up.
            pub const ALL: &[Mutant] = &[$(Mutant::$name,)*];

            /// Its name, as the command line has it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Mutant::$name => stringify!($name),)*
                }
            }

            /// What is wrong with it.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Mutant::$name => $what,)*
                }
            }
        }
    };
}

mutants! {
    SnapshotDropsKey: "a snapshot lacks the keys whose names end in 1",
    SnapshotDropsDatabase: "a snapshot has database 0 only",
    SnapshotDropsDeadline: "a snapshot lacks the deadlines of keys",
    BacklogTrimsEarly: "the backlog gives up its oldest block while its size still needs it",
    BacklogClaimsMore: "the backlog says that it begins one byte earlier than it does",
    BacklogKeepsAll: "the backlog never gives up a block",
    PsyncIgnoresName: "PSYNC continues whatever history is named, if the offset lies in the backlog",
    PsyncIgnoresFork: "PSYNC continues the previous history beyond the fork",
    PsyncContinuesTooOld: "PSYNC continues from an offset that has left the backlog",
    PromotionKeepsName: "a promoted replica goes on under the name of its master's history",
    PromotionStartsAtZero: "a promoted replica counts its offset from 0",
    ForkOneByteLate: "second_replid_offset is one byte too high",
    CachedOffsetTooHigh: "a lost link keeps the offset received for the partial resync, instead of the offset applied",
    CachedDatabaseForgotten: "a lost link forgets which database the stream had selected",
    FrameAppliedTwice: "a frame whose bytes have arrived before is applied again",
    FrameAppliedWithGap: "a frame behind a gap is applied at once",
    ResendSkipsByte: "what was lost is sent again without its first byte",
    WaitCountsEverybody: "WAIT counts every replica that is online",
    TransferMissesStream: "what is written while a snapshot is on its way is not kept for the replica",
    SharedSnapshotOffset: "a replica that shares a running save is told today's offset instead of the snapshot's",
    FullResyncOffset: "+FULLRESYNC tells an offset one byte too high",
    GoodIgnoresLag: "a replica counts as good for min-replicas however long it has been silent",
    OutputLimitIgnored: "a replica's output grows beyond client-output-buffer-limit",
    RefusedWriteSpreads: "a write that min-replicas refuses enters the stream all the same",
    GateLetsThrough: "min-replicas says that it refuses writes, and lets them through",
    ReplicaTakesWrites: "a read-only replica takes the writes of its clients",
    SelectLeftOut: "the stream never selects a database",
    PromotionKeepsDatabase: "a promoted replica does not select its database in the stream again",
    PropagatesTwice: "a command enters the stream twice",
    ExpiryNotTold: "a master removes a key by time without a DEL",
    RelativeDeadline: "EXPIRE enters the stream with a time that counts from its arrival",
    ReplicaExpires: "a replica removes keys by time by itself",
    ReplicaSkipsCommand: "a replica does not apply INCR",
    TransactionHalfApplied: "the offset applied moves inside MULTI, so that a link lost there loses what was queued",
    AckCountsReceived: "an acknowledgement tells the offset received, instead of the offset applied",
    ForwardRewrites: "a replica sends the stream on to its own replicas in capital letters",
    LoadForgetsDatabase: "a replica goes on in database 0 behind a snapshot, whatever the stream had selected",
    RenameNotTold: "a replica keeps its own replicas when the history got another name",
}

impl Mutant {
    /// The mutant of this name.
    pub fn named(name: &str) -> Option<Mutant> {
        Mutant::ALL.iter().copied().find(|mutant| mutant.name() == name)
    }

    /// Whether the engine has this fault.
    #[cfg(not(feature = "mutants"))]
    #[inline(always)]
    pub const fn lives(self) -> bool {
        false
    }

    /// Whether the engine has this fault.
    #[cfg(feature = "mutants")]
    pub fn lives(self) -> bool {
        CHOSEN.get() == Some(&self)
    }

    /// Gives the engine of this process this fault, for good. False without the feature `mutants`, or if it has one.
    pub fn choose(self) -> bool {
        #[cfg(feature = "mutants")]
        return CHOSEN.set(self).is_ok();
        #[cfg(not(feature = "mutants"))]
        false
    }
}
