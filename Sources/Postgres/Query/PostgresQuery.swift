/// A statement with its parameters.
///
/// Values are interpolated and become parameters, so they never are SQL:
///
///     let query: PostgresQuery = "SELECT name FROM company WHERE id = \(id)"
public struct PostgresQuery: Sendable {
    /// The text, with `$1`, `$2`, … where values were interpolated.
    public private(set) var sql: String
    private(set) var binds = ParameterList()

    /// Wraps text that has no parameters.
    public init(unescaped sql: String) {
        self.sql = sql
    }
}

extension PostgresQuery: ExpressibleByStringInterpolation {
    /// Wraps a literal.
    public init(stringLiteral value: String) {
        self.init(unescaped: value)
    }

    /// Turns an interpolated string into text and parameters.
    public init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        binds = stringInterpolation.binds
    }

    /// Collects text and parameters.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var sql = ""
        var binds = ParameterList()

        /// Makes room.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        /// Adds text.
        public mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Adds a parameter.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            binds.append(value)
            sql += "$\(binds.count)"
        }

        /// Adds a parameter that may be NULL.
        public mutating func appendInterpolation(_ value: (some PostgresEncodable)?) {
            binds.append(value)
            sql += "$\(binds.count)"
        }

        /// Adds SQL text as it is: whatever is given here is executed, so never a value from outside.
        public mutating func appendInterpolation(unescaped text: String) {
            sql += text
        }
    }
}

extension PostgresQuery: CustomStringConvertible {
    /// The SQL text; values are never shown.
    public var description: String { sql }
}
