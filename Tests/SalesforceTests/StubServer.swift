import Testing
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A server on loopback that answers what a test says and remembers what it was asked.
final class StubServer: Sendable {
    /// A request as it arrived.
    struct Request: Sendable {
        var method: String
        /// With the query, still encoded.
        var target: String
        var authorization: String?
        var body: String
    }

    /// An answer to give.
    struct Reply: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// Instead of the text.
        var bytes: [UInt8]?
        var fault = Fault.none

        /// What goes wrong while answering.
        enum Fault: Sendable {
            case none
            /// Hangs up in the middle of the body.
            case truncated
            /// Answers nothing.
            case silent
            /// Sends half of the body and then nothing.
            case stalled
        }
    }

    private let log = Mutex<[Request]>([])
    private let listening = AsyncStream<Int>.makeStream()
    private let arrivals = AsyncStream<Void>.makeStream()

    var requests: [Request] { log.withLock(\.self) }

    /// Returns once a request has arrived.
    func waitForRequest() async {
        for await _ in arrivals.stream { return }
    }

    private func respond(
        to request: Hummingbird.Request,
        _ answer: @Sendable (Request, StubServer) -> Reply
    ) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        let received = Request(
            method: request.method.rawValue,
            target: request.head.path ?? "",
            authorization: request.headers[.authorization],
            body: String(buffer: body)
        )
        log.withLock { $0.append(received) }
        arrivals.continuation.yield()
        let reply = answer(received, self)
        if reply.fault == .silent { await Self.untilCancelled() }
        var response = Response(
            status: .init(code: reply.status),
            body: Self.body(of: reply)
        )
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }

    private static func body(of reply: Reply) -> ResponseBody {
        let bytes = reply.bytes.map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: reply.body)
        guard reply.fault != .none else { return ResponseBody(byteBuffer: bytes) }
        return ResponseBody(contentLength: bytes.readableBytes) { writer in
            try await writer.write(bytes.getSlice(at: 0, length: bytes.readableBytes / 2) ?? bytes)
            if reply.fault == .stalled { await Self.untilCancelled() }
            throw CancellationError()
        }
    }

    private static func untilCancelled() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
        continuation.finish()
    }

    /// Runs a server for the time of `body`.
    ///
    /// - Parameters:
    ///   - answer: what to answer; the second parameter tells what was asked so far.
    ///   - body: is given the server and its port.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    static func with<Result: Sendable>(
        answering answer: @escaping @Sendable (Request, StubServer) -> Reply,
        _ body: @Sendable (StubServer, Int) async throws -> Result
    ) async throws -> Result {
        let server = StubServer()
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in
                try await server.respond(to: request, answer)
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                server.listening.continuation.yield(channel.localAddress?.port ?? 0)
            },
            logger: Logger(label: "stub", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            var ports = server.listening.stream.makeAsyncIterator()
            let port = try #require(await ports.next())
            return try await body(server, port)
        }
    }
}
