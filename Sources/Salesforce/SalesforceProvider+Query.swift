import Domain
import FoundationEssentials

/// A token and the checked place it is for.
struct DataSession: Sendable {
    let token: Secret
    let instance: ServiceURL
}

extension SalesforceProvider {
    /// Whether deleted and archived records are looked at too.
    enum Coverage: String, Sendable {
        case live = "query"
        case everything = "queryAll"
    }

    /// A server that hands out ever more empty answers is not followed for ever.
    private static let maximumCalls = 100

    func query<Record: Decodable & Sendable>(
        _ soql: String,
        _ session: DataSession,
        _ coverage: Coverage = .live,
        as type: Record.Type
    ) async throws(ProviderError) -> QueryResult<Record> {
        let path = "/services/data/v\(configuration.apiVersion)/\(coverage.rawValue)?q="
        var next = ServiceURL(session.instance.origin + path + soql.percentEncoded)
        var result = QueryResult<Record>()
        while let url = next {
            guard result.calls < Self.maximumCalls else {
                throw ProviderError(.retry(notBefore: nil), .senseless)
            }
            let wireAnswer: WireAnswer
            do throws(ProviderError) {
                wireAnswer = try await succeeding(dataCall(url, session))
            } catch {
                guard !result.records.isEmpty, error.isLocatorLost else { throw error }
                result.calls += 1
                result.isComplete = false
                return result
            }
            let answer = try read(QueryAnswer<Record>.self, from: wireAnswer, at: .data)
            result.calls += 1
            result.providerTime = result.providerTime ?? wireAnswer.date
            result.records += answer.records
            next = try continuation(of: answer, session, wireAnswer)
        }
        return result
    }

    private func dataCall(_ url: ServiceURL, _ session: DataSession) -> Wire.Call {
        Wire.Call(
            endpoint: .data,
            url: url,
            bearer: session.token,
            timeout: configuration.requestTimeout,
            maximumLength: Self.maximumQueryLength
        )
    }

    private func continuation<Record>(
        of answer: QueryAnswer<Record>,
        _ session: DataSession,
        _ wireAnswer: WireAnswer
    ) throws(ProviderError) -> ServiceURL? {
        guard !answer.done else { return nil }
        guard let next = answer.nextRecordsURL else {
            throw ErrorTable.error(forUnreadable: wireAnswer, at: .data)
        }
        guard let url = hosts.resolve(next, at: session.instance) else {
            throw ProviderError(.operator, .hostNotAllowed, status: wireAnswer.status)
        }
        return url
    }
}

extension ProviderError {
    fileprivate var isLocatorLost: Bool {
        code.map { ErrorTable.locatorCodes.contains($0.lowercased()) } ?? false
    }
}
