import FoundationEssentials

/// An HTTP answer, read to its end.
struct WireAnswer: Sendable {
    var status: Int
    var body: Data
    /// The server's clock.
    var date: Date?
    var location: String?
    var retryAfter: Duration?

    var isSuccess: Bool { (200...299).contains(status) }
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
}

/// Why there is no answer.
enum Unanswered: Error, Equatable {
    /// The request did not leave: nothing has happened there.
    case notSent
    /// It left, or may have: nobody knows what has happened there.
    case unknown
    /// The answer is longer than is sensible.
    case tooLarge
    /// This service is stopping.
    case interrupted
}
