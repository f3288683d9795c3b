import Foundation
import Testing

/// A database's schema as SQL that is the same whichever `pg_dump` wrote it.
enum SchemaDump {
    static func make(of url: String) throws -> String {
        let directory = try output(of: "/usr/bin/env", ["pg_config", "--bindir"])
        let dump = try output(
            of: directory.trimmingCharacters(in: .whitespacesAndNewlines) + "/pg_dump",
            ["--schema-only", "--no-owner", "--no-privileges", "--dbname=\(url)"]
        )
        return normalized(dump)
    }

    private static let heading = """
        -- The tables as the migrations in Sources/Store/Migrations make them: to read, not to run.


        """

    /// Without comments, settings and psql's own commands, and with single blank lines.
    private static func normalized(_ dump: String) -> String {
        let noise = ["--", "SET ", "SELECT pg_catalog.set_config", "\\"]
        var lines: [Substring] = []
        for line in dump.split(separator: "\n", omittingEmptySubsequences: false)
        where !noise.contains(where: line.hasPrefix) {
            if !line.isEmpty || lines.last?.isEmpty == false { lines.append(line) }
        }
        return heading + lines.joined(separator: "\n").trimmingCharacters(in: .newlines) + "\n"
    }

    private static func output(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) failed")
        return String(decoding: output, as: UTF8.self)
    }
}
