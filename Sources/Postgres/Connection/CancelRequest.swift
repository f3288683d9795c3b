internal import CPostgreSQL

/// The one owner of a `PGcancel`, which stays usable after its connection is gone.
@safe
final class CancelRequest: Sendable {
    // Safe because libpq lets any thread use a PGcancel, and only one does.
    nonisolated(unsafe) private let handle: OpaquePointer

    init(taking handle: OpaquePointer) {
        unsafe self.handle = unsafe handle
    }

    deinit {
        unsafe PQfreeCancel(handle)
    }

    /// Asks the server to cancel from a thread of its own, because `PQcancel` blocks.
    ///
    /// Once `completion` runs the server has passed the signal on; whether it hit is for the
    /// statement's result to tell.
    func send(completion: @escaping @Sendable () -> Void) {
        NamedThread.spawn(name: "pg-cancel") {
            var message = [CChar](repeating: 0, count: 256)
            _ = unsafe PQcancel(self.handle, &message, 256)
            completion()
        }
    }
}
