/// How many rows of each kind hold something encrypted.
public struct EncryptedRows: Hashable, Sendable {
    /// Grants: the tokens of a provider user.
    public var grants = 0
    /// Authorization attempts that have not ended: their verifiers.
    public var attempts = 0
    /// Tokens that wait for their end at the provider.
    public var revocations = 0
    /// Requests that wait in the database with an authorization code.
    public var requests = 0

    /// No rows at all.
    public init() {}

    /// All of them together.
    public var total: Int { grants + attempts + revocations + requests }
}
