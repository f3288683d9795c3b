// A thread accepts connections, and each connection has two threads, one a direction: they block in
// accept, read and write.

import Foundation
import Glibc
import Synchronization

/// Stands between workers and PostgreSQL, and cuts their connections.
final class PostgresProxy: Sendable {
    /// Where a connection is cut that is about to commit.
    enum Cut: CaseIterable, Sendable {
        /// The COMMIT never arrives: nothing was committed.
        case beforeCommit
        /// The COMMIT arrives, its answer does not: all was committed and the client cannot know.
        case afterCommit
    }

    private struct State {
        var connections: [Int: ProxyConnection] = [:]
        var next = 0
        var isDown = false
        var isClosed = false
    }

    /// The port on 127.0.0.1 that clients connect to.
    let port: Int
    private let server: Int
    private let listener: Int32
    /// Asked at every COMMIT, by any connection's thread.
    private let decide: @Sendable () -> Cut?
    private let state = Mutex(State())

    /// Listens at once; whoever connects is put through to the server's port.
    init(
        server: Int,
        decide: @escaping @Sendable () -> Cut? = { nil }
    ) throws(ChaosError) {
        self.server = server
        self.decide = decide
        (listener, port) = try LoopbackSocket.listen()
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Cuts every connection, and refuses new ones until ``comeUp()``.
    func goDown() {
        state.withLock { $0.isDown = true }
        cutAll()
    }

    /// Takes connections again.
    func comeUp() {
        state.withLock { $0.isDown = false }
    }

    /// Cuts every connection there is.
    func cutAll() {
        for connection in state.withLock({ Array($0.connections.values) }) { connection.cut() }
    }

    /// Cuts everything and takes no more.
    func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cutAll()
    }

    private func acceptAll() {
        while !state.withLock(\.isClosed) {
            let client = LoopbackSocket.accept(listener)
            guard client >= 0 else { continue }
            if state.withLock({ $0.isDown || $0.isClosed }) {
                Glibc.close(client)
            } else {
                connect(client)
            }
        }
        Glibc.close(listener)
    }

    private func connect(_ client: Int32) {
        guard let upstream = LoopbackSocket.connect(to: server) else {
            Glibc.close(client)
            return
        }
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let connection = ProxyConnection(client: client, server: upstream, decide: decide) {
            [self] in
            state.withLock { $0.connections[number] = nil }
        }
        state.withLock { $0.connections[number] = connection }
        connection.start()
        // It went down while the connection was made.
        if state.withLock({ $0.isDown || $0.isClosed }) { connection.cut() }
    }
}
