public import FoundationEssentials

extension Date: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `timestamptz`.
    public static var postgresType: PostgresType { .timestamptz }
    /// `timestamptz[]`.
    public static var postgresArrayType: PostgresType { .timestamptzArray }

    /// The server counts microseconds from 2000-01-01, `Date` seconds from 2001-01-01.
    private static let microsecondsBetweenEpochs: Int64 = 366 * 86_400 * 1_000_000

    /// Writes the nearest microsecond; an infinite date or one past the server's years is refused.
    public func encode(into writer: inout PostgresWriter) {
        let microseconds = (timeIntervalSinceReferenceDate * 1_000_000).rounded()
        guard let sinceOwn = Int64(exactly: microseconds) else {
            return writer.refuse("a date that is infinite or not a number")
        }
        let (sinceServers, overflow) = sinceOwn.addingReportingOverflow(
            Self.microsecondsBetweenEpochs
        )
        guard !overflow, sinceServers != .max, sinceServers != .min else {
            return writer.refuse("a date out of PostgreSQL's range")
        }
        writer.write(sinceServers)
    }

    /// Reads a `timestamptz` to the microsecond; `infinity` is refused.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Date {
        let value = try value.required(Date.self)
        guard value.type == .timestamptz, let sinceServers = value.integer(as: Int64.self) else {
            throw value.mismatch(expected: Date.self)
        }
        guard sinceServers != .max, sinceServers != .min else {
            throw .decoding("expected Date, found an infinite timestamptz")
        }
        let sinceOwn = sinceServers - microsecondsBetweenEpochs
        return Date(timeIntervalSinceReferenceDate: Double(sinceOwn) / 1_000_000)
    }
}
