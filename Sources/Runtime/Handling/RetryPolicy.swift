import Domain
import FoundationEssentials

/// What becomes of a request whose attempt failed: the one table.
///
/// | the attempt failed because | then |
/// |---|---|
/// | the provider may answer later (`retry`) | again after a backoff, not before the instant it named |
/// | its organization has to wait (`waitForOrganization`) | a sync ends as deferred; another request waits until then |
/// | a person must sign in again (`refresh`, `reauthorize`) | it ends; syncs pause |
/// | it will never work as asked (`reject`) | it ends |
/// | this service is set up wrongly (`operator`) | it ends, with a dead letter to replay afterwards |
/// | anything else: a fault of this service | again after a backoff |
///
/// Whoever has spent the attempts ends too, with a dead letter. The database's absence is in no row: it
/// is no request's fault, and spends nothing.
struct RetryPolicy: Sendable {
    /// How many attempts a request has.
    var maximumAttempts = 8
    var backoff = Backoff.durable
    /// Longer than this no request waits for an organization.
    var patience: Duration = .seconds(3600)

    /// What comes next.
    enum Decision: Hashable, Sendable {
        case retry(after: Duration)
        case end(withDeadLetter: Bool)
    }

    /// - Parameters:
    ///   - error: why the attempt failed.
    ///   - request: whose attempt it was.
    ///   - spent: how many attempts it has had, this one included.
    ///   - now: the time the provider's instants are compared with.
    ///   - random: from 0 to 1, so that nothing stampedes.
    /// - Returns: whether it is tried again, and when.
    func decide(
        _ error: any Error,
        of request: Request?,
        spent: Int,
        now: Date,
        random: Double
    ) -> Decision {
        let isSpent = spent >= maximumAttempts
        let delay = backoff.delay(after: spent, random: random)
        guard let error = error as? ProviderError else {
            return isSpent ? .end(withDeadLetter: true) : .retry(after: delay)
        }
        switch error.disposition {
        case .retry(let notBefore):
            guard !isSpent else { return .end(withDeadLetter: true) }
            return .retry(after: max(delay, Self.wait(until: notBefore, now)))
        case .waitForOrganization(let until):
            if case .sync = request { return .end(withDeadLetter: false) }
            let wait = Self.wait(until: until, now)
            guard !isSpent, wait <= patience else { return .end(withDeadLetter: true) }
            return .retry(after: max(delay, wait))
        case .refresh, .reauthorize, .reject: return .end(withDeadLetter: false)
        case .operator: return .end(withDeadLetter: true)
        }
    }

    private static func wait(until instant: Date?, _ now: Date) -> Duration {
        instant.map { .seconds(max(0, $0.timeIntervalSince(now))) } ?? .zero
    }
}
