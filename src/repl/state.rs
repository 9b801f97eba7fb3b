//! The states of both ends of a replication link (`docs/redis-replication.md` 1.2 and 2.1).

/// A replica as its master sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplicaState {
    /// Waits until a snapshot can be started for it.
    WaitBgsaveStart,
    /// A snapshot for it is being written.
    WaitBgsaveEnd,
    /// The snapshot is being sent.
    SendBulk,
    /// Receives the live stream.
    Online,
    /// Asked for the snapshot only, and has it.
    RdbTransmitted,
}

/// The link to the master as the replica sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkState {
    /// No attempt is under way; the next replication cron dials.
    Connect,
    /// Dialling.
    Connecting,
    /// PING is out.
    ReceivePingReply,
    /// AUTH is out.
    ReceiveAuthReply,
    /// `REPLCONF listening-port` is out.
    ReceivePortReply,
    /// `REPLCONF ip-address` is out.
    ReceiveIpReply,
    /// `REPLCONF capa` is out.
    ReceiveCapaReply,
    /// PSYNC is out.
    ReceivePsyncReply,
    /// The snapshot arrives or is being loaded.
    Transfer,
    /// The live stream arrives.
    Connected,
}

impl ReplicaState {
    /// The word that INFO uses (`docs/redis-replication.md` 16).
    pub const fn info_word(self) -> &'static str {
        match self {
            ReplicaState::WaitBgsaveStart | ReplicaState::WaitBgsaveEnd => "wait_bgsave",
            ReplicaState::SendBulk => "send_bulk",
            ReplicaState::Online => "online",
            ReplicaState::RdbTransmitted => "",
        }
    }
}

impl LinkState {
    /// The word that ROLE uses (`docs/redis-replication.md` 2.1).
    pub const fn role_word(self) -> &'static str {
        match self {
            LinkState::Connect => "connect",
            LinkState::Connecting => "connecting",
            LinkState::ReceivePingReply
            | LinkState::ReceiveAuthReply
            | LinkState::ReceivePortReply
            | LinkState::ReceiveIpReply
            | LinkState::ReceiveCapaReply
            | LinkState::ReceivePsyncReply => "handshake",
            LinkState::Transfer => "sync",
            LinkState::Connected => "connected",
        }
    }

    /// Whether the attempt is between the dial and the answer to PSYNC.
    pub const fn is_handshake(self) -> bool {
        matches!(
            self,
            LinkState::ReceivePingReply
                | LinkState::ReceiveAuthReply
                | LinkState::ReceivePortReply
                | LinkState::ReceiveIpReply
                | LinkState::ReceiveCapaReply
                | LinkState::ReceivePsyncReply
        )
    }
}
