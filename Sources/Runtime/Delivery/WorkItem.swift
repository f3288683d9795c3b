import Domain
import Kafka
import Store

/// A claimed record on its way through the worker.
struct WorkItem: Sendable {
    var claim: InboxClaim
    var cause: Cause
    /// `ce_causationid`, for requests this service sent itself.
    var parent: String?
    var content: Content
    /// What it was read from, and can be read from again.
    var record: ConsumerRecord
    /// How many attempts it has spent.
    var attempt = 0
    /// Whether the database keeps its record, so that Kafka need not bring it again.
    var isStored = false

    /// What is to be done about it.
    enum Content: Sendable {
        case request(Request)
        /// It is no request: it goes to the dead-letter topic.
        case rejected(RequestRejection)
    }

    var key: KeyedDispatcher<WorkItem>.Key {
        .init(company: claim.identity.companyID, ordering: claim.orderingKey)
    }

    var request: Request? {
        if case .request(let request) = content { return request }
        return nil
    }

    /// Whether its record holds what opens somebody's account.
    private var holdsCode: Bool {
        guard case .authorize(let request) = request, case .code = request.outcome else {
            return false
        }
        return true
    }

    /// What it weighs in memory, about.
    var byteCount: Int { (record.value?.count ?? 0) + 512 }

    /// What it takes of its company's turn: an import is long.
    var cost: Int {
        if case .sync(let sync) = request, sync.mode == .full, sync.userID != nil { return 4 }
        return 1
    }

    /// How it is put into the database.
    func parking(
        _ until: Parking.Until,
        attempt: Int? = nil,
        lastError: String? = nil
    ) -> Parking {
        Parking(
            claim: claim,
            record: StoredRecord(
                key: record.key,
                headers: record.headers.map { EventRecord.Header($0.name, $0.value) },
                value: record.value,
                timestamp: record.timestamp
            ),
            until: until,
            attempt: attempt ?? self.attempt,
            lastError: lastError,
            isSecret: holdsCode
        )
    }
}
