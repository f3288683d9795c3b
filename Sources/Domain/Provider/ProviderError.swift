public import FoundationEssentials

/// A provider's call that did not give what was asked for, and what to do about it.
public struct ProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the caller does next.
    public var disposition: Disposition
    /// What a person is told if nothing else helps.
    public var failure: Failure
    /// The HTTP status, when there was an answer.
    public var status: Int?
    /// The provider's own error code, when it gave one; never its free text.
    public var code: String?
    /// Whether the provider may have done what was asked although nothing says so: a code or a refresh
    /// token that was sent may be spent.
    public var isOutcomeUnknown: Bool

    /// Makes an error; leave status and code out when no answer came.
    public init(
        _ disposition: Disposition,
        _ failure: Failure,
        status: Int? = nil,
        code: String? = nil,
        isOutcomeUnknown: Bool = false
    ) {
        self.disposition = disposition
        self.failure = failure
        self.status = status
        self.code = code
        self.isOutcomeUnknown = isOutcomeUnknown
    }

    /// Reason, disposition, status and the provider's code; no free text, so no secret.
    public var description: String {
        let answer = [status.map { "HTTP \($0)" }, code].compactMap(\.self).joined(separator: " ")
        return
            "\(failure.reason.rawValue) (\(disposition), \(answer.isEmpty ? "no answer" : answer))"
    }

    /// What the caller does next.
    public enum Disposition: Hashable, Sendable {
        /// Try the same again after a while; not before the given instant, if there is one.
        case retry(notBefore: Date?)
        /// Leave the whole organization alone until then.
        case waitForOrganization(until: Date)
        /// Get a new access token, then try once more.
        case refresh
        /// Only a person who signs in again can help.
        case reauthorize
        /// It will never work as asked.
        case reject
        /// Somebody must change this service's own configuration.
        case `operator`
    }
}
