import Foundation
import Synchronization

/// A process of the service's own program, ended with this one.
final class Child: Sendable {
    // Safe because the process is started before it is shared, and only its pid is read afterwards.
    nonisolated(unsafe) private let process = Process()
    let pid: Int32
    private let settings: [String: String]

    /// Starts a command and waits until it has told its settings: `NAME=value` lines, then a comment.
    init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        tellsSettings: Bool = true
    ) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        if tellsSettings { process.standardOutput = output }
        try process.run()
        pid = process.processIdentifier
        settings = tellsSettings ? Self.settings(from: output.fileHandleForReading) : [:]
    }

    /// What it said its neighbours need.
    var environment: [String: String] { settings }

    /// Seconds of CPU so far, user and system.
    var cpuSeconds: Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return 0 }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory in MB: now, and at its highest.
    var memory: (now: Double, peak: Double) {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { return (0, 0) }
        func megabytes(_ name: String) -> Double {
            status.split(separator: "\n").first { $0.hasPrefix(name) }
                .flatMap { $0.split(separator: " ").compactMap { Double($0) }.first }
                .map { $0 / 1024 } ?? 0
        }
        return (megabytes("VmRSS"), megabytes("VmHWM"))
    }

    func waitUntilExit() {
        process.waitUntilExit()
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    private static func settings(from output: FileHandle) -> [String: String] {
        var text = ""
        while !text.contains("\n#") {
            let data = output.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
        }
        var settings: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        return settings
    }
}
