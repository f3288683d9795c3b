import AsyncHTTPClient
import Domain
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends one request and reads its answer, within a total time and a total size; never a second time.
struct Wire: Sendable {
    let client: HTTPClient
    let logger: Logger

    /// One request.
    struct Call: Sendable {
        var endpoint: Endpoint
        var url: ServiceURL
        var bearer: Secret?
        /// A form makes it a POST.
        var form: [(name: String, value: String)]?
        /// A document makes it a POST, too.
        var json: [UInt8]?
        /// Of the whole call, waiting for a connection included.
        var timeout: Duration
        /// Of the body, in bytes.
        var maximumLength: Int
    }

    func send(_ call: Call) async throws(Unanswered) -> WireAnswer {
        let start = ContinuousClock.now
        do {
            let answer = try await racing(call)
            log(call, since: start, outcome: "\(answer.status)")
            return answer
        } catch {
            let reason = Self.classify(error)
            log(call, since: start, outcome: "\(reason)")
            throw reason
        }
    }

    private func racing(_ call: Call) async throws -> WireAnswer {
        try await withThrowingTaskGroup(of: WireAnswer.self) { group in
            group.addTask { try await exchange(call) }
            group.addTask {
                try await ContinuousClock().sleep(for: call.timeout)
                throw Unanswered.unknown
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw Unanswered.unknown }
            return answer
        }
    }

    private func exchange(_ call: Call) async throws -> WireAnswer {
        let response = try await client.execute(request(for: call), deadline: .distantFuture)
        let buffer = try await response.body.collect(upTo: call.maximumLength)
        try Task.checkCancellation()
        let headers = response.headers
        return WireAnswer(
            status: Int(response.status.code),
            body: Data(buffer.readableBytesView),
            date: headers.first(name: "date").flatMap(HTTPDate.date),
            location: headers.first(name: "location"),
            retryAfter: headers.first(name: "retry-after").flatMap { UInt32($0) }
                .map { .seconds(min($0, 3600)) }
        )
    }

    private func request(for call: Call) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: call.url.text)
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "accept-encoding", value: "gzip")
        if let bearer = call.bearer {
            request.headers.add(name: "authorization", value: "Bearer \(bearer.reveal())")
        }
        if let form = call.form {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(Array(String.encodingFields(form).utf8))
        }
        if let json = call.json {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(json)
        }
        return request
    }

    private static func classify(_ error: any Error) -> Unanswered {
        switch error {
        case let error as Unanswered: error
        case is CancellationError: .interrupted
        case is NIOConnectionError: .notSent
        case let error as IOError where error.errnoCode == POSIXErrorCode.ECONNREFUSED.rawValue:
            .notSent
        case is NIOTooManyBytesError: .tooLarge
        case let error as HTTPClientError:
            error == .cancelled ? .interrupted : notSent.contains(error) ? .notSent : .unknown
        default: .unknown
        }
    }

    private static let notSent: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown,
    ]

    private func log(_ call: Call, since start: ContinuousClock.Instant, outcome: String) {
        logger.debug(
            "Called Salesforce",
            metadata: [
                "salesforce.endpoint": "\(call.endpoint.rawValue)",
                "salesforce.host": "\(call.url.host)",
                "salesforce.outcome": "\(outcome)",
                "duration": "\(start.duration(to: .now))",
            ]
        )
    }
}
