/// The server's five-character error code (PostgreSQL documentation, appendix A).
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The five characters.
    public let rawValue: String

    /// Wraps a code.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The first two characters, which name the family the code belongs to.
    public var `class`: Substring { rawValue.prefix(2) }

    /// The five characters.
    public var description: String { rawValue }
}

extension SQLState {
    /// A statement this kind of server does not do; also a cached plan whose result changed its type.
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    /// A NULL where the column has none.
    public static let notNullViolation = SQLState(rawValue: "23502")
    /// A reference to a row that is not there.
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// A second row with a key that must be unique.
    public static let uniqueViolation = SQLState(rawValue: "23505")
    /// A row that a CHECK refuses.
    public static let checkViolation = SQLState(rawValue: "23514")
    /// Rows that exclude one another.
    public static let exclusionViolation = SQLState(rawValue: "23P01")
    /// A write in a read-only transaction, as on a standby.
    public static let readOnlyTransaction = SQLState(rawValue: "25006")
    /// A statement after another has failed in the same transaction.
    public static let inFailedTransaction = SQLState(rawValue: "25P02")
    /// A prepared statement that is not there.
    public static let invalidStatementName = SQLState(rawValue: "26000")
    /// Two transactions that could not have run one after the other.
    public static let serializationFailure = SQLState(rawValue: "40001")
    /// Two transactions that waited for each other.
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    /// A table that is not there.
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// A lock that was not free, for a statement that would not wait.
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// A statement that was cancelled or ran into its time limit.
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// A connection closed by an administrator or a shutdown.
    public static let adminShutdown = SQLState(rawValue: "57P01")
    /// A connection closed because another session of the server crashed.
    public static let crashShutdown = SQLState(rawValue: "57P02")
    /// A server that is starting or stopping.
    public static let cannotConnectNow = SQLState(rawValue: "57P03")

    /// Whether the same statement may well succeed later without anything being changed.
    var isTransient: Bool {
        switch self {
        case .serializationFailure, .deadlockDetected, .readOnlyTransaction, .lockNotAvailable,
            .adminShutdown, .crashShutdown, .cannotConnectNow, .invalidStatementName:
            true
        default:
            self.class == "08" || self.class == "53"
        }
    }

    /// Whether the server says that the session is over.
    var endsSession: Bool {
        self.class == "08" || [.adminShutdown, .crashShutdown, .cannotConnectNow].contains(self)
    }
}
