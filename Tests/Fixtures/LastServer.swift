import Foundation
import Sandbox
import Synchronization

/// Removes the shared server's files when the test process ends.
enum LastServer {
    private static let server = Mutex<ThrowawayPostgres?>(nil)

    static func destroyAtExit(_ started: ThrowawayPostgres) {
        server.withLock { $0 = started }
        atexit { LastServer.server.withLock(\.self)?.destroy() }
    }
}
