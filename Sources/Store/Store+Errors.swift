import Postgres

extension Store {
    /// Whether an error of this room passes by itself: the database is away, busy or shutting down.
    ///
    /// Everything else would come again however often the same were tried.
    public static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            error.isRetriable
                || error.code != .server && error.code != .decoding
                    && error.code != .encoding
        case let error as PostgresTransactionError:
            error.phase == .outcomeUnknown || error.isRetriable || isPassing(error.underlying)
        default: false
        }
    }
}
