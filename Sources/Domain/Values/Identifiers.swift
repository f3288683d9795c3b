/// A company in the time tracker: an opaque string of 1 to 128 characters without control characters.
public struct CompanyID: OpaqueIdentifier {
    /// The string, exactly as it arrived.
    public let rawValue: String
    /// Accepts 1 to 128 Unicode scalars without control characters.
    public init?(rawValue: String) {
        guard Self.isValid(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// A person in the time tracker: an opaque string of 1 to 128 characters without control characters.
public struct UserID: OpaqueIdentifier {
    /// The string, exactly as it arrived.
    public let rawValue: String
    /// Accepts 1 to 128 Unicode scalars without control characters.
    public init?(rawValue: String) {
        guard Self.isValid(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// A task system this service can connect to, for example `salesforce`.
public struct ProviderID: OpaqueIdentifier {
    /// The string, exactly as it arrived.
    public let rawValue: String
    /// Accepts 1 to 128 Unicode scalars without control characters.
    public init?(rawValue: String) {
        guard Self.isValid(rawValue) else { return nil }
        self.rawValue = rawValue
    }
}

/// An identifier whose content means nothing to this service beyond being equal to itself.
public protocol OpaqueIdentifier:
    RawRepresentable<String>, Hashable, Comparable, Sendable, CustomStringConvertible
{}

extension OpaqueIdentifier {
    /// The longest identifier that is accepted, in characters.
    public static var maximumLength: Int { 128 }

    /// The identifier itself: it is no secret.
    public var description: String { rawValue }

    /// Orders as strings are ordered: by code point, whatever the locale.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    static func isValid(_ string: String) -> Bool {
        // Unicode scalars, as JSON Schema counts: a person's eye is not what limits a column.
        var count = 0
        for scalar in string.unicodeScalars {
            count += 1
            guard count <= maximumLength, scalar.properties.generalCategory != .control else {
                return false
            }
        }
        return count > 0
    }
}
