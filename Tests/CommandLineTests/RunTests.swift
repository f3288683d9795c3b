import Foundation
import Glibc
import Testing

/// The service as an orchestrator sees it: starts, is ready, drains, ends.
@Suite(.timeLimit(.minutes(2)))
struct RunTests {
    @Test func pendingMigrationsStopTheStart() async throws {
        try await withNeighbours { neighbours in
            let refused = try await Program.run(["run"], environment: neighbours.settings)
            #expect(refused.status == 1)
            #expect(
                refused.errorLines.last?.hasSuffix("run: integration-worker migrate") == true
            )
            let first = try await Program.run(["migrate"], environment: neighbours.settings)
            #expect(first.status == 0)
            #expect(first.output.hasPrefix("applied m0001"))
            let second = try await Program.run(["migrate"], environment: neighbours.settings)
            #expect(second.output == "nothing to apply\n")
        }
    }

    @Test func firstSignalDrains() async throws {
        try await withWorker { worker, _ in
            worker.signal(SIGTERM)
            #expect(await worker.line(with: "\"draining, a second signal ends at once\"") != nil)
            #expect(await worker.ended() == 0)
        }
    }

    @Test func secondSignalEndsAtOnce() async throws {
        try await withWorker { worker, neighbours in
            // A broker that does not answer makes leaving the group take long.
            #expect(await worker.line(with: "\"leases acquired\"") != nil)
            neighbours.broker.signal(SIGSTOP)
            defer { neighbours.broker.signal(SIGCONT) }
            worker.signal(SIGTERM)
            #expect(await worker.line(with: "\"draining, a second signal ends at once\"") != nil)
            worker.signal(SIGINT)
            #expect(await worker.ended() == 130)
        }
    }

    @Test func takenOpsPortIsNamed() async throws {
        try await withWorker { worker, neighbours in
            let port = try #require(
                neighbours.settings["taken"].flatMap { $0.split(separator: ":").last }
            )
            let second = try await Program.run(
                ["run"],
                environment: neighbours.settings.merging(["OPS_PORT": String(port)]) { $1 }
            )
            #expect(second.status == 69)
            #expect(second.errorLines.last?.contains("OPS_PORT: 127.0.0.1:\(port)") == true)
            worker.signal(SIGTERM)
            #expect(await worker.ended() == 0)
        }
    }

    /// Runs a test with a worker that listens; the setting `taken` is its ops server's address.
    private func withWorker(
        _ body: (RunningProgram, Neighbours) async throws -> Void
    ) async throws {
        try await withNeighbours { neighbours in
            let migrated = try await Program.run(["migrate"], environment: neighbours.settings)
            try #require(migrated.status == 0, "\(migrated.errors)")
            let worker = try Program.start(["run"], environment: neighbours.settings)
            defer { worker.signal(SIGKILL) }
            let line = try #require(await worker.line(with: "\"ops server listens\""))
            let log = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            var settings = neighbours.settings
            settings["taken"] = log["ops.address"]
            try await body(worker, Neighbours(broker: neighbours.broker, settings: settings))
        }
    }
}
