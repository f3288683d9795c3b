import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Ops
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct OpsServerTests {
    @Test func liveAnswersWhileTheWorkerIsNotStuck() async throws {
        let answer = try await ask("/live")
        #expect(answer.status == 200)
        #expect(
            answer.body == #"{"dependencies":[{"name":"worker","ok":true}],"status":"ok"}"# + "\n"
        )
        #expect(answer.headers["content-type"] == ["application/json"])
        #expect(answer.headers["cache-control"] == ["no-store"])
    }

    @Test func liveIsRefusedWhereOnlyARestartHelps() async throws {
        let answer = try await ask(
            "/live",
            liveness: Dependency("worker", isAvailable: false, reason: "no progress for 700 s")
        )
        #expect(answer.status == 503)
        #expect(answer.body.contains(#""status":"stuck""#))
        #expect(answer.body.contains(#""why":"no progress for 700 s""#))
    }

    @Test func readyNamesEveryDependency() async throws {
        let answer = try await ask("/ready")
        #expect(answer.status == 200)
        #expect(
            answer.body
                == #"{"dependencies":[{"name":"database","ok":true},"#
                + #"{"name":"group","ok":true,"why":"8 partitions"}],"status":"ok"}"# + "\n"
        )
    }

    @Test func readyIsRefusedWhereOneDependencyIsMissing() async throws {
        let answer = try await ask(
            "/ready",
            readiness: [
                Dependency("database", isAvailable: false, reason: "connection refused"),
                Dependency("group", isAvailable: true),
            ]
        )
        #expect(answer.status == 503)
        #expect(answer.body.contains(#""status":"not ready""#))
        #expect(answer.body.contains(#"{"name":"database","ok":false,"why":"connection refused"}"#))
    }

    @Test func metricsOfOneNameShareTheirHead() async throws {
        let answer = try await ask(
            "/metrics",
            metrics: [
                Metric(
                    "lag_records",
                    "Records\nthat wait \\ lag.",
                    labels: ["topic": "a\"b\\c\nd", "partition": "0"],
                    value: 3
                ),
                Metric("lag_records", "Records.", labels: ["partition": "1"], value: 0.5),
                Metric("handled_total", "Requests done.", kind: .counter, value: 12_000_000),
                Metric("odd", "Not a number.", value: .nan),
                Metric("large", "Without an end.", value: .infinity),
            ]
        )
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == ["text/plain; version=0.0.4; charset=utf-8"])
        #expect(
            answer.body == #"""
                # HELP lag_records Records\nthat wait \\ lag.
                # TYPE lag_records gauge
                lag_records{partition="0",topic="a\"b\\c\nd"} 3
                lag_records{partition="1"} 0.5
                # HELP handled_total Requests done.
                # TYPE handled_total counter
                handled_total 12000000
                # HELP odd Not a number.
                # TYPE odd gauge
                odd NaN
                # HELP large Without an end.
                # TYPE large gauge
                large +Inf

                """#
        )
    }

    @Test func otherPathsAreNotFound() async throws {
        let answer = try await ask("/")
        #expect(answer.status == 404)
        #expect(answer.body == "try /live, /ready or /metrics\n")
    }

    @Test func onlyReadingIsAllowed() async throws {
        let answer = try await ask("/live", method: .POST)
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == ["GET, HEAD"])
    }

    @Test func headHasNoBody() async throws {
        let answer = try await ask("/ready", method: .HEAD)
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
    }

    @Test func takenPortEndsTheServer() async throws {
        try await withServer(probes()) { address in
            let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
            let second = OpsServer(
                host: "127.0.0.1",
                port: port,
                probes: probes(),
                logger: Self.logger
            )
            await #expect(throws: OpsServerError.self) { try await second.run() }
        }
    }
}

extension OpsServerTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private struct Answer {
        var status: UInt
        var headers: HTTPHeaders
        var body: String
    }

    private func probes(
        liveness: Dependency = Dependency("worker", isAvailable: true),
        readiness: [Dependency] = [
            Dependency("database", isAvailable: true),
            Dependency("group", isAvailable: true, reason: "8 partitions"),
        ],
        metrics: [Metric] = []
    ) -> OpsProbes {
        OpsProbes(liveness: { liveness }, readiness: { readiness }, metrics: { metrics })
    }

    private func ask(
        _ path: String,
        method: HTTPMethod = .GET,
        liveness: Dependency = Dependency("worker", isAvailable: true),
        readiness: [Dependency] = [
            Dependency("database", isAvailable: true),
            Dependency("group", isAvailable: true, reason: "8 partitions"),
        ],
        metrics: [Metric] = []
    ) async throws -> Answer {
        let probes = probes(liveness: liveness, readiness: readiness, metrics: metrics)
        return try await withServer(probes) { address in
            var request = HTTPClientRequest(url: address + path)
            request.method = method
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            let body = try await response.body.collect(upTo: 1 << 20)
            return Answer(
                status: response.status.code,
                headers: response.headers,
                body: String(buffer: body)
            )
        }
    }

    /// Runs a server on a port that is free, in a group that is shut down gracefully.
    private func withServer<Result: Sendable>(
        _ probes: OpsProbes,
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let (addresses, continuation) = AsyncStream<String>.makeStream()
        let server = OpsServer(host: "127.0.0.1", port: 0, probes: probes, logger: Self.logger) {
            continuation.yield($0)
        }
        let services = ServiceGroup(services: [server], logger: Self.logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            let address = try #require(await addresses.first { _ in true })
            let result = try await body(address)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return result
        }
    }
}
