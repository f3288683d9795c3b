/// Why an ops server does not serve.
public struct OpsServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence.
    public let reason: String

    /// One sentence.
    public var description: String { reason }
}
