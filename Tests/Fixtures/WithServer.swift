public import Sandbox

/// Runs a test on a server of its own, for what would disturb the tests that share one.
///
/// - Parameters:
///   - configure: changes the server's options.
///   - body: the test.
/// - Returns: what the body returns.
/// - Throws: what the body throws, or why there is no server.
@discardableResult
public func withServer<Result>(
    _ configure: (inout ThrowawayPostgres.Options) -> Void = { _ in },
    _ body: (ThrowawayPostgres) async throws -> Result
) async throws -> Result {
    var options = ThrowawayPostgres.Options()
    configure(&options)
    let server = try await ThrowawayPostgres.start(options)
    let result: Result
    do {
        result = try await body(server)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
    return result
}
