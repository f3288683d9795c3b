import Store
import Synchronization

/// Whether the database does what it is asked, by the last answer.
///
/// A connection alone says little: the server behind it may be read-only, full, or refuse the role.
final class DatabaseWatch: Sendable {
    private let last = Mutex<String?>(nil)

    /// Why the last statement failed; `nil` when it did not.
    var failure: String? { last.withLock(\.self) }

    func succeeded() {
        last.withLock { $0 = nil }
    }

    func failed(_ error: any Error) {
        last.withLock { $0 = Store.reason(of: error) }
    }
}
