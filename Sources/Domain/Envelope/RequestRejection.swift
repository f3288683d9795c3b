/// Why a record cannot be a request: it goes to the dead-letter topic with this.
public struct RequestRejection: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault, written to the header `dlq.reason`.
    public let code: Code
    /// One sentence that names the field, what it was and what to send instead; never a value.
    public let message: String

    /// Makes a rejection; the message begins with the field and a colon.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message; safe to log, as it never holds a value.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The closed list of faults a record can have.
    public enum Code: String, CaseIterable, Sendable {
        /// The record has no value.
        case tombstone
        /// The value is longer than ``CloudEventParser/maximumValueLength``.
        case tooLarge = "too-large"
        /// The value, or a header, is not UTF-8.
        case notUTF8 = "not-utf8"
        /// The value is not JSON.
        case notJSON = "not-json"
        /// An attribute of the envelope is missing or not what CloudEvents 1.0 says.
        case invalidEnvelope = "invalid-envelope"
        /// No such type, or not on this topic.
        case unknownType = "unknown-type"
        /// The data does not follow the type's schema.
        case invalidData = "invalid-data"
    }
}
