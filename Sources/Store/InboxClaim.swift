/// What makes a request the same request: the sender and the sender's id, within a company.
public struct RequestIdentity: Hashable, Sendable {
    /// Empty for a record that names no company.
    public var companyID: String
    /// `ce_source` of the request.
    public var source: String
    /// `ce_id` of the request.
    public var id: String

    /// Makes an identity.
    public init(companyID: String, source: String, id: String) {
        self.companyID = companyID
        self.source = source
        self.id = id
    }
}

/// A request a worker wants to work off.
public struct InboxClaim: Hashable, Sendable {
    /// Which request it is, however often it was sent.
    public var identity: RequestIdentity
    /// On behalf of which partition, and as which of its owners.
    public var lease: Lease
    /// Where the record is; a repeat of the request at another offset is another record.
    public var offset: Int64
    /// What orders the request: those of one key are worked off one after the other.
    public var orderingKey: String
    /// Which dead letter this is sent again for; `nil` for a request as its sender sent it.
    public var replay: String?

    /// Makes a claim; nothing is taken before the store says so.
    public init(
        identity: RequestIdentity,
        lease: Lease,
        offset: Int64,
        orderingKey: String,
        replay: String? = nil
    ) {
        self.identity = identity
        self.lease = lease
        self.offset = offset
        self.orderingKey = orderingKey
        self.replay = replay
    }
}
