import Foundation
import Glibc
import Synchronization

/// The program while it runs: its lines as they come, and its end.
final class RunningProgram: Sendable {
    let id: pid_t
    /// Both of its outputs, for one reader.
    let lines: AsyncStream<String>
    private let end: AsyncStream<Int32>
    private let hasEnded = Mutex(false)

    init(id: pid_t, output: Int32) {
        self.id = id
        let (lines, onLine) = AsyncStream<String>.makeStream()
        let (end, onEnd) = AsyncStream<Int32>.makeStream()
        self.lines = lines
        self.end = end
        // Reading and waiting block: on a thread of their own.
        Thread.detachNewThread {
            if let file = fdopen(output, "r") {
                var line: UnsafeMutablePointer<CChar>?
                var capacity = 0
                while getline(&line, &capacity, file) > 0 {
                    if let line { onLine.yield(String(cString: line)) }
                }
                free(line)
                fclose(file)
            }
            onLine.finish()
            var information = siginfo_t()
            while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            let status = self.hasEnded.withLock { hasEnded in
                hasEnded = true
                return Program.awaitEnd(of: id)
            }
            onEnd.yield(status)
        }
    }

    /// The first line that has these words; `nil` where it ends without.
    func line(with words: String) async -> String? {
        await lines.first { $0.contains(words) }
    }

    /// The exit status.
    func ended() async -> Int32? { await end.first { _ in true } }

    /// Sends a signal unless it has ended.
    func signal(_ signal: Int32) {
        hasEnded.withLock { hasEnded in
            if !hasEnded { _ = kill(id, signal) }
        }
    }

    /// The ids of its children, whichever of its threads started them.
    var children: [pid_t] {
        let tasks = "/proc/\(id)/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        let threads = names.compactMap { pid_t($0) }
        return threads.flatMap { thread -> [pid_t] in
            let path = "\(tasks)/\(thread)/children"
            guard let text = FileManager.default.contents(atPath: path) else { return [] }
            return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap {
                pid_t($0)
            }
        }
    }
}
