import Foundation
import Glibc
import Testing

/// The demo tells its story with real processes, and holds it against itself.
@Suite(.timeLimit(.minutes(2)))
struct DemoTests {
    @Test func storyEndsWellAndLeavesNothing() async throws {
        try await withDirectory { directory in
            let ending = try await Program.run(["demo"], environment: ["TMPDIR": directory])
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.errors.isEmpty)
            #expect(!ending.output.contains("\u{1B}"))
            for words in [
                "company-integration-off", "not-permitted",
                "account-mismatch: eve@acme.com came back, but bob@acme.com was expected.",
                "1 of 1 grants of eve@acme.com ended",
                "jane@acme.com · Acme · Enterprise Edition", "removed (deleted)", "reopened v3",
                "The path",
            ] {
                #expect(ending.output.contains(words))
            }
        }
    }

    @Test func interruptionEndsTheChildrenAndLeavesNothing() async throws {
        try await withDirectory { directory in
            let demo = try Program.start(["demo"], environment: ["TMPDIR": directory])
            defer { demo.signal(SIGKILL) }
            _ = try #require(await demo.line(with: "✓ Salesforce, simulated"))
            let children = demo.children
            #expect(children.count >= 3)
            demo.signal(SIGINT)
            #expect(await demo.ended() == 130)
            for child in children { #expect(kill(child, 0) == -1 && errno == ESRCH) }
        }
    }

    /// Runs a test with a directory for temporary files, which must be empty afterwards.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "\(NSTemporaryDirectory())demo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer { rmdir(directory) }
        try await body(directory)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }
}
