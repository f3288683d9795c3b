import Domain
import Store

/// A claimed record on its way through the worker.
struct WorkItem: Sendable {
    var claim: InboxClaim
    var cause: Cause
    /// `ce_causationid`, for requests this service sent itself.
    var parent: String?
    var content: Content
    /// What a code was exchanged for, should the rest have to be done again: a code works once.
    let exchanged = ExchangedTokens()

    /// What is to be done about it.
    enum Content: Sendable {
        case request(Request)
        /// It is no request: this goes to the dead-letter topic.
        case rejected(EventRecord, RequestRejection)
    }

    var key: KeyedDispatcher<WorkItem>.Key {
        switch content {
        case .request(let request):
            .init(company: request.companyID.rawValue, ordering: request.orderingKey)
        case .rejected:
            .init(company: "", ordering: "\(claim.lease.partition)/\(claim.offset)")
        }
    }
}
