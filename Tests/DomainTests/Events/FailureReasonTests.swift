import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FailureReasonTests {
    @Test(arguments: FailureReason.allCases)
    func everyReasonHasWordsForAPerson(reason: FailureReason) {
        let failure = Failure(reason)
        #expect(failure.message.hasSuffix(".") && failure.message.count > 10)
        #expect(failure.remedy.hasSuffix(".") && failure.remedy.count > 10)
    }

    @Test func onlyWhatPassesByItselfIsRetryable() {
        let retryable = FailureReason.allCases.filter(\.isRetryable)
        #expect(retryable == [.quotaExhausted, .rateLimited, .providerUnavailable, .internal])
    }

    @Test func everyoneIsResponsibleForSomething() {
        #expect(Set(FailureReason.allCases.map(\.responsible)) == Set(Responsible.allCases))
    }
}
