import Domain
import FoundationEssentials

extension ErrorTable {
    /// The line for an item; the last one fits everything.
    static func row(for item: ErrorAnswer.Item, at endpoint: Endpoint, status: Int?) -> Row {
        rows.first { $0.fits(endpoint, status, item) }
            ?? Row(endpoints: [endpoint], action: .retry, failure: .refused)
    }

    /// What an answer other than success means.
    static func error(for answer: WireAnswer, at endpoint: Endpoint, now: Date) -> ProviderError {
        let items = ErrorAnswer(body: answer.body).items
        let item = items.first { isNamed($0, at: endpoint) } ?? items[0]
        let row = row(for: item, at: endpoint, status: answer.status)
        var error = row.error(now: now, retryAfter: answer.retryAfter)
        error.status = answer.status
        error.code = item.code
        if let code = item.code { error.failure.details["code"] = code }
        return error
    }

    /// What it means that there is no answer.
    static func error(for reason: Unanswered, at endpoint: Endpoint) -> ProviderError {
        let failure: Failure =
            switch (reason, endpoint) {
            case (.notSent, _): .unavailable
            case (_, .refresh): .refreshUnknown
            case (.interrupted, _): .interrupted
            case (.tooLarge, _): .senseless
            case (.unknown, .exchange): .codeUnanswered
            case (.unknown, _): .unavailable
            }
        return ProviderError(
            .retry(notBefore: nil),
            failure,
            isOutcomeUnknown: reason != .notSent && endpoint.spendsWhatIsSent
        )
    }

    /// What it means that a successful answer cannot be read.
    static func error(forUnreadable answer: WireAnswer, at endpoint: Endpoint) -> ProviderError {
        ProviderError(
            .retry(notBefore: nil),
            endpoint == .refresh ? .refreshUnknown : .senseless,
            status: answer.status,
            isOutcomeUnknown: endpoint.spendsWhatIsSent
        )
    }

    private static func isNamed(_ item: ErrorAnswer.Item, at endpoint: Endpoint) -> Bool {
        guard let code = item.code?.lowercased() else { return false }
        return rows.contains { $0.endpoints.contains(endpoint) && $0.codes.contains(code) }
    }
}

extension ErrorTable.Row {
    fileprivate func error(now: Date, retryAfter: Duration?) -> ProviderError {
        var failure = failure
        let disposition: ProviderError.Disposition
        switch action {
        case .retry:
            disposition = .retry(notBefore: retryAfter.map { now.advanced(by: $0.inSeconds) })
        case .retryAfter(let delay):
            let instant = now.advanced(by: (retryAfter ?? delay).inSeconds)
            failure.retryAt = instant
            disposition = .retry(notBefore: instant)
        case .waitForOrganization(let delay):
            let instant = now.advanced(by: (retryAfter ?? delay).inSeconds)
            failure.retryAt = instant
            disposition = .waitForOrganization(until: instant)
        case .refresh: disposition = .refresh
        case .reauthorize: disposition = .reauthorize
        case .reject: disposition = .reject
        case .operator: disposition = .operator
        }
        return ProviderError(disposition, failure, isOutcomeUnknown: isOutcomeUnknown)
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
