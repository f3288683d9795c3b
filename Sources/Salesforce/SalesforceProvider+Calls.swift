import Domain
import FoundationEssentials

extension SalesforceProvider {
    static let maximumTokenLength = 256 * 1024
    static let maximumQueryLength = 32 * 1024 * 1024

    /// The URL of a path at a host that was checked just now.
    func admitted(_ base: String, _ path: String) throws(ProviderError) -> ServiceURL {
        guard let url = hosts.admit(base)?.appending(path) else {
            throw ProviderError(.operator, .hostNotAllowed)
        }
        return url
    }

    /// The answer, whatever its status.
    func answering(_ call: Wire.Call) async throws(ProviderError) -> WireAnswer {
        do throws(Unanswered) {
            return try await wire.send(call)
        } catch {
            throw ErrorTable.error(for: error, at: call.endpoint)
        }
    }

    /// The answer of a call that succeeded.
    func succeeding(_ call: Wire.Call) async throws(ProviderError) -> WireAnswer {
        let answer = try await answering(call)
        guard answer.isSuccess else {
            throw ErrorTable.error(for: answer, at: call.endpoint, now: now())
        }
        return answer
    }

    func read<Value: Decodable>(
        _ type: Value.Type,
        from answer: WireAnswer,
        at endpoint: Endpoint
    ) throws(ProviderError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: answer.body)
        } catch {
            // The decoder's words may quote the answer, and the answer may hold a token.
            throw ErrorTable.error(forUnreadable: answer, at: endpoint)
        }
    }
}
