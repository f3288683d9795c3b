import Hummingbird

/// Takes a call off the wire, lets the planned faults at it, and hands it to its endpoint.
struct SimulatorResponder: HTTPResponder {
    typealias Context = SimulatorContext

    let shared: SharedState
    private let log = RequestLog()
    private let authorize: AuthorizeEndpoint
    private let token: TokenEndpoint
    private let inspection: TokenInspection
    private let identity: IdentityEndpoint
    private let data: DataEndpoint
    private let control: ControlEndpoint
    /// Salesforce refuses request lines and headers beyond this many bytes.
    private static let requestSizeLimit = 16_384

    init(shared: SharedState) {
        self.shared = shared
        authorize = AuthorizeEndpoint(shared: shared)
        token = TokenEndpoint(shared: shared)
        inspection = TokenInspection(shared: shared)
        identity = IdentityEndpoint(shared: shared)
        data = DataEndpoint(shared: shared)
        control = ControlEndpoint(shared: shared, log: log)
    }

    func respond(to request: Request, context: SimulatorContext) async throws -> Response {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= Self.requestSizeLimit else {
            return Response(Reply.text("URI Too Long", status: 414))
        }
        var wire = WireRequest(method: request.method.rawValue, target: target)
        wire.authorization = request.headers[.authorization]
        wire.cookie = request.headers[.cookie]
        wire.host = request.head.authority
        wire.accept = request.headers[.accept]
        wire.queryOptions = HeaderName.queryOptions.flatMap { request.headers[$0] }
        if wire.method != "GET" {
            var request = request
            let buffer = try await request.collectBody(upTo: 4 * 1024 * 1024)
            wire.body = Array(buffer.readableBytesView)
        }
        if wire.segments.first == "sandbox" {
            return Response(context.isLoopback ? control.reply(to: wire) : .empty(403))
        }
        return await serve(wire, context)
    }

    private func serve(_ request: WireRequest, _ context: SimulatorContext) async -> Response {
        let fault = shared.withState { state in
            state.secrets.note(secretsOf: request)
            return state.fault(for: request)
        }
        guard let fault else { return finish(request, await route(request)) }
        let reply: Reply
        switch (fault.kind, fault.phase) {
        case (.answer(let instead), .before): reply = instead
        case (.answer(let instead), .after):
            _ = await route(request)
            reply = instead
        case (.delay(let milliseconds), .before):
            await pause(milliseconds)
            reply = await route(request)
        case (.delay(let milliseconds), .after):
            reply = await route(request)
            await pause(milliseconds)
        case (.reset, let phase):
            if phase == .after { _ = await route(request) }
            context.closeConnection()
            reply = .empty(503)
        case (.truncate(let bytes), _):
            let whole = await route(request)
            return finish(request, whole, cutAt: min(bytes, max(0, whole.body.count - 1)))
        }
        return finish(request, reply)
    }

    private func route(_ request: WireRequest) async -> Reply {
        let segments = request.segments
        switch (segments.first, segments.dropFirst().first, segments.dropFirst(2).first) {
        case ("services", "data", _): return data.reply(to: request)
        case ("services", "oauth2", "authorize"): return authorize.reply(to: request)
        case ("services", "oauth2", "token") where request.method == "POST":
            return await token.reply(to: request)
        case ("services", "oauth2", "revoke"): return inspection.revoke(request)
        case ("services", "oauth2", "introspect") where request.method == "POST":
            return inspection.introspect(request)
        case ("services", "oauth2", "userinfo"): return identity.userinfo(request)
        case ("id", _, _): return identity.identity(request)
        default: return .text("Not found", status: 404)
        }
    }

    private func finish(_ request: WireRequest, _ reply: Reply, cutAt: Int? = nil) -> Response {
        log.note(request, status: reply.status, at: shared.withState { $0.now })
        guard let cutAt else { return Response(reply) }
        return Response(reply, cutAt: cutAt)
    }

    private func pause(_ milliseconds: Int) async {
        do {
            try await ContinuousClock().sleep(for: .milliseconds(milliseconds))
        } catch {
            // Shutting down: the answer goes out early.
        }
    }
}

/// The header names that the HTTP library does not know.
enum HeaderName {
    static let queryOptions = HTTPFields.Element.Name("Sforce-Query-Options")
}

/// What a call knows of its connection.
struct SimulatorContext: InitializableFromSource {
    /// Whether the peer is on this machine.
    let isLoopback: Bool
    /// Cuts the connection.
    let closeConnection: @Sendable () -> Void

    init(source: ApplicationRequestContextSource) {
        let channel = source.channel
        let peer = channel.remoteAddress?.ipAddress ?? ""
        isLoopback = peer.hasPrefix("127.") || peer == "::1" || peer.hasPrefix("::ffff:127.")
        closeConnection = { channel.close(promise: nil) }
    }
}

extension Response {
    /// The answer as it goes on the wire.
    init(_ reply: Reply) {
        let body =
            reply.body.isEmpty
            ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body))
        self.init(
            status: .init(code: reply.status),
            headers: Self.fields(of: reply),
            body: body
        )
    }

    /// An answer that promises its whole length and stops after some bytes.
    init(_ reply: Reply, cutAt count: Int) {
        let part = ByteBuffer(bytes: reply.body.prefix(count))
        let body = ResponseBody(contentLength: reply.body.count) { writer in
            try await writer.write(part)
            throw CancellationError()
        }
        self.init(
            status: .init(code: reply.status),
            headers: Self.fields(of: reply),
            body: body
        )
    }

    private static func fields(of reply: Reply) -> HTTPFields {
        var fields = HTTPFields()
        if let contentType = reply.contentType { fields[.contentType] = contentType }
        for header in reply.headers {
            guard let name = HTTPFields.Element.Name(header.name) else { continue }
            fields.append(HTTPFields.Element(name: name, value: header.value))
        }
        return fields
    }
}
