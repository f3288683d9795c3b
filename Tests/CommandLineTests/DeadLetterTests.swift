import Foundation
import Glibc
import Testing

/// Dead letters as operations meet them: real processes, records sent by hand.
@Suite(.timeLimit(.minutes(2)))
struct DeadLetterTests {
    private static let request =
        #"{"specversion":"1.0","id":"spent-1","source":"/test","type":"sync.request.v1","data":{"companyId":"acme","provider":"salesforce","userId":"u-7"}}"#

    @Test func aSpentRequestIsListedShownAndWorkedOffOnceItIsReplayed() async throws {
        try await withNeighbours { neighbours in
            let settings = neighbours.settings.merging(["WORKER_MAX_ATTEMPTS": "1"]) { $1 }
            _ = try await Program.run(["migrate"], environment: settings)
            try await withWorker(["--rehearse", "fail=100:1"], settings) { worker in
                try await publish("turn it on, please\n\(Self.request)", settings)
                try await eventually { try await Self.list([], settings).count == 3 }
            }
            let lines = try await Self.list([], settings)
            #expect(lines.last == "2 dead letters: 1 not-json, 1 provider-unavailable")
            let spent = try await Self.list(["--reason", "provider-unavailable"], settings)
            #expect(spent.count == 2)
            #expect(spent[0].contains("acme"))
            for filter in [["--company", "acme"], ["--since", "1h", "--company", "acme"]] {
                #expect(try await Self.list(filter, settings) == spent)
            }
            #expect(
                try await Self.list(["--since", "2100-01-01T00:00:00Z"], settings)
                    == ["no dead letters"]
            )
            let place = try #require(
                spent[0].split(separator: " ").first { $0.hasPrefix("sync-request.dlq/") }
            )
            let shown = try await Program.run(
                ["dead-letters", "show", String(place)],
                environment: settings
            )
            #expect(shown.output.contains("dlq.reason            provider-unavailable"))
            #expect(shown.output.contains(#""id":"spent-1""#))

            try await withWorker([], settings) { worker in
                for _ in 0..<2 {
                    let replayed = try await Program.run(
                        ["dead-letters", "replay", "--company", "acme"],
                        environment: settings
                    )
                    #expect(replayed.output == "replayed 1\n")
                }
                // Nobody is connected: that is what becomes of it now, once.
                try await eventually {
                    let outcomes = try await Self.outcomes(settings)
                    return outcomes == ["provider-unavailable", "company-integration-off"]
                }
            }
            #expect(try await Self.list(["--company", "acme"], settings) == spent)
        }
    }

    @Test func aReplayIsTheOriginalByteForByte() async throws {
        try await withNeighbours { neighbours in
            let settings = neighbours.settings
            _ = try await Program.run(["migrate"], environment: settings)
            try await withWorker([], settings) { worker in
                try await publish("no request: \u{1F680} \\ \"", settings, key: "a key")
                try await eventually { try await Self.list([], settings).count == 2 }
                _ = try await Program.run(
                    ["dead-letters", "replay", "--all"],
                    environment: settings
                )
                try await eventually { try await Self.list([], settings).count == 3 }
            }
            let letters = try await Self.list(["--json"], settings).map { line in
                try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                )
            }
            #expect(letters.count == 2)
            #expect(letters.allSatisfy { $0["text"] as? String == "no request: \u{1F680} \\ \"" })
            #expect(letters.allSatisfy { $0["key"] as? String == "a key" })
            let headers = letters.compactMap { $0["headers"] as? [String: String] }
            #expect(headers.map { $0["dlq.replay"] == nil } == [true, false])
        }
    }

    @Test func whatIsNotThereIsSaid() async throws {
        try await withNeighbours { neighbours in
            for (line, status) in [
                ("replay", Int32(64)), ("replay sync-request.dlq/0/99", 65),
                ("show sync-request.dlq/0/99", 65), ("list --since yesterday", 64),
                ("list --topic tasks", 64),
            ] {
                let ending = try await Program.run(
                    ["dead-letters"] + line.split(separator: " ").map(String.init),
                    environment: neighbours.settings
                )
                #expect(ending.status == status, "\(line)")
                #expect(!ending.errors.isEmpty)
            }
        }
    }

    // MARK: - By hand

    /// The lines that `dead-letters list` prints.
    private static func list(
        _ options: [String],
        _ settings: [String: String]
    ) async throws -> [String] {
        let ending = try await Program.run(
            ["dead-letters", "list"] + options,
            environment: settings
        )
        try #require(ending.status == 0, "\(ending.errors)")
        return ending.output.split(separator: "\n").map(String.init)
    }

    /// The reasons of the outcomes so far.
    private static func outcomes(_ settings: [String: String]) async throws -> [String] {
        let (output, _) = try await kcat(
            ["-C", "-t", "integration-outcome", "-e", "-q", "-f", "%s\\n"],
            settings
        )
        return output.split(separator: "\n").compactMap { line in
            let data = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return data?["reason"] as? String
        }
    }

    /// Sends lines to `sync-request`.
    private func publish(
        _ lines: String,
        _ settings: [String: String],
        key: String = "acme/u-7"
    ) async throws {
        let file = NSTemporaryDirectory() + "records-\(UUID().uuidString)"
        try lines.write(toFile: file, atomically: true, encoding: .utf8)
        defer { unlink(file) }
        let (_, status) = try await Self.kcat(
            ["-P", "-t", "sync-request", "-k", key, "-l", file],
            settings
        )
        try #require(status == 0)
    }

    private static func kcat(
        _ arguments: [String],
        _ settings: [String: String]
    ) async throws -> (output: String, status: Int32) {
        let broker = settings["KAFKA_BOOTSTRAP_SERVERS"] ?? ""
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                let process = Process()
                let output = Pipe()
                process.executableURL = URL(filePath: "/usr/bin/kcat")
                process.arguments = ["-b", broker] + arguments
                process.standardOutput = output
                do {
                    try process.run()
                    let data = output.fileHandleForReading.readDataToEndOfFile()
                    process.waitUntilExit()
                    continuation.resume(
                        returning: (
                            String(decoding: data, as: UTF8.self), process.terminationStatus
                        )
                    )
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    private func withWorker(
        _ options: [String],
        _ settings: [String: String],
        _ body: (RunningProgram) async throws -> Void
    ) async throws {
        let worker = try Program.start(["run"] + options, environment: settings)
        #expect(await worker.line(with: "\"leases acquired\"") != nil)
        do {
            try await body(worker)
        } catch {
            worker.signal(SIGKILL)
            _ = await worker.ended()
            throw error
        }
        worker.signal(SIGTERM)
        #expect(await worker.ended() == 0)
    }

    /// Asks until it is so; the suite's time limit ends it.
    private func eventually(_ isTrue: () async throws -> Bool) async throws {
        while try await !isTrue() {
            // Sleeps because another process cannot say that it is so now.
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
