// Each child is spawned, read and waited for on a thread of its own: reading its output blocks, and
// the kernel's parent-death signal is tied to the thread that spawned.

import Foundation
import Glibc
import Synchronization

/// A child process whose output is read line by line.
final class ChildProcess: Sendable {
    private struct State {
        var lines: [String] = []
        var isEnded = false
        var status: Int32 = 0
        var isReady = false
    }

    /// What it is called in messages.
    let name: String
    private let id: pid_t
    private let state = Mutex(State())
    private let changes = Signal()
    private let log: LogFile
    /// Whether the lines so far say that the child is ready.
    private let isReady: @Sendable ([String]) -> Bool

    private init(
        name: String,
        id: pid_t,
        log: LogFile,
        isReady: @escaping @Sendable ([String]) -> Bool
    ) {
        self.name = name
        self.id = id
        self.log = log
        self.isReady = isReady
    }

    /// Starts this program with other arguments, in a process group of its own: Ctrl-C at the
    /// terminal is for the parent, which ends its children in order.
    static func start(
        _ name: String,
        _ arguments: [String],
        environment: [String: String],
        log: LogFile,
        isReady: @escaping @Sendable ([String]) -> Bool
    ) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                switch Spawn.start(arguments, environment: environment) {
                case .failure(let failure): continuation.resume(throwing: failure)
                case .success(let spawned):
                    let child = ChildProcess(
                        name: name,
                        id: spawned.id,
                        log: log,
                        isReady: isReady
                    )
                    continuation.resume(returning: child)
                    child.follow(spawned.output)
                }
            }
        }
    }

    /// The lines so far, once they say that the child is ready.
    ///
    /// - Throws: a ``CommandFailure`` with the child's last words where it ends before.
    func whenReady() async throws -> [String] {
        try await changes.first {
            let (lines, isReady, isEnded) = state.withLock { ($0.lines, $0.isReady, $0.isEnded) }
            if isReady { return lines }
            guard !isEnded else {
                throw CommandFailure("\(name) ended at once: \(lines.last ?? "without a word")")
            }
            return nil
        }
    }

    /// The exit status, once the child has ended.
    func whenEnded() async throws -> Int32 {
        try await changes.first { state.withLock { $0.isEnded ? $0.status : nil } }
    }

    /// The last lines it wrote.
    var lastLines: [String] { state.withLock { $0.lines.suffix(5) } }

    /// Sends a signal unless the child has ended and its id may be another's.
    func signal(_ signal: Int32) {
        state.withLock { state in
            if !state.isEnded { _ = kill(id, signal) }
        }
    }

    private func follow(_ output: Int32) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            log.write(buffer[..<count])
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        close(output)
        awaitEnd()
    }

    private func take(_ line: String) {
        let isNews = state.withLock { state -> Bool in
            // Enough for the address and the last words; the file has everything.
            if state.lines.count >= 200 { state.lines.removeFirst(100) }
            state.lines.append(line)
            guard !state.isReady, isReady(state.lines) else { return false }
            state.isReady = true
            return true
        }
        if isNews { changes.fire() }
    }

    private func awaitEnd() {
        // The id stays the child's until it is reaped, which must not come between look and kill.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { state in
            while waitpid(id, &state.status, 0) == -1, errno == EINTR {}
            state.isEnded = true
        }
        changes.fire()
    }
}
