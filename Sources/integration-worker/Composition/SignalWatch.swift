import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Notes the first SIGTERM or SIGINT, on which the service group drains, and ends the process on
/// the second.
final class SignalWatch: Service {
    private let logger: Logger
    private let isDraining = Mutex(false)

    init(logger: Logger) {
        self.logger = logger
    }

    /// Whether the process is about to end.
    var hasBeenSignalled: Bool { isDraining.withLock(\.self) }

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        await cancelWhenGracefulShutdown {
            for await signal in signals {
                let isFirst = self.isDraining.withLock { isDraining in
                    defer { isDraining = true }
                    return !isDraining
                }
                guard isFirst else {
                    self.logger.error("second signal, ending at once")
                    // Whoever insists wants no clean-up: what is unfinished is taken up elsewhere.
                    _exit(128 + signal.rawValue)
                }
                self.logger.notice("draining, a second signal ends at once")
            }
        }
    }
}
