public import Domain

/// A record as it was received: what a request that waits in the database is read from again.
public struct StoredRecord: Hashable, Sendable {
    /// The record's key; `nil` is a null key.
    public var key: [UInt8]?
    /// The record's headers, in their order.
    public var headers: [EventRecord.Header]
    /// The record's value; `nil` is a null value.
    public var value: [UInt8]?
    /// Milliseconds since 1970 in UTC; `nil` where the broker had none.
    public var timestamp: Int64?

    /// Makes a record from its parts.
    public init(
        key: [UInt8]?,
        headers: [EventRecord.Header],
        value: [UInt8]?,
        timestamp: Int64?
    ) {
        self.key = key
        self.headers = headers
        self.value = value
        self.timestamp = timestamp
    }

    /// The bytes a row keeps.
    var packed: [UInt8] {
        OutboxCodec.encode([EventRecord(topic: "", key: key, headers: headers, value: value)])
    }

    init(packed: [UInt8], timestamp: Int64?) throws(StoreError) {
        guard let record = try OutboxCodec.decode(packed).first else {
            throw StoreError(.corruptOutbox, "a parked request has no record")
        }
        self.init(
            key: record.key,
            headers: record.headers,
            value: record.value,
            timestamp: timestamp
        )
    }
}

/// A request that is put into the database, so that a worker and Kafka need not remember it.
public struct Parking: Sendable {
    /// Which request; only its present owner can park it.
    public var claim: InboxClaim
    /// What it is read from again.
    public var record: StoredRecord
    /// What becomes of it.
    public var until: Until
    /// How many attempts it has spent.
    public var attempt: Int
    /// Why its last attempt failed, in a few words and without a secret.
    public var lastError: String?
    /// Whether the record holds what opens somebody's account: it is encrypted then.
    public var isSecret: Bool

    /// What becomes of a request that is put into the database.
    public enum Until: Hashable, Sendable {
        /// Nothing: this worker goes on with it, and only its record is kept.
        case held
        /// It may run as soon as there is room and nothing of its key is before it.
        case room
        /// It may not run before this much time has passed.
        case after(Duration)
    }

    /// Makes a parking; nothing is written before the store is told.
    public init(
        claim: InboxClaim,
        record: StoredRecord,
        until: Until,
        attempt: Int,
        lastError: String? = nil,
        isSecret: Bool = false
    ) {
        self.claim = claim
        self.record = record
        self.until = until
        self.attempt = attempt
        self.lastError = lastError
        self.isSecret = isSecret
    }
}

/// A request that waited in the database and is a worker's again.
public struct ParkedRequest: Sendable {
    /// The request, under the lease it was asked for with.
    public var claim: InboxClaim
    /// What it is read from.
    public var record: StoredRecord
    /// How many attempts it has spent.
    public var attempt: Int
}

/// What became of requests a worker wanted; nothing is said of those under a lease that was lost.
public struct ClaimedRequests: Hashable, Sendable {
    /// The caller's to work off.
    public var taken: Set<RequestIdentity> = []
    /// Nobody's to work off again: done, in the database, or repeats of what is being worked off.
    public var others: Set<RequestIdentity> = []
    /// Those of the taken ones before which others of their key wait in the database.
    public var behind: Set<RequestIdentity> = []
}
