import Foundation
import Glibc
import Testing

/// A broker and a database in processes of their own.
struct Neighbours {
    let broker: RunningProgram
    /// Everything a worker needs.
    let settings: [String: String]
}

/// Runs a test with neighbours, and ends them.
func withNeighbours(_ body: (Neighbours) async throws -> Void) async throws {
    try await withSandbox("broker") { broker, kafka in
        try await withSandbox("postgres") { _, postgres in
            let own = [
                "SALESFORCE_CLIENT_ID": "id", "SALESFORCE_CLIENT_SECRET": "secret",
                "REDIRECT_URIS": "http://127.0.0.1/callback", "OPS_HOST": "127.0.0.1",
                "TOKEN_ENCRYPTION_KEYS":
                    "k:" + Data(repeating: 7, count: 32).base64EncodedString(),
                "OPS_PORT": "0",
            ]
            let settings = kafka.merging(postgres) { $1 }.merging(own) { $1 }
            try await body(Neighbours(broker: broker, settings: settings))
        }
    }
}

private func withSandbox(
    _ name: String,
    _ body: (RunningProgram, [String: String]) async throws -> Void
) async throws {
    let program = try Program.start(["sandbox", name])
    do {
        var settings: [String: String] = [:]
        for await line in program.lines {
            guard !line.hasPrefix("#") else { break }
            let parts = line.trimmingCharacters(in: .newlines)
                .split(separator: "=", maxSplits: 1).map(String.init)
            try #require(parts.count == 2, "\(line)")
            settings[parts[0]] = parts[1]
        }
        try await body(program, settings)
    } catch {
        program.signal(SIGTERM)
        _ = await program.ended()
        throw error
    }
    program.signal(SIGTERM)
    #expect(await program.ended() == 0)
}
