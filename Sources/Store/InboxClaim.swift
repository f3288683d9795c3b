/// What makes a request the same request: the sender and the sender's id, within a company.
public struct RequestIdentity: Hashable, Sendable {
    /// Empty for a record that names no company.
    public var companyID: String
    public var source: String
    public var id: String

    public init(companyID: String, source: String, id: String) {
        self.companyID = companyID
        self.source = source
        self.id = id
    }
}

/// A request a worker wants to work off.
public struct InboxClaim: Hashable, Sendable {
    public var identity: RequestIdentity
    public var lease: Lease
    public var offset: Int64

    public init(identity: RequestIdentity, lease: Lease, offset: Int64) {
        self.identity = identity
        self.lease = lease
        self.offset = offset
    }
}
