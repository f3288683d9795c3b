// Each child is spawned, read and waited for on a thread of its own: reading blocks, and the kernel's
// parent-death signal is tied to the thread that spawned.

import Foundation
import Glibc
import Synchronization

/// A child process whose output goes to a log file and is read line by line.
final class ChildProcess: Sendable {
    /// How a process ended; neither is an error here.
    enum Ending: Hashable, Sendable {
        case exited(Int32)
        case killed(by: Int32)
    }

    private struct State {
        var lines: [String] = []
        var lastLine: String?
        var ending: Ending?
        var endedAt: Instant?
    }

    /// More lines than any child says before what is waited for; the log has them all.
    private static let capacity = 5000

    /// What it is called in messages, and its log file.
    let name: String
    let id: pid_t
    private let input: Int32
    private let state = Mutex(State())
    private let changes = Signal()

    private init(name: String, spawned: Spawn.Spawned) {
        self.name = name
        id = spawned.id
        input = spawned.input
    }

    deinit {
        close(input)
    }

    /// Starts a program that the kernel kills when this one ends, however that comes about.
    static func start(
        _ name: String,
        _ command: [String],
        environment: [String: String],
        directory: String
    ) async throws -> ChildProcess {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                do throws(ChaosError) {
                    let spawned = try Spawn.start(command, environment: environment)
                    let child = ChildProcess(name: name, spawned: spawned)
                    continuation.resume(returning: child)
                    child.follow(spawned.output, log: "\(directory)/\(name).log")
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// What the lines so far have to say, once they say it.
    ///
    /// - Throws: a ``ChaosError`` with the child's last words where it ends before.
    func first<Value>(_ look: ([String]) -> Value?) async throws -> Value {
        try await changes.first {
            let (lines, ending) = state.withLock { ($0.lines, $0.ending) }
            if let value = look(lines) { return value }
            guard ending == nil else {
                throw ChaosError("\(name) ended at once: \(lastLine ?? "without a word")")
            }
            return nil
        }
    }

    /// How it ended, once it has.
    @discardableResult
    func ended() async throws -> Ending {
        try await changes.first { state.withLock(\.ending) }
    }

    var isRunning: Bool { state.withLock { $0.ending == nil } }
    var endedAt: Instant? { state.withLock(\.endedAt) }
    var lastLine: String? { state.withLock(\.lastLine) }

    /// Sends a signal unless the child has ended and its id may be another's.
    func signal(_ signal: Int32) {
        state.withLock { state in
            if state.ending == nil { _ = kill(id, signal) }
        }
    }

    /// Kills it and waits for its end, also where the task is cancelled.
    func stop() async {
        signal(SIGKILL)
        signal(SIGCONT)
        while isRunning {
            // A sleep that is cancelled ends at once; the child's end is near.
            do { try await Task.sleep(for: .milliseconds(2)) } catch { usleep(2000) }
        }
    }

    /// Writes a line to its standard input and waits for the line it answers with.
    func order(_ line: String) async throws {
        let said = state.withLock(\.lines.count)
        let bytes = Array("\(line)\n".utf8)
        guard write(input, bytes, bytes.count) == bytes.count else {
            throw ChaosError("\(name) takes no orders")
        }
        let answer = try await first { $0.count > said ? $0[said] : nil }
        guard answer == "ok" else { throw ChaosError("\(name): \(line): \(answer)") }
    }

    /// Resident memory in MB.
    var residentMegabytes: Double {
        guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = line.split(separator: " ").compactMap({ Double($0) }).first
        else { return 0 }
        return kilobytes / 1024
    }

    private func follow(_ output: Int32, log path: String) {
        let log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            _ = write(log, buffer, count)
            rest += buffer[..<count]
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
            take(rest[..<end].split(separator: UInt8(ascii: "\n")))
            rest.removeSubrange(...end)
        }
        close(output)
        close(log)
        awaitEnd()
    }

    private func take(_ lines: [ArraySlice<UInt8>]) {
        state.withLock { state in
            if let last = lines.last { state.lastLine = String(decoding: last, as: UTF8.self) }
            guard state.lines.count < Self.capacity else { return }
            state.lines += lines.map { String(decoding: $0, as: UTF8.self) }
        }
        changes.fire()
    }

    private func awaitEnd() {
        // The id stays the child's until it is reaped, which must not come between look and kill.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { state in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7F
            state.ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(by: signal)
            state.endedAt = .now
        }
        changes.fire()
    }
}
