public import Logging
public import Postgres
import Sandbox

/// Runs a test on an empty database of its own and drops it afterwards.
///
/// - Parameters:
///   - template: the database to copy; nil for an empty one.
///   - body: the test; it gets the database's URL.
/// - Returns: what the body returns.
/// - Throws: what the body throws, or why there is no database.
@discardableResult
public func withDatabase<Result>(
    template: String? = nil,
    _ body: (_ url: String) async throws -> Result
) async throws -> Result {
    let server = try await SharedCluster.shared.server()
    let name = try await server.createDatabase(template: template)
    let result: Result
    do {
        result = try await body(server.url(database: name))
    } catch {
        try await server.dropDatabase(name)
        throw error
    }
    try await server.dropDatabase(name)
    return result
}

/// Runs a test with a pool on a database of its own.
///
/// - Parameters:
///   - configure: changes the pool's configuration.
///   - body: the test.
/// - Returns: what the body returns.
/// - Throws: what the body throws, or why there is no database.
@discardableResult
public func withPool<Result: Sendable>(
    _ configure: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresPool) async throws -> Result
) async throws -> Result {
    try await withDatabase { url in try await withPool(url: url, configure, body) }
}

/// Runs a test with a pool on a given database; the pool has ended when it returns.
///
/// - Parameters:
///   - url: the database's URL.
///   - configure: changes the pool's configuration.
///   - logger: where the pool logs to; silent by default.
///   - body: the test.
/// - Returns: what the body returns.
/// - Throws: what the body throws, or why there is no database.
@discardableResult
public func withPool<Result: Sendable>(
    url: String,
    _ configure: (inout PostgresConfiguration) -> Void = { _ in },
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: (PostgresPool) async throws -> Result
) async throws -> Result {
    var configuration = try PostgresConfiguration(url: url)
    configure(&configuration)
    let pool = PostgresPool(configuration, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await pool.run() }
        let result: Result
        do {
            result = try await body(pool)
        } catch {
            pool.close()
            try await group.waitForAll()
            throw error
        }
        pool.close()
        try await group.waitForAll()
        return result
    }
}
