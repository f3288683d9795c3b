/// A record's place in its partition.
public struct Offset: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The offset as the broker counts it.
    public var rawValue: Int64

    /// Wraps a broker's offset.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The offset after this one: what to commit once this record is done.
    public var next: Offset { Offset(rawValue: rawValue + 1) }

    /// The number alone.
    public var description: String { String(rawValue) }

    /// Orders by place in the partition.
    public static func < (lhs: Offset, rhs: Offset) -> Bool { lhs.rawValue < rhs.rawValue }
}
