import Postgres

extension Store {
    /// Whether an error of this room is the database's own: it is away, busy, full or shutting down,
    /// or refuses this service what it needs, until an operator mends it.
    ///
    /// Everything else would come again however often the same were tried.
    public static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            error.isRetriable || error.sqlState?.isOperators == true
                || error.code != .server && error.code != .decoding
                    && error.code != .encoding
        case let error as PostgresTransactionError:
            error.phase == .outcomeUnknown || error.isRetriable || isPassing(error.underlying)
        // A worker that is restarted with it can: until then what needs it waits.
        case let error as StoreError: error.code == .missingKey
        default: false
        }
    }
}

extension Store {
    /// An error in a few words, without the statement it happened in.
    public static func reason(of error: any Error) -> String {
        switch error {
        case let error as PostgresError:
            [error.code.description, error.sqlState?.rawValue, error.reason]
                .compactMap(\.self).joined(separator: " ")
        case let error as PostgresTransactionError: reason(of: error.underlying)
        default: "\(error)"
        }
    }
}

extension SQLState {
    /// Whether it is an operator's to mend: a right that is missing (42501), a log-in that is refused
    /// (28), a table or database that is not there (42P01, 3D), a limit or fault of the system (53, 58).
    fileprivate var isOperators: Bool {
        ["28", "3D", "53", "57", "58"].contains(self.class)
            || ["42501", "42P01"].contains(rawValue)
    }
}
