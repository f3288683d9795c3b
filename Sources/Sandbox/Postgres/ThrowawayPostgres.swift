import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server with a fresh cluster in a temporary directory, gone when it is stopped.
///
/// It runs as a child that the kernel ends when this process ends, however that comes about. Started
/// by root, it runs as the user `postgres`.
public final class ThrowawayPostgres: Sendable {
    /// How to set a server up.
    public struct Options: Sendable {
        /// Whether commits wait for the disk; off by default, since nothing here is worth keeping.
        public var durable = false
        /// A port on 127.0.0.1 besides the socket: nil for none, 0 for any that is free.
        public var port: Int?
        /// Whether the server offers TLS, with a certificate it signed itself.
        public var selfSignedCertificate = false
        /// Further settings, as in `postgresql.conf`.
        public var settings: [String: String] = [:]

        /// Makes the defaults.
        public init() {}
    }

    private let binaries: PostgresBinaries
    private let options: Options
    private let process = Mutex<PostgresProcess?>(nil)
    /// The directory that has all the server's files.
    public let directory: String
    /// The port on 127.0.0.1, if one was asked for.
    public let port: Int?

    private init(binaries: PostgresBinaries, options: Options, directory: String, port: Int?) {
        self.binaries = binaries
        self.options = options
        self.directory = directory
        self.port = port
    }

    /// Makes a cluster and starts a server on it, which takes about a second.
    public static func start(_ options: Options = Options()) async throws -> ThrowawayPostgres {
        let binaries = try await PostgresBinaries.find()
        let directory = try makeDirectory()
        let port = try options.port.map { $0 == 0 ? try findFreePort() : $0 }
        let server = ThrowawayPostgres(
            binaries: binaries,
            options: options,
            directory: directory,
            port: port
        )
        do {
            try await server.run(
                "initdb",
                ["-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
                    + ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
            )
            if options.selfSignedCertificate { try await server.makeCertificate() }
            try await server.launch()
            return server
        } catch {
            server.destroy()
            throw error
        }
    }

    /// Where to connect for the database `postgres`.
    public var url: String { url(database: "postgres") }

    /// Where to connect for a database: by the port if there is one, else by the socket.
    public func url(database: String) -> String {
        if let port { return "postgresql://postgres@127.0.0.1:\(port)/\(database)" }
        let host = directory.replacing("/", with: "%2F")
        return "postgresql://postgres@/\(database)?host=\(host)"
    }

    /// Makes a database, as a copy of a template if one is named, and returns its name.
    public func createDatabase(template: String? = nil) async throws -> String {
        let name = "db_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let source = template.map { " TEMPLATE \"\($0)\"" } ?? ""
        try await execute("CREATE DATABASE \(name)\(source)")
        return name
    }

    /// Drops a database, along with the connections it still has.
    public func dropDatabase(_ name: String) async throws {
        try await execute("DROP DATABASE \"\(name)\" WITH (FORCE)")
    }

    /// Runs SQL with `psql` and returns what it printed, without headings.
    @discardableResult
    public func execute(_ sql: String, database: String = "postgres") async throws -> String {
        let connection =
            port == nil ? ["-h", directory] : ["-h", "127.0.0.1", "-p", "\(port ?? 0)"]
        let output = "\(directory)/psql-\(UUID().uuidString)"
        defer { unlink(output) }
        return try await PostgresProcess.run(
            [binaries.program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
                + connection + ["-U", "postgres", "-d", database, "-c", sql],
            output: output
        )
    }

    /// Ends the server, in order or as a crash would, and starts it again on the same cluster.
    public func restart(immediately: Bool = false) async throws {
        await halt(immediately: immediately)
        try await launch()
    }

    /// Ends the server but keeps the cluster, for ``restart(immediately:)``.
    public func halt(immediately: Bool = false) async {
        let running = process.withLock(\.self)
        // SIGQUIT and SIGINT are the immediate and the fast shutdown.
        running?.signal(immediately ? SIGQUIT : SIGINT)
        _ = await running?.ended()
    }

    /// Ends the server and removes all its files.
    public func stop() async {
        await halt(immediately: true)
        destroy()
    }

    /// Freezes every process of the server, so that connections stay open and nobody answers.
    public func pause() {
        guard let running = process.withLock(\.self) else { return }
        running.signal(SIGSTOP)
        for child in running.children { kill(child, SIGSTOP) }
    }

    /// Lets a frozen server go on.
    public func resume() {
        guard let running = process.withLock(\.self) else { return }
        for child in running.children { kill(child, SIGCONT) }
        running.signal(SIGCONT)
    }

    /// Ends the server and removes all its files, and blocks for that; for the last moment of a process.
    public func destroy() {
        let running = process.withLock(\.self)
        running?.signal(SIGQUIT)
        // A server that is still going down makes files in the directory that is being removed.
        for _ in 0..<500 where running?.isRunning == true { usleep(2000) }
        PostgresProcess.removeDirectory(directory)
    }

    private static let roomy = ["max_connections": "800"]
    private static let careless = roomy.merging(
        ["fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"]
    ) { $1 }

    private var data: String { "\(directory)/data" }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let output = "\(directory)/\(program).log"
        try await PostgresProcess.run(
            Self.asServerUser + [binaries.program(program)] + arguments,
            output: output
        )
    }

    /// Under the names the server looks for.
    private func makeCertificate() async throws {
        try await PostgresProcess.run(
            Self.asServerUser + ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
                + ["-subj", "/CN=localhost", "-days", "2"]
                + ["-keyout", "\(data)/server.key", "-out", "\(data)/server.crt"],
            output: "\(directory)/openssl.log"
        )
    }

    private func launch() async throws {
        var settings = options.settings
        settings["listen_addresses"] = port == nil ? "" : "127.0.0.1"
        settings["port"] = "\(port ?? 5432)"
        settings["unix_socket_directories"] = directory
        if options.selfSignedCertificate { settings["ssl"] = "on" }
        settings.merge(options.durable ? Self.roomy : Self.careless) { given, _ in given }
        let arguments = settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0)=\($1)"] }
        let log = "\(directory)/server.log"
        // setpriv has the kernel send SIGQUIT, an immediate shutdown, when this process ends.
        let launched = try await PostgresProcess.spawn(
            ["setpriv", "--pdeathsig", "QUIT"] + Self.userOptions
                + [binaries.program("postgres"), "-D", data] + arguments,
            output: log
        )
        process.withLock { $0 = launched }
        while !isReady() {
            guard launched.isRunning else {
                throw ThrowawayPostgresError(
                    "the server ended at once: \(PostgresProcess.read(log))"
                )
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The server writes its state into the eighth line of its lock file.
    private func isReady() -> Bool {
        let lines = PostgresProcess.read("\(data)/postmaster.pid").split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        let own = process.withLock { $0?.id }.map(String.init)
        return lines.count > 7 && String(lines[0]) == own && lines[7].hasPrefix("ready")
    }
}
