/// A fault of what is stored, not of the database that stores it.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a caller can decide on.
    public let code: Code
    /// One sentence; never a secret.
    public let reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// The reason alone.
    public var description: String { reason }

    /// The kinds of fault.
    public enum Code: String, Sendable {
        /// The database has migrations this program does not know.
        case databaseIsNewer = "database-is-newer"
        /// A stored value is none of those this program knows.
        case unknownValue = "unknown-value"
        /// Stored secrets do not decrypt with the key that they name.
        case undecryptable
        /// Stored secrets name a key that is not configured.
        case missingKey = "missing-key"
        /// The configured keys are not keys.
        case invalidKeys = "invalid-keys"
        /// Outbox bytes that are not an outbox row.
        case corruptOutbox = "corrupt-outbox"
        /// The row changed since it was read.
        case conflict
    }
}
