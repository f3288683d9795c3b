import Foundation

/// Where the server's programs are.
struct PostgresBinaries: Sendable {
    let directory: String

    /// Looks in `POSTGRES_BIN`, at what `pg_config` says, in Debian's directories and on the path.
    static func find() async throws -> PostgresBinaries {
        var candidates: [String] = []
        if let named = ProcessInfo.processInfo.environment["POSTGRES_BIN"] {
            candidates.append(named)
        }
        candidates += debianDirectories()
        candidates += path()
        if let directory = candidates.first(where: isComplete) {
            return PostgresBinaries(directory: directory)
        }
        throw ThrowawayPostgresError(
            "found no initdb and postgres: install the server (apt-get install postgresql) or set "
                + "POSTGRES_BIN to the directory they are in"
        )
    }

    func program(_ name: String) -> String { "\(directory)/\(name)" }

    /// The newest version first.
    private static func debianDirectories() -> [String] {
        let root = "/usr/lib/postgresql"
        guard let versions = FileManager.default.subpaths(atPath: root) else { return [] }
        return versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
    }

    private static func path() -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map(String.init)
    }

    private static func isComplete(_ directory: String) -> Bool {
        ["initdb", "postgres", "psql"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "\(directory)/\($0)")
        }
    }
}
