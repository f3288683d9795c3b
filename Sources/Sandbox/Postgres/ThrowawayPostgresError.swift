/// Why a throw-away PostgreSQL could not be started or used.
public struct ThrowawayPostgresError: Error, Sendable, CustomStringConvertible {
    /// What happened, and what to do about it.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
