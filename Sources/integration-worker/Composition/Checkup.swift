import AsyncHTTPClient
import Domain
import Logging
import NIOCore
import NIOHTTP1
import Salesforce
import Store

/// Looks at everything a worker needs, and goes on where something is not well.
struct Checkup: Sendable {
    let source: SettingsSource
    private let logger = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }

    init(source: SettingsSource) {
        self.source = source
    }

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        let settings: WorkerSettings?
        do throws(SettingsError) {
            settings = try WorkerSettings(source)
            findings.append(.good("configuration", "complete"))
        } catch {
            settings = nil
            findings.append(.bad("configuration", "\(error.key): \(error.problem)", error.remedy))
        }
        async let broker = broker()
        async let database = database()
        async let provider = provider(settings)
        findings += await broker
        let stored = await database
        findings += stored
        findings.append(await keys(areReadable: stored.allSatisfy(\.ok)))
        findings += await provider
        return findings
    }

    private func broker() async -> [Finding] {
        do {
            let settings = try KafkaSettings(source)
            let topics =
                Topics.requests + [Topics.outcome, Topics.taskUpdated]
                + Topics.requests.map(Topics.deadLetters(of:))
            let names = topics.map { settings.topicPrefix + $0 }
            let partitions = try await Preflight.partitions(of: names, settings, logger: logger)
            return [.good("broker", "reachable at \(settings.bootstrapServers)")]
                + names.map { name in
                    guard let count = partitions[name], count > 0 else {
                        let compacted = name.hasSuffix(Topics.taskUpdated)
                        return .bad(
                            "topic",
                            "\(name) is not there",
                            "create it" + (compacted ? " with cleanup.policy=compact" : "")
                        )
                    }
                    return .good("topic", "\(name), \(count) partitions")
                }
        } catch {
            return [Self.finding("broker", error)]
        }
    }

    private func database() async -> [Finding] {
        do {
            let configuration = try WorkerSettings.database(source)
            let pending = try await Preflight.pendingMigrations(configuration, logger: logger)
            let reachable = Finding.good("database", "reachable")
            guard pending.isEmpty else {
                return [
                    reachable,
                    .bad(
                        "migrations",
                        "pending: \(pending.joined(separator: ", "))",
                        "run: integration-worker migrate"
                    ),
                ]
            }
            return [reachable, .good("migrations", "current")]
        } catch {
            return [Self.finding("database", error)]
        }
    }

    /// Holds the keys against what is stored, where that can be read.
    private func keys(areReadable: Bool) async -> Finding {
        do {
            let cipher = try WorkerSettings.cipher(source)
            let current = "current: \(cipher.currentKeyID)"
            guard areReadable else { return .good("keys", current) }
            let database = try WorkerSettings.database(source)
            try await Preflight.verifyDatabase(database, cipher, logger: logger)
            return .good("keys", "\(current), decrypt what is stored")
        } catch {
            return Self.finding("keys", error)
        }
    }

    /// Asks for the list of API versions, which needs no token.
    private func provider(_ settings: WorkerSettings?) async -> [Finding] {
        guard let settings else { return [] }
        let origin = settings.salesforce.loginURL
        let url = (origin.last == "/" ? String(origin.dropLast()) : origin) + "/services/data/"
        let http = SalesforceProvider.makeHTTPClient(maximumConnections: 1)
        let finding: Finding
        do {
            _ = try ProviderRegistry.all(settings, client: http, logger: logger)
            let response = try await http.execute(
                HTTPClientRequest(url: url),
                timeout: .seconds(10)
            )
            let body = try await response.body.collect(upTo: 1 << 20)
            let versions = JSONTree(bytes: Array(body.readableBytesView))?.elements ?? []
            finding =
                response.status == .ok && !versions.isEmpty
                ? .good("provider", "\(origin) offers \(versions.count) API versions")
                : .bad(
                    "provider",
                    "\(url) answered \(response.status.code), not a list of versions",
                    "look at SALESFORCE_LOGIN_URL"
                )
        } catch let error as SettingsError {
            finding = Self.finding("provider", error)
        } catch {
            finding = .bad(
                "provider",
                "\(url) does not answer: \(error)",
                "look at SALESFORCE_LOGIN_URL and the way out of this network"
            )
        }
        do {
            try await http.shutdown()
        } catch {
            logger.debug("client not shut down", metadata: ["error": "\(error)"])
        }
        return [finding]
    }

    private static func finding(_ name: String, _ error: any Error) -> Finding {
        switch error {
        case let error as SettingsError:
            return .bad(name, "\(error.key): \(error.problem)", error.remedy)
        default:
            let line = CommandFailure(error)?.line ?? "\(error)"
            let parts = line.split(separator: "; ", maxSplits: 1).map(String.init)
            let detail =
                parts[0].hasPrefix("\(name): ")
                ? String(parts[0].dropFirst(name.count + 2)) : parts[0]
            return .bad(name, detail, parts.count > 1 ? parts[1] : "see above")
        }
    }
}
