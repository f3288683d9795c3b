import AsyncHTTPClient
import Logging
import Sandbox
import ServiceLifecycle
import Testing

/// Runs a simulator of the test's own for the time of `body`.
func withSimulator(
    _ body: @Sendable (SimulatorClient) async throws -> Void
) async throws {
    var logger = Logger(label: "simulator")
    logger.logLevel = .error
    let simulator = SalesforceSimulator(
        configuration: SalesforceSimulatorConfiguration(
            redirectURIs: [SimulatorClient.redirectURI]),
        logger: logger
    )
    let services = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: [simulator], logger: logger)
    )
    var configuration = HTTPClient.Configuration.singletonConfiguration
    configuration.redirectConfiguration = .disallow
    configuration.decompression = .disabled
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let outcome: Result<Void, any Error> = await withTaskGroup(of: Void.self) { group in
        group.addTask {
            do {
                try await services.run()
            } catch {
                Issue.record(error)
            }
        }
        let result: Result<Void, any Error>
        do {
            let base = try await simulator.address
            try await body(SimulatorClient(base: base, http: http))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await services.triggerGracefulShutdown()
        return result
    }
    try await http.shutdown()
    try outcome.get()
}
