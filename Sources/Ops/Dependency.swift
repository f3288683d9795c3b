/// Something the service needs, and whether it has it now.
public struct Dependency: Hashable, Sendable {
    /// What it is called, such as `database`.
    public var name: String
    /// Whether it can be used.
    public var isAvailable: Bool
    /// Why it cannot be used, or a word on how it is; never a secret.
    public var reason: String?

    /// Names a dependency and says how it is.
    public init(_ name: String, isAvailable: Bool, reason: String? = nil) {
        self.name = name
        self.isAvailable = isAvailable
        self.reason = reason
    }
}
