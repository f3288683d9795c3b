internal import CPostgreSQL
internal import Logging

/// The one owner of a `PGconn`: libpq's calls, made non-blocking, in Swift's words.
///
/// A call that returns `Bool` says whether libpq took it; if not, the connection is of no more use.
@safe
struct ServerConnection: ~Copyable {
    private let handle: OpaquePointer
    private let notices: NoticeSink

    /// Starts to connect; ``advance()`` goes on with it.
    init(_ parameters: ConnectionParameters, logger: Logger) throws(PostgresError) {
        notices = NoticeSink(logger: logger)
        let keywords = CStringArray(parameters.values.map(\.keyword))
        let values = CStringArray(parameters.values.map(\.value))
        guard let handle = unsafe PQconnectStartParams(keywords.pointer, values.pointer, 0) else {
            throw .connection("PQconnectStartParams: out of memory")
        }
        unsafe self.handle = unsafe handle
        let context = unsafe Unmanaged.passUnretained(notices).toOpaque()
        _ = unsafe PQsetNoticeReceiver(
            handle,
            { unsafe NoticeSink.receive(context: $0, notice: $1) },
            context
        )
    }

    deinit {
        unsafe PQfinish(handle)
    }

    /// What to wait for before the next ``advance()``.
    enum Progress {
        case wantsRead, wantsWrite, connected, failed
    }

    func advance() -> Progress {
        switch unsafe PQconnectPoll(handle) {
        case PGRES_POLLING_OK: .connected
        case PGRES_POLLING_READING: .wantsRead
        case PGRES_POLLING_WRITING: .wantsWrite
        default: .failed
        }
    }

    /// Goes into the mode everything but scripts is sent in.
    func enterPipeline() -> Bool {
        unsafe PQsetnonblocking(handle, 1) == 0 && PQenterPipelineMode(handle) == 1
    }

    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(handle) == 1 }

    var socket: Int32 { unsafe PQsocket(handle) }

    var isBroken: Bool { unsafe PQstatus(handle) == CONNECTION_BAD }

    /// Whether the session is in no transaction; meaningful when nothing is on its way.
    var isOutsideTransaction: Bool { unsafe PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// libpq's last words, in one line.
    var message: String {
        let lines = unsafe String(cString: PQerrorMessage(handle)).split(
            whereSeparator: \.isNewline
        )
        return lines.isEmpty ? "the connection was lost" : lines.joined(separator: " ")
    }

    func sendPrepare(_ name: String, _ query: PostgresQuery) -> Bool {
        let types = query.binds.types
        return unsafe PQsendPrepare(handle, name, query.sql, Int32(types.count), types) == 1
    }

    func sendPrepared(_ name: String, _ query: PostgresQuery) -> Bool {
        unsafe query.binds.withPointers { values, lengths, formats in
            unsafe PQsendQueryPrepared(
                handle,
                name,
                Int32(query.binds.count),
                values,
                lengths,
                formats,
                1
            ) == 1
        }
    }

    func sendUnprepared(_ query: PostgresQuery) -> Bool {
        unsafe query.binds.withPointers { values, lengths, formats in
            unsafe PQsendQueryParams(
                handle,
                query.sql,
                Int32(query.binds.count),
                query.binds.types,
                values,
                lengths,
                formats,
                1
            ) == 1
        }
    }

    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(handle, sql) == 1 }

    func sync() -> Bool { unsafe PQpipelineSync(handle) == 1 }

    /// Writes what the socket takes; true if something is left.
    func flush() -> Bool { unsafe PQflush(handle) == 1 }

    func consumeInput() -> Bool { unsafe PQconsumeInput(handle) == 1 }

    /// Whether TLS stands between: it may hold bytes back that `poll` does not see.
    var isEncrypted: Bool { unsafe PQsslInUse(handle) == 1 }

    /// Whether ``nextResult(sql:)`` would have to wait.
    var isBusy: Bool { unsafe PQisBusy(handle) == 1 }

    func nextResult(sql: String) -> ResultHandle? {
        guard let result = unsafe PQgetResult(handle) else { return nil }
        return unsafe ResultHandle(taking: result, sql: sql)
    }

    func nextNotification() -> PostgresNotification? {
        guard let notify = unsafe PQnotifies(handle) else { return nil }
        defer { unsafe PQfreemem(notify) }
        return unsafe PostgresNotification(
            channel: String(cString: notify.pointee.relname),
            payload: String(cString: notify.pointee.extra),
            processID: notify.pointee.be_pid
        )
    }

    func makeCancelRequest() -> CancelRequest? {
        guard let cancel = unsafe PQgetCancel(handle) else { return nil }
        return unsafe CancelRequest(taking: cancel)
    }
}

/// Writes the server's notices to the log.
private final class NoticeSink {
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    static func receive(context: UnsafeMutableRawPointer?, notice: OpaquePointer?) {
        guard let context = unsafe context, let notice = unsafe notice else { return }
        let sink = unsafe Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue()
        // PG_DIAG_MESSAGE_PRIMARY and PG_DIAG_SQLSTATE, macros of a cast that Swift does not see.
        guard let words = unsafe PQresultErrorField(notice, Int32(UInt8(ascii: "M"))) else {
            return
        }
        let state = unsafe PQresultErrorField(notice, Int32(UInt8(ascii: "C")))
        sink.logger.debug(
            "notice from the server",
            metadata: unsafe [
                "postgres.notice": "\(String(cString: words))",
                "postgres.sqlstate": "\(state.map { unsafe String(cString: $0) } ?? "")",
            ]
        )
    }
}
