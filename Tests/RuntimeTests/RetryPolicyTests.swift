import Domain
import FoundationEssentials
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1)))
struct RetryPolicyTests {
    private static let now = Date(timeIntervalSince1970: 1_777_630_530)
    private let policy = RetryPolicy(maximumAttempts: 3)

    private func decide(
        _ error: any Error,
        spent: Int = 1,
        of request: Request? = nil
    ) -> RetryPolicy.Decision {
        policy.decide(error, of: request, spent: spent, now: Self.now, random: 1)
    }

    private static func provider(_ disposition: ProviderError.Disposition) -> ProviderError {
        ProviderError(disposition, Failure(.providerUnavailable))
    }

    private static func sync() throws -> Request {
        .sync(
            SyncRequest(
                companyID: try #require(CompanyID(rawValue: "acme")),
                provider: try #require(ProviderID(rawValue: "salesforce")),
                userID: nil,
                mode: .incremental,
                reason: .manual
            )
        )
    }

    @Test func aPassingFaultIsTriedAgainLongerEachTimeAndNotBeforeItsInstant() {
        let passing = Self.provider(.retry(notBefore: nil))
        #expect(decide(passing) == .retry(after: .seconds(1)))
        #expect(decide(passing, spent: 2) == .retry(after: .seconds(2)))
        let later = Self.provider(.retry(notBefore: Self.now.addingTimeInterval(90)))
        #expect(decide(later) == .retry(after: .seconds(90)))
        let past = Self.provider(.retry(notBefore: Self.now.addingTimeInterval(-90)))
        #expect(decide(past) == .retry(after: .seconds(1)))
    }

    @Test func aFaultOfThisServiceIsTriedAgainToo() {
        #expect(decide(CancellationError(), spent: 2) == .retry(after: .seconds(2)))
    }

    @Test func aSpentBudgetEndsWithADeadLetter() {
        #expect(
            decide(Self.provider(.retry(notBefore: nil)), spent: 3) == .end(withDeadLetter: true)
        )
        #expect(decide(CancellationError(), spent: 3) == .end(withDeadLetter: true))
    }

    @Test(arguments: [ProviderError.Disposition.refresh, .reauthorize, .reject])
    func whatNeedsAPersonEnds(_ disposition: ProviderError.Disposition) {
        #expect(decide(Self.provider(disposition)) == .end(withDeadLetter: false))
    }

    @Test func whatAnOperatorMustMendEndsWithADeadLetterToReplay() {
        #expect(decide(Self.provider(.operator)) == .end(withDeadLetter: true))
    }

    @Test func aSyncThatHasToWaitForItsOrganizationEndsAsDeferredAndOthersWait() throws {
        let soon = Self.provider(.waitForOrganization(until: Self.now.addingTimeInterval(60)))
        #expect(decide(soon, of: try Self.sync()) == .end(withDeadLetter: false))
        #expect(decide(soon) == .retry(after: .seconds(60)))
        #expect(decide(soon, spent: 3) == .end(withDeadLetter: true))
        let late = Self.provider(.waitForOrganization(until: Self.now.addingTimeInterval(7200)))
        #expect(decide(late) == .end(withDeadLetter: true))
    }
}
