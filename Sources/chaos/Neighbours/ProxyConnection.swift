import Foundation
import Glibc
import Synchronization

/// One client's connection, put through to the server.
final class ProxyConnection: Sendable {
    private struct State {
        /// The directions that still run; who ends last closes the sockets.
        var running = 2
        /// Whether the client is cut off while the server still works for it.
        var isMuted = false
    }

    private let client: Int32
    private let server: Int32
    private let decide: @Sendable () -> PostgresProxy.Cut?
    private let onEnd: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        client: Int32,
        server: Int32,
        decide: @escaping @Sendable () -> PostgresProxy.Cut?,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.server = server
        self.decide = decide
        self.onEnd = onEnd
    }

    func start() {
        Thread.detachNewThread { [self] in
            forwardRequests()
            end()
        }
        Thread.detachNewThread { [self] in
            forwardAnswers()
            end()
        }
    }

    /// Breaks both sides; the threads notice and end.
    func cut() {
        // Under the lock, so that the sockets are still this connection's.
        state.withLock { state in
            guard state.running > 0 else { return }
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
        }
    }

    private func forwardRequests() {
        var messages = FrontendMessages()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = LoopbackSocket.read(client, into: &buffer) {
            var forwarded: [UInt8] = []
            for message in messages.read(buffer[..<count]) {
                switch message.commits ? decide() : nil {
                case nil: forwarded += message.bytes
                case .beforeCommit:
                    LoopbackSocket.write(forwarded, to: server)
                    return cut()
                case .afterCommit:
                    return commitAndCut(forwarded + message.bytes)
                }
            }
            guard LoopbackSocket.write(forwarded, to: server) else { break }
        }
        cut()
    }

    /// The server reads to the end of what was sent, and so commits; its answer goes nowhere.
    private func commitAndCut(_ bytes: [UInt8]) {
        state.withLock { $0.isMuted = true }
        LoopbackSocket.write(bytes, to: server)
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_WR))
    }

    private func forwardAnswers() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = LoopbackSocket.read(server, into: &buffer) {
            guard !state.withLock(\.isMuted) else { continue }
            guard LoopbackSocket.write(buffer[..<count], to: client) else { break }
        }
        cut()
    }

    private func end() {
        let isLast = state.withLock { state in
            state.running -= 1
            if state.running == 0 {
                close(client)
                close(server)
            }
            return state.running == 0
        }
        if isLast { onEnd() }
    }
}
