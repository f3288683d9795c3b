import Foundation
import Glibc
import Synchronization

/// Faults a worker plays on itself, so that a suite can show what becomes of the work.
///
/// Nothing of it happens unless `run --rehearse` asks for it.
public final class Rehearsal: Sendable {
    /// The places on a request's way where a process can be told to die.
    public enum Point: String, CaseIterable, Sendable {
        case recordReceived = "record.received"
        case requestClaimed = "request.claimed"
        case handlerStarted = "handler.started"
        case providerAsked = "provider.asked"
        case providerAnswered = "provider.answered"
        case handlerDecided = "handler.decided"
        case commitBegun = "commit.begun"
        /// A moment after COMMIT was sent, before or after its answer.
        case commitSent = "commit.sent"
        case commitDone = "commit.done"
        case produceBegun = "produce.begun"
        case produceDone = "produce.done"
        case deliveryReported = "delivery.reported"
        case outboxDeleted = "outbox.deleted"
        case offsetsCommitting = "offsets.committing"
        case offsetsCommitted = "offsets.committed"
        case drainBegun = "drain.begun"
        case leaseAcquired = "lease.acquired"
        case leftoverPublished = "leftover.published"
        case parkBegun = "park.begun"
        case parkDone = "park.done"
        case pageWritten = "page.written"
        /// A code was exchanged, and its tokens are nowhere but here.
        case codeExchanged = "code.exchanged"
        case tokensKept = "tokens.kept"
        /// The provider has rotated a refresh token, and the new one is nowhere but here.
        case grantRefreshed = "grant.refreshed"
    }

    /// How often the producer fails for good; `nil` for never.
    public let fatalInterval: Duration?
    private let crashes: [Point: Int]
    private let failures: (percent: UInt64, times: Int)
    private let passages = Mutex<[Point: Int]>([:])

    /// Reads orders such as `crash=commit.sent:3`, `fatal=5` and `fail=30:2`.
    ///
    /// - `crash=POINT:N`: the process kills itself when it passes the point for the N-th time.
    /// - `fatal=SECONDS`: the producer fails for good every so many seconds.
    /// - `fail=PERCENT:TIMES`: so many requests of a hundred, chosen by their id, fail their first
    ///   attempts as if the provider were not available.
    ///
    /// Returns `nil` where an order is none of these.
    public init?(orders: [String]) {
        var crashes: [Point: Int] = [:]
        var fatal: Duration?
        var failures: (UInt64, Int) = (0, 0)
        for order in orders {
            let parts = order.split(separator: "=", maxSplits: 1).map(String.init)
            let words = parts.last?.split(separator: ":").map(String.init) ?? []
            switch (parts.first, words.count) {
            case ("crash", 1...2):
                guard let point = Point(rawValue: words[0]) else { return nil }
                crashes[point] = words.count == 2 ? Int(words[1]) : 1
            case ("fatal", 1):
                guard let seconds = Int64(words[0]), seconds > 0 else { return nil }
                fatal = .seconds(seconds)
            case ("fail", 2):
                guard let percent = UInt64(words[0]), let times = Int(words[1]) else { return nil }
                failures = (percent, times)
            default: return nil
            }
        }
        self.crashes = crashes
        self.failures = failures
        fatalInterval = fatal
    }

    /// Passes a point; the process may not come back.
    func pass(_ point: Point) {
        guard let fatalPassage = crashes[point] else { return }
        let passage = passages.withLock { passages in
            passages[point, default: 0] += 1
            return passages[point] ?? 0
        }
        guard passage == fatalPassage else { return }
        guard point == .commitSent else { return die() }
        // COMMIT goes out in a moment: die while it is on its way, or just after.
        Thread.detachNewThread {
            usleep(UInt32.random(in: 0..<3000))
            self.die()
        }
    }

    /// Whether a request's attempt fails.
    func fails(_ requestID: String, attempt: Int) -> Bool {
        attempt < failures.times && Self.hash(requestID) % 100 < failures.percent
    }

    private func die() {
        kill(getpid(), SIGKILL)
        // The signal is delivered before anything else of this thread runs.
        while true { pause() }
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
